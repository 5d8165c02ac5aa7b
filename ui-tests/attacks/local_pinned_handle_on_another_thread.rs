// error[E0277]: stay on the thread that made them
//
// A pinned handle.

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    drop(node);
    let sent = Strong::pin(Node(1));
    std::thread::spawn(move || drop(sent));
}
