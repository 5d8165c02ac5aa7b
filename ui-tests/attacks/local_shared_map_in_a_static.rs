// error[E0277]: stay on the thread that made them
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
