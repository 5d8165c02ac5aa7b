//! The lock of a shard, on one thread: what may be called from within what.

use std::sync::Mutex;

use weakref::Source;
use weakref::watch::{Bury, Group, Shard};

use super::{Owner, Waking, referent, tail};
use crate::support::kind::{Kind, LocalLarge, LocalSmall, SyncLarge, SyncSmall};
use crate::support::{hook, in_all_kinds, throw, thrown};

in_all_kinds!(
    reads_nest,
    a_write_within_a_read_of_another_group_works,
    a_panic_leaves,
    further_panics_of_the_dead_are_told_by_the_name_of_the_container,
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

/// A container of what panics when it is dropped.
struct Bombs<K: Kind>(Mutex<Vec<Bomb>>, K::Body);

struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        throw(self.0);
    }
}

impl<K: Kind> Bury for Bombs<K> {
    type Slot = K::Slot;
    type Entry = Bomb;

    fn take_dead(&mut self) -> Option<Bomb> {
        self.0.get_mut().unwrap().pop()
    }
}

fn further_panics_of_the_dead_are_told_by_the_name_of_the_container<K: Kind>() {
    let group = Group::new();
    let shards =
        [(); 2].map(|()| Shard::new(Bombs::<K>(Mutex::default(), K::Body::default()), group));
    let [first, second] = shards.each_ref();
    let is_told = |text, body: &dyn Fn()| {
        let ((), reports) = hook::reports(|| assert_eq!(thrown(body), "first"));
        let [report] = &reports[..] else {
            panic!("{reports:?}")
        };
        assert_eq!(report.what(), (Source::Burial, text));
        assert_eq!(report.type_name, std::any::type_name::<Bombs<K>>());
    };
    is_told("second", &|| {
        first.write_only(|bombs| {
            bombs
                .0
                .get_mut()
                .unwrap()
                .extend(["second", "first"].map(Bomb));
        });
        first.settle();
    });
    // One in each of the shards that are left at the same time.
    is_told("of the other", &|| {
        Shard::read_many([first, second], |bombs| {
            for (bombs, text) in bombs.iter().zip(["first", "of the other"]) {
                bombs.0.lock().unwrap().push(Bomb(text));
            }
            shards.iter().for_each(Shard::settle);
        });
    });
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

#[test]
fn several_are_left_before_any_is_buried_in() {
    several_are_read::<LocalSmall>();
    several_are_read::<LocalLarge>();
    several_are_read::<SyncSmall>();
    several_are_read::<SyncLarge>();
}

fn several_are_read<K: Waking>() {
    let group = Group::new();
    let (one, other) = (Owner::<K>::in_group(group), Owner::<K>::in_group(group));
    let (dying, staying) = (referent::<K>(), referent::<K>());
    let changes_other = {
        let (other, staying) = (other.clone(), staying.clone());
        move || other.add(&staying, tail(|| ()))
    };
    one.add(&dying, tail(changes_other));
    let shards = [&one.shard, &other.shard, &one.shard];
    let standing = Shard::read_many(shards, |yards| {
        assert_eq!(thrown(|| one.take(0)), REFUSED);
        assert_eq!(thrown(|| other.take(0)), REFUSED);
        drop(dying);
        yards.map(|yard| yard.entries.iter().flatten().count())
    });
    assert_eq!(standing, [1, 0, 1]);
    assert_eq!((one.standing(), other.standing()), (0, 1));

    assert_eq!(
        thrown(|| Shard::read_many(shards, |_| throw("read"))),
        "read"
    );
    drop(other.take(0));
    assert_eq!(
        Shard::read_many([], |yards: [&super::Yard<K>; 0]| yards.len()),
        0
    );
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
