// error[E0277]: stay on the thread that made them
//
// A list of local objects.

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakList;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

fn main() {
    let node = Strong::new(Node(1));
    let mut sent = WeakList::new();
    sent.push(&node);
    std::thread::spawn(move || drop(sent));
}
