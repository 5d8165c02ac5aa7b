use std::any::TypeId;

use weakref::{SyncSlot, WeakReferenceable};

/// What a method's last parameter is, named by the type of the method.
trait Last {
    type Type;
}

impl<T: ?Sized, A> Last for fn(&T, A) -> TypeId {
    type Type = A;
}

struct Of<A>(fn(&Plain, A) -> TypeId);

const OF: Of<_> = Of(<Plain as WeakReferenceable>::__type_id);

struct Plain;

impl WeakReferenceable for Plain {
    type Slot = SyncSlot;
}

fn main() {}
