use std::hash::BuildHasher;

use weakref::{Strong, WeakRef, WeakReferenceable};
use weakref_containers::{ByIdentity, Lookup};

#[derive(WeakReferenceable)]
struct Player;

struct Mine(Strong<Player>);

impl Lookup<Player, ByIdentity> for &'static Mine {
    fn hash_in<S: BuildHasher>(&self, _: &S) -> u64 {
        0
    }

    fn find(&self, _: &WeakRef<Player>) -> Option<Strong<Player>> {
        Some(self.0.clone())
    }

    fn is(&self, _: &Strong<Player>) -> bool {
        true
    }

    fn is_at(&self, _: &WeakRef<Player>) -> bool {
        true
    }
}

fn main() {}
