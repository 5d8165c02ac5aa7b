#![deny(unused_must_use)]

use weakref::{Object, Strong};
use weakref_containers::WeakValueMap;

fn main() {
    let mut map = WeakValueMap::new();
    map.get_or_insert_with("logo", || Strong::new(Object(1)));
}
