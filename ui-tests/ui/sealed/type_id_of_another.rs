use std::any::TypeId;

use weakref::{SyncSlot, WeakReferenceable};

struct Mine;

impl WeakReferenceable for Mine {
    type Slot = SyncSlot;

    fn __type_id(&self, _: weakref::construct::Internal) -> TypeId {
        TypeId::of::<String>()
    }
}

fn main() {}
