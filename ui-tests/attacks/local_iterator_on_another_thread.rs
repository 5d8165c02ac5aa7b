// error[E0277]: stay on the thread that made them
//
// What is left of a map.

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let mut map = WeakValueMap::new();
    map.insert(1, &node);
    let sent = map.into_iter();
    std::thread::spawn(move || drop(sent));
}
