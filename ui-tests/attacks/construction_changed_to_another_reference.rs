// error[E0594]: cannot assign to data
//
// Its weak reference replaced.

use weakref::{Construction, Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        **construction = WeakRef::dangling();
        Image
    });
}
