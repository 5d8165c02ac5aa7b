use std::any::TypeId;

use weakref::{SyncSlot, WeakReferenceable};

struct Mine;

impl WeakReferenceable for Mine {
    type Slot = SyncSlot;

    fn __type_id(&self, _: impl Sized) -> TypeId {
        TypeId::of::<String>()
    }
}

fn main() {}
