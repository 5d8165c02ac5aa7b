use std::borrow::Borrow;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::{ByValue, Keying};

#[derive(WeakReferenceable)]
struct Player(String);

impl Borrow<str> for Player {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Keying<Player> for ByValue {
    type Query = str;

    fn query(_: &Strong<Player>) -> &str {
        "always the same"
    }
}

fn main() {}
