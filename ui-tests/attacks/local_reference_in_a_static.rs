// error[E0271]: as WeakReferenceable>::Slot == SyncSlot`
//
// A reference to nothing in a static.

use weakref::{WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

static NODE: WeakRef<Node> = WeakRef::dangling();

fn main() {
    NODE.upgrade();
}
