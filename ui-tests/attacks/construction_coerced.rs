// error[E0277]: cannot be coerced
//
// Made one of a `dyn` type.

use weakref::{Construction, Strong, SyncSlot, WeakReferenceable, coerce};

#[derive(WeakReferenceable)]
struct Image;

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

impl Shape for Image {}

fn main() {
    Strong::new_cyclic(|construction: &Construction<Image>| {
        coerce!(construction => dyn Shape);
        Image
    });
}
