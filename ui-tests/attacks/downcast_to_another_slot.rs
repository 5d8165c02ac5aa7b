// error[E0271]: type mismatch
//
// An object comes back only with its slot.

use weakref::{LocalSlot, Strong, SyncSlot, WeakReferenceable, coerce};

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

#[derive(WeakReferenceable)]
struct Square;

impl Shape for Square {}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Circle;

fn main() {
    let shape = coerce!(Strong::new(Square) => dyn Shape);
    let _circle = Strong::downcast::<Circle>(shape);
}
