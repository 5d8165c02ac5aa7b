// error[E0597]: `text` does not live long enough
//
// As `entry_that_borrows`, of a map of weak keys.

use weakref::{Object, Strong};
use weakref_containers::shared::WeakKeyMap;

fn main() {
    let key = Strong::new(Object(1));
    let text = String::from("borrowed");
    let map = WeakKeyMap::new();
    map.insert(&key, text.as_str());
}
