// error[E0597]: `text` does not live long enough
//
// A key may be dropped by whoever ends the last handle of its value, at any time.

use weakref::{Object, Strong};
use weakref_containers::shared::WeakValueMap;

fn main() {
    let value = Strong::new(Object(1));
    let text = String::from("borrowed");
    let map = WeakValueMap::new();
    map.insert(text.as_str(), &value);
}
