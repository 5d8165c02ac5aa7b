use weakref::WeakReferenceable;
use weakref_containers::shared::WeakValueMap;

struct Cache<V: WeakReferenceable>(WeakValueMap<String, V>);

impl<V: WeakReferenceable> Cache<V> {
    fn new() -> Self {
        Self(WeakValueMap::new())
    }
}

fn main() {}
