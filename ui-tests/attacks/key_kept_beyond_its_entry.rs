// error[E0502]: cannot borrow `map` as mutable
//
// A borrowed key of an entry that is purged.

use weakref::{Object, Strong};
use weakref_containers::WeakValueMap;

fn main() {
    let one = Strong::new(Object(1));
    let mut map = WeakValueMap::from([(String::from("key"), &one)]);
    let key = map.keys().next();
    drop(one);
    map.purge();
    println!("{key:?}");
}
