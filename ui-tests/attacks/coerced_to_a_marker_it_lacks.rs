// error[E0277]: cannot be shared between threads safely
//
// An object that becomes `Sync` on the way.

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

trait Colour: WeakReferenceable<Slot = SyncSlot> {}

#[derive(WeakReferenceable)]
struct Square(std::cell::Cell<u8>);

impl Shape for Square {}

fn main() {
    coerce!(Strong::new(Square(std::cell::Cell::new(1))) => dyn Shape + Sync);
}
