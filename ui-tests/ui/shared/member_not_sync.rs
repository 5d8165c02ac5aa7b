use std::cell::Cell;

use weakref::WeakReferenceable;
use weakref_containers::shared::IdentityWeakSet;

#[derive(WeakReferenceable)]
struct Counter(Cell<u32>);

fn main() {
    let _counters: IdentityWeakSet<Counter> = IdentityWeakSet::default();
}
