// error[E0499]: cannot borrow `map` as mutable more than once
//
// Two entries of one map.

use weakref::{Object, Strong};
use weakref_containers::WeakKeyMap;

fn main() {
    let one = Strong::new(Object(1));
    let mut map = WeakKeyMap::<Object<i32>, u8>::new();
    let (first, second) = (map.entry(&one), map.entry(&one));
    drop((first, second));
}
