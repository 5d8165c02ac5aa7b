use weakref::WeakReferenceable;
use weakref::watch::Watched;
use weakref_containers::list::{Key, Part};

#[derive(WeakReferenceable)]
struct Player;

struct Mine;

impl Part<Player> for Box<Mine> {
    type Shown = ();

    fn show(_: Key, _: &Watched<Player>) -> Option<()> {
        Some(())
    }
}

fn main() {}
