use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

fn with_another_thread(_: &impl Sync) {}

fn main() {
    let node = Strong::new(Node);
    with_another_thread(&node);
}
