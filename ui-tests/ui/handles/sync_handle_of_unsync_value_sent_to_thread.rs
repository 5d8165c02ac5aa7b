use std::cell::Cell;

use weakref::{Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Counter(Cell<u32>);

fn to_another_thread(_: impl Send) {}

fn main() {
    let counter = Strong::new(Counter(Cell::new(0)));
    to_another_thread(counter);
}
