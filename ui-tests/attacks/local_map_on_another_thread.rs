// error[E0277]: stay on the thread that made them
//
// A map of local objects.

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let mut sent = WeakValueMap::new();
    sent.insert(1, &node);
    std::thread::spawn(move || drop(sent));
}
