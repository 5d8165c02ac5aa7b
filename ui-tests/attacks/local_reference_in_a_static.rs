// error[E0277]: stay on the thread that made them
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
