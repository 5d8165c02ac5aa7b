// error[E0271]: type mismatch
//
// A hand-written slot of a `dyn` type that is not the object's.

use weakref::{LocalSlot, Strong, WeakReferenceable, coerce};

#[derive(WeakReferenceable)]
struct Square;

trait Shape: 'static {}

impl Shape for Square {}

impl WeakReferenceable for dyn Shape {
    type Slot = LocalSlot;
}

fn main() {
    let square = Strong::new(Square);
    coerce!(Strong::downgrade(&square) => dyn Shape);
}
