use weakref::{Strong, WeakReferenceable};
use weakref_containers::Keying;

#[derive(WeakReferenceable)]
struct Player;

struct Mine;

impl Keying<Player> for Box<Mine> {
    type Query = Query;

    fn query(_: &Strong<Player>) -> &Query {
        &Query
    }
}

struct Query;

fn main() {}
