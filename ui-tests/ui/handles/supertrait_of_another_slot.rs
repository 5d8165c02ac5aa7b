use weakref::{LocalSlot, WeakReferenceable};

trait Shape: WeakReferenceable<Slot = LocalSlot> {}

#[derive(WeakReferenceable)]
struct Square;

impl Shape for Square {}

fn main() {}
