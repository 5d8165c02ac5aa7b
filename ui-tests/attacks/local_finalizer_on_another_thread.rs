// error[E0277]: stay on the thread that made them
//
// The handle of a finalizer.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = finalize_with(&node, drop, 1);
    std::thread::spawn(move || drop(sent));
}
