use weakref_containers::Side;
use weakref_containers::iter::Part;

struct Mine;

impl<K: Side, V: Side> Part<K, V> for Box<Mine> {
    type Shown<'a>
        = ()
    where
        K: 'a,
        V: 'a;

    fn show<'a>(_: &'a K, _: &'a V) -> Option<()> {
        Some(())
    }
}

fn main() {}
