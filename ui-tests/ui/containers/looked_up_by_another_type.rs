use weakref::{Object, Strong};
use weakref_containers::shared::IdentityWeakKeyMap;

fn main() {
    let player = Strong::<Object<str>>::from("Ada");
    let scores = IdentityWeakKeyMap::new();
    scores.insert(&player, 10);
    scores.remove("Ada");
}
