// error[E0502]: cannot borrow
//
// A value of a map with weak keys, borrowed while its entry goes.

use weakref::{Object, Strong};
use weakref_containers::IdentityWeakKeyMap;

fn main() {
    let one = Strong::new(Object(1));
    let mut map = IdentityWeakKeyMap::from([(&one, String::from("value"))]);
    let value = map.get(&one);
    map.remove(&one);
    println!("{value:?}");
}
