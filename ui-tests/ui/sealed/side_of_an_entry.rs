use weakref_containers::{Held, Side};

struct Mine;

impl Side for Box<Mine> {
    type Shown<'a> = &'a Mine;
    type Taken = Mine;
    type Yard = <Held<Mine> as Side>::Yard;
    type Kept<K: Side> = Mine;

    fn is_kept<K: Side>(&self, _: &K, _: &Mine) -> bool {
        true
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn show(&self) -> Option<&Mine> {
        None
    }

    fn take(self) -> Option<Mine> {
        None
    }

    fn is_meant_by(&self, _: &weakref::watch::Notice) -> bool {
        true
    }

    fn is_buried(&self, _: &mut <Held<Mine> as Side>::Yard, _: &mut weakref::watch::Burial<'_>) -> bool {
        true
    }

    fn unwatch_kept<K: Side>(
        &mut self,
        _: &mut K,
        _: (&mut K::Yard, &mut <Held<Mine> as Side>::Yard),
        _: &mut Mine,
    ) -> bool {
        true
    }
}

fn main() {}
