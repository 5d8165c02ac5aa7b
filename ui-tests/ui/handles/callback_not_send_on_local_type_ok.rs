use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node;

#[test]
fn runs_on_its_thread() {
    let node = Strong::new(Node);
    let deaths = Rc::new(Cell::new(0));
    let counter = Rc::clone(&deaths);
    let callback = WeakRef::with_callback(&node, move |_| counter.set(counter.get() + 1));
    drop(node);
    assert_eq!(deaths.get(), 1);
    assert!(!callback.has_callback());
}
