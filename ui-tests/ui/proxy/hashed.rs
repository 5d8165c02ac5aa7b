use std::collections::HashSet;
use weakref::{Object, Proxy, Strong};

fn main() {
    let object = Strong::new(Object(1));
    let mut set = HashSet::new();
    set.insert(Proxy::new(&object));
}
