// error[E0507]: cannot move out of
//
// Taken out of its reference.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        drop(*construction);
        Image
    });
}
