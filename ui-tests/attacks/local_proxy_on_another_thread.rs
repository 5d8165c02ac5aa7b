// error[E0277]: stay on the thread that made them
//
// A proxy.

use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = Proxy::new(&node);
    std::thread::spawn(move || drop(sent));
}
