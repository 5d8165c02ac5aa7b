use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakKeyMap;

#[derive(WeakReferenceable)]
struct Player;

fn main() {
    let player = Strong::new(Player);
    let mut scores = WeakKeyMap::new();
    scores.insert(&player, 10);
}
