// error[E0277]: stay on the thread that made them
//
// A reference to nothing, which may be given an object.

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    drop(node);
    let sent = WeakRef::<Node>::dangling();
    std::thread::spawn(move || drop(sent));
}
