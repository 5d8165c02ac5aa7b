use std::any::TypeId;

use weakref::{SyncSlot, WeakReferenceable};

struct Mine;

impl WeakReferenceable for Mine {
    type Slot = SyncSlot;

    fn __type_id<I>(&self, _: I) -> TypeId {
        TypeId::of::<String>()
    }
}

fn main() {}
