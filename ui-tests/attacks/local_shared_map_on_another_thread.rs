// error[E0277]: stay on the thread that made them
//
// A shared map of local objects, which is not shared.

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let sent = WeakValueMap::new();
    sent.insert(1, &node);
    std::thread::spawn(move || drop(sent));
}
