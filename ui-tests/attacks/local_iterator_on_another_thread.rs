// error[E0271]: as WeakReferenceable>::Slot == SyncSlot`
// error[E0277]: between threads safely
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
