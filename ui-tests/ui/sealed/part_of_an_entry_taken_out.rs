use weakref_containers::Held;
use weakref_containers::iter::{TakenPart, WeakKeys};

struct Mine;

impl TakenPart<Held<Mine>, Held<Mine>> for WeakKeys {
    type Taken = Mine;

    fn take(_: Held<Mine>, _: Held<Mine>) -> Option<Mine> {
        None
    }
}

fn main() {}
