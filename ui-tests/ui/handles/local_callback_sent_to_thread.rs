use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

fn to_another_thread(_: impl Send) {}

fn main() {
    let node = Strong::new(Node);
    to_another_thread(WeakRef::with_callback(&node, |_| println!("gone")));
}
