use weakref_containers::{Held, Renew, Side};

struct Mine;

impl Renew for Held<Mine> {
    fn renew(&self, _: &mut <Self as Side>::Yard, _: u64) -> Option<Self> {
        None
    }
}

fn main() {}
