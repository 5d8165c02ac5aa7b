use std::cell::Cell;

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

fn main() {
    let node = Strong::new(Node);
    let deaths = Cell::new(0);
    let _callback = WeakRef::with_callback(&node, |_| deaths.set(1));
}
