// error[E0277]: stay on the thread that made them
//
// A method that owns its receiver.

use weakref::{BoundMethod, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = BoundMethod::new(node, |node: &Node| node.0);
    std::thread::spawn(move || drop(sent));
}
