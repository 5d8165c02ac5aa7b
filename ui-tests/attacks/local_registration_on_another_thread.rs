// error[E0277]: stay on the thread that made them
//
// An entry of a graveyard.

use weakref::{Strong, WeakReferenceable, watch::Graveyard};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = Graveyard::new().watch(&node, 1);
    std::thread::spawn(move || drop(sent));
}
