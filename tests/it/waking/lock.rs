//! The lock of a shard, on one thread: what may be called from within what.

use weakref::watch::{Bury, Group, Shard};

use crate::support::kind::{Kind, LocalLarge, LocalSmall, SyncLarge, SyncSmall};
use crate::support::{in_all_kinds, throw, thrown};

in_all_kinds!(
    reads_nest,
    a_write_within_a_read_of_another_group_works,
    a_panic_leaves,
);

/// Nothing dies in it.
#[derive(Debug)]
struct Plain<K: Kind>(u32, K::Body);

impl<K: Kind> Bury for Plain<K> {
    type Slot = K::Slot;
    type Entry = ();

    fn take_dead(&mut self) -> Option<()> {
        None
    }
}

fn shard<K: Kind>(group: Group) -> Shard<Plain<K>> {
    Shard::new(Plain(0, K::Body::default()), group)
}

fn add<K: Kind>(shard: &Shard<Plain<K>>) -> u32 {
    shard.write(|inside| {
        inside.0 += 1;
        inside.0
    })
}

const REFUSED: &str =
    "weakref: a shared container was changed while it compared its keys: by their own `Eq`";
const WITHIN: &str = "weakref: a shared container of local types was used from within its own lock";

fn reads_nest<K: Kind>() {
    let group = Group::new();
    let (one, other) = (shard::<K>(group), shard::<K>(group));
    let depth =
        one.read(|first| other.read(|second| one.read(|third| first.0 + second.0 + third.0 + 3)));
    assert_eq!(depth, 3);
    assert_eq!((add(&one), add(&one), add(&other)), (1, 2, 1));
    let text = format!("{one:?}");
    assert_eq!(one.write(|_| format!("{one:?}")), text, "waits for nobody");
}

#[test]
fn a_write_within_a_read_of_the_group_panics() {
    refused::<LocalSmall>();
    refused::<LocalLarge>();
    refused::<SyncSmall>();
    refused::<SyncLarge>();
}

fn refused<K: Kind>() {
    let group = Group::new();
    let (one, other, apart) = (
        shard::<K>(group),
        shard::<K>(group),
        shard::<K>(Group::new()),
    );
    one.read(|_| {
        assert_eq!(thrown(|| add(&one)), REFUSED);
        assert_eq!(thrown(|| add(&other)), REFUSED);
        // Not only the innermost counts, nor only the outermost.
        apart.read(|_| {
            assert_eq!(thrown(|| add(&other)), REFUSED);
            assert_eq!(thrown(|| add(&apart)), REFUSED);
        });
        assert_eq!(add(&apart), 1);
    });
    assert_eq!((add(&one), add(&other), add(&apart)), (1, 1, 2));
}

fn a_write_within_a_read_of_another_group_works<K: Kind>() {
    let (one, other) = (shard::<K>(Group::new()), shard::<K>(Group::new()));
    assert_eq!(one.read(|_| other.read(|_| ())), ());
    assert_eq!(one.read(|inside| inside.0 + add(&other)), 1);
    assert_eq!(one.write(|inside| inside.0 + add(&other)), 2);
    assert_eq!(one.write(|_| other.read(|inside| inside.0)), 2);
}

fn a_panic_leaves<K: Kind>() {
    let shard = shard::<K>(Group::new());
    assert_eq!(thrown(|| shard.read(|_| throw("read"))), "read");
    assert_eq!(add(&shard), 1);
    assert_eq!(thrown(|| shard.write(|_| throw("write"))), "write");
    assert_eq!(add(&shard), 2);
}

/// A shared one would wait for itself.
#[test]
fn use_within_a_write_panics_with_local_types() {
    fn scenario<K: Kind>() {
        let shard = shard::<K>(Group::new());
        shard.write(|_| {
            assert_eq!(thrown(|| add(&shard)), WITHIN);
            assert_eq!(thrown(|| shard.read(|_| ())), WITHIN);
            // Leaves it to who is inside.
            shard.settle();
        });
        assert_eq!(add(&shard), 1);
    }
    scenario::<LocalSmall>();
    scenario::<LocalLarge>();
}
