// error[E0277]: stay on the thread that made them
//
// A graveyard.

use weakref::{Strong, WeakReferenceable, watch::Graveyard};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = Graveyard::new();
    let mut here = Graveyard::new();
    let _entry = here.watch(&node, 1);
    let sent: (Graveyard<weakref::LocalSlot>, ()) = (sent, ());
    std::thread::spawn(move || drop(sent));
}
