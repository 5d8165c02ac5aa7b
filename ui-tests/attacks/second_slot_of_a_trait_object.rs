// error[E0371]: the object type
//
// A `dyn` type has its trait's slot, and no second one.

use weakref::{LocalSlot, SyncSlot, WeakReferenceable};

trait Shape: WeakReferenceable<Slot = SyncSlot> {}

impl WeakReferenceable for dyn Shape {
    type Slot = LocalSlot;
}

fn main() {}
