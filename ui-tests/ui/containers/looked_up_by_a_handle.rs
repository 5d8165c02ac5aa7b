use weakref::{Object, Strong};
use weakref_containers::WeakKeyMap;

fn main() {
    let ada = Strong::new(Object(1));
    let mut scores = WeakKeyMap::new();
    scores.insert(&ada, 10);
    scores.get(&ada);
}
