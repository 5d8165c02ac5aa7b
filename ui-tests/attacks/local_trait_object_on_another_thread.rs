// error[E0277]: stay on the thread that made them
//
// An object behind a trait that is `Send`.

use weakref::{LocalSlot, Strong, WeakReferenceable, coerce};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node(u8);

trait Shape: WeakReferenceable<Slot = LocalSlot> + Send + Sync {}

impl Shape for Node {}

fn main() {
    let node = Strong::new(Node(1));
    let sent = coerce!(node => dyn Shape);
    std::thread::spawn(move || drop(sent));
}
