// error[E0308]: mismatched types
//
// From a trait back to a type, without a look.

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

trait Colour: WeakReferenceable<Slot = SyncSlot> {}

#[derive(WeakReferenceable)]
struct Square(std::cell::Cell<u8>);

impl Shape for Square {}

fn main() {
    let shape = coerce!(Strong::new(Square(std::cell::Cell::new(1))) => dyn Shape);
    coerce!(shape => Square);
}
