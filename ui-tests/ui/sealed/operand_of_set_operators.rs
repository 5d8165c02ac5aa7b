use std::collections::HashSet;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::ByIdentity;
use weakref_containers::set::Operand;

#[derive(WeakReferenceable)]
struct Player;

impl Operand<Player, ByIdentity> for &HashSet<Strong<Player>> {
    fn has(&self, _: &Strong<Player>) -> bool {
        true
    }

    fn each(&self, _: &mut dyn FnMut(&Strong<Player>)) {}
}

fn main() {}
