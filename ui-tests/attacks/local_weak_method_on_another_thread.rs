// error[E0277]: stay on the thread that made them
//
// A bound method.

use weakref::{Strong, WeakMethod, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = WeakMethod::new(&node, |node: &Node| node.0);
    std::thread::spawn(move || drop(sent));
}
