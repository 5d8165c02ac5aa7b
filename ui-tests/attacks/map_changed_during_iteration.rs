// error[E0502]: cannot borrow `map` as mutable
//
// An entry added while others are shown.

use weakref::{Object, Strong};
use weakref_containers::WeakValueMap;

fn main() {
    let one = Strong::new(Object(1));
    let mut map = WeakValueMap::from([(1, &one)]);
    for (key, value) in map.iter() {
        map.insert(key + 1, &value);
    }
}
