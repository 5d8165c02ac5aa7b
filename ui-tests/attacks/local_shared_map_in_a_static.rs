// error[E0277]: stay on the thread that made them
// error[E0271]: as WeakReferenceable>::Slot == SyncSlot`
// error[E0271]: as Bury>::Slot == SyncSlot`
// error[E0277]: between threads safely
//
// A static is every thread's.

use std::sync::LazyLock;

use weakref::WeakReferenceable;
use weakref_containers::shared::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

static NODES: LazyLock<WeakValueMap<u8, Node>> = LazyLock::new(WeakValueMap::new);

fn main() {
    NODES.len();
}
