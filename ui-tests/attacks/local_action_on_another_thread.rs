// error[E0277]: stay on the thread that made them
//
// A detached action, whose arguments may be bound to their thread.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = finalize_with(&node, drop, std::rc::Rc::new(1))
        .detach()
        .unwrap()
        .1;
    std::thread::spawn(move || drop(sent));
}
