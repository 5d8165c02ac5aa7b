// error[E0277]: stay on the thread that made them
//
// A closure that captures weakly.

use weakref::{Strong, WeakReferenceable, weak};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = weak!([node], move || drop(node.0));
    std::thread::spawn(move || drop(sent));
}
