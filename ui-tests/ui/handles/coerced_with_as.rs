use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

#[derive(WeakReferenceable)]
struct Square;

impl Shape for Square {}

fn main() {
    let square = Strong::new(Square);
    coerce!(square as dyn Shape);
}
