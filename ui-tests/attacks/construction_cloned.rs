// error[E0308]: mismatched types
//
// A clone is one of its weak reference.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        let _other: Construction<Image> = construction.clone();
        Image
    });
}
