//! What the single-owner containers may take: memory, allocations and steps.

use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::{Hash, Hasher};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::{WeakList, WeakValueMap};
use weakref_tests::counting::{Usage, count};

use crate::support::rounds;

#[derive(WeakReferenceable)]
struct Sync(usize);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local(#[expect(dead_code, reason = "only has to be there")] usize);

/// Runs `insert` for `total` new objects, of which the last `window` are alive.
fn slide<O: WeakReferenceable + 'static>(
    window: usize,
    total: usize,
    new: fn(usize) -> O,
    mut insert: impl FnMut(usize, &Strong<O>),
) -> Usage {
    let ((), usage) = count(|| {
        let mut alive = VecDeque::with_capacity(window + 1);
        for n in 0..total {
            let object = Strong::new(new(n));
            insert(n, &object);
            alive.push_back(object);
            if alive.len() > window {
                alive.pop_front();
            }
        }
    });
    usage
}

/// However long the run: the table needs no more room than one for four windows, and all together
/// no more than twice the memory of a short run, since a table may grow once to shed its tombstones.
fn stays_bounded<O: WeakReferenceable + 'static>(new: fn(usize) -> O) {
    let window = rounds(500, 8);
    let map = |total| {
        let mut map = WeakValueMap::new();
        let usage = slide(window, total, new, |n, object| {
            map.insert(n, object);
        });
        (usage.peak_bytes, map.allocation_size())
    };
    let list = |total| {
        let mut list = WeakList::new();
        let usage = slide(window, total, new, |_, object| {
            list.push(object);
        });
        (usage.peak_bytes, list.allocation_size())
    };

    let four = WeakValueMap::<usize, O>::with_capacity(4 * window).allocation_size();
    let (short, long) = (map(3 * window), map(30 * window));
    assert!(
        long.0 <= 2 * short.0 && long.1 <= four,
        "{short:?} {long:?} {four}"
    );
    let four = WeakList::<O>::with_capacity(4 * window).allocation_size();
    let (short, long) = (list(3 * window), list(30 * window));
    assert!(
        long.0 <= short.0 && long.1 <= four,
        "{short:?} {long:?} {four}"
    );
}

#[test]
fn a_container_into_which_things_only_go_and_die_stays_bounded() {
    stays_bounded(Sync);
    stays_bounded(Local);
}

#[test]
fn a_container_whose_members_die_all_at_once_stays_bounded() {
    let burst = rounds(300, 20);
    let mut map = WeakValueMap::new();
    let mut list = WeakList::new();
    let mut sizes = Vec::new();
    for round in 0..10 {
        let objects: Vec<_> = (0..burst).map(|n| Strong::new(Sync(n))).collect();
        for object in &objects {
            map.insert((round, object.0), object);
            list.push(object);
        }
        sizes.push((map.allocation_size(), list.allocation_size()));
    }
    // A table may grow once more, to shed its tombstones.
    assert!(sizes[9].0 <= 2 * sizes[0].0, "{sizes:?}");
    assert_eq!(sizes[9].1, sizes[0].1);
    assert!(map.is_empty() && list.is_empty());
}

#[test]
fn a_table_that_lost_nearly_all_at_once_shrinks() {
    let total = rounds(20_000, 2_200);
    let mut objects: Vec<_> = (0..total).map(|n| Strong::new(Sync(n))).collect();
    let mut map: WeakValueMap<_, _> = (0..).zip(&objects).collect();
    let full = map.allocation_size();
    objects.truncate(total / 2);
    map.purge();
    assert_eq!(map.allocation_size(), full, "half of them stay");
    objects.truncate(10);
    map.purge();
    assert!(map.capacity() < 100, "{}", map.capacity());
    assert!((0..10).all(|n| map.get(&n).is_some()) && map.len() == 10);

    let mut roomy = WeakValueMap::<_, Sync>::with_capacity(total);
    roomy.insert(0, &Strong::new(Sync(0)));
    roomy.purge();
    assert!(roomy.capacity() >= total, "few have died");
}

#[test]
fn a_death_neither_allocates_nor_frees_anything_of_a_container() {
    let object = Strong::new(Sync(0));
    let mut map = WeakValueMap::from([(vec![0_u8; 1000], &object)]);
    let mut list = WeakList::from([&object]);
    let ((), death) = count(|| drop(object));
    // The object's own block is still named by the notices.
    assert_eq!((death.allocations, death.frees), (0, 0));
    let ((), purge) = count(|| {
        map.purge();
        list.purge();
    });
    assert_eq!(purge.allocations, 0);
    assert!(purge.held_bytes < -1000, "the key, and the block");
}

type Calls<C> = [(&'static str, fn(&mut C))];

/// Has `make` fill a container with members that die, and asserts that each call, the first with
/// `&mut self` since, frees `bytes` at least.
fn assert_freed_by<C>(bytes: isize, make: impl Fn() -> C, calls: &Calls<C>) {
    for (name, call) in calls {
        let mut container = make();
        let ((), usage) = count(|| call(&mut container));
        assert!(usage.held_bytes <= -bytes, "{name} {usage:?}");
    }
}

#[test]
fn memory_of_dead_entries_goes_with_the_next_call() {
    type Map = WeakValueMap<Vec<u8>, Sync>;
    type List = WeakList<Sync>;

    const COUNT: usize = rounds(50, 10);
    const KEY: usize = rounds(1000, 100);
    let map = || {
        let objects: Vec<_> = (0..COUNT).map(|n| Strong::new(Sync(n))).collect();
        let keys = (0..).map(|n| vec![n; KEY]);
        keys.zip(&objects).collect::<Map>()
    };
    let bytes = (COUNT * KEY).cast_signed();
    assert_freed_by(
        bytes,
        map,
        &[
            ("purge", |map| assert_eq!(map.purge(), COUNT)),
            ("clear", Map::clear),
            ("reserve", |map| map.reserve(1)),
            ("shrink_to_fit", Map::shrink_to_fit),
            ("pop", |map| assert!(map.pop().is_none())),
            ("remove", |map| assert!(map.remove(&[][..]).is_none())),
            ("insert", |map| {
                drop(map.insert(vec![], &Strong::new(Sync(0))));
            }),
            ("entry", |map| drop(map.entry(vec![]))),
            ("get_or_insert", |map| {
                drop(map.get_or_insert(vec![], &Strong::new(Sync(0))));
            }),
            ("retain", |map| map.retain(|_, _| true)),
            ("extract_if", |map| drop(map.extract_if(|_, _| false))),
            ("drain", |map| drop(map.drain())),
            ("extend", |map| map.extend([(vec![], Strong::new(Sync(0)))])),
        ],
    );

    // A list has no keys to free; what goes are the dead objects' blocks.
    let list = || {
        let objects: Vec<_> = (0..COUNT).map(|n| Strong::new(Sync(n))).collect();
        objects.iter().collect::<List>()
    };
    let bytes = (COUNT * size_of::<Sync>()).cast_signed();
    assert_freed_by(
        bytes,
        list,
        &[
            ("purge", |list| assert_eq!(list.purge(), COUNT)),
            ("clear", List::clear),
            ("reserve", |list| list.reserve(1)),
            ("shrink_to_fit", List::shrink_to_fit),
            ("pop_front", |list| assert!(list.pop_front().is_none())),
            ("pop_back", |list| assert!(list.pop_back().is_none())),
            ("push", |list| _ = list.push(&Strong::new(Sync(0)))),
            ("push_front", |list| {
                _ = list.push_front(&Strong::new(Sync(0)));
            }),
            ("retain", |list| list.retain(|_| true)),
            ("extract_if", |list| drop(list.extract_if(|_| false))),
            ("drain", |list| drop(list.drain())),
        ],
    );
}

#[test]
fn an_insertion_allocates_nothing_but_what_the_container_grows_by() {
    let total = rounds(1000, 50);
    let objects: Vec<_> = (0..=total).map(|n| Strong::new(Sync(n))).collect();
    let mut map = WeakValueMap::with_capacity(total + 1);
    map.insert(total, &objects[total]);
    let ((), usage) = count(|| map.extend((0..).zip(&objects[..total])));
    assert_eq!(usage.allocations, 0);

    let objects: Vec<_> = (0..=total).map(|n| Strong::new(Local(n))).collect();
    let mut list = WeakList::with_capacity(total + 1);
    list.push(&objects[total]);
    let ((), usage) = count(|| list.extend(&objects[..total]));
    assert_eq!(usage.allocations, 0);
}

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
    static COMPARED: Cell<usize> = const { Cell::new(0) };
}

/// A key that counts what is done with keys.
struct Counted(u8);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        COMPARED.set(COMPARED.get() + 1);
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        HASHED.set(HASHED.get() + 1);
        self.0.hash(state);
    }
}

/// Runs `body` and returns how often it hashed and compared keys.
fn steps(body: impl FnOnce()) -> (usize, usize) {
    let before = (HASHED.get(), COMPARED.get());
    body();
    (HASHED.get() - before.0, COMPARED.get() - before.1)
}

fn shuffle<T>(things: &mut [T]) {
    let len = things.len();
    for n in 0..len {
        things.swap(n, n.wrapping_mul(7919) % len);
    }
}

/// An object leaves as many maps one by one, in the order that `order` gives, then dies in as many.
fn leave_maps<O: WeakReferenceable + 'static>(
    new: fn(usize) -> O,
    order: fn(&mut [WeakValueMap<Counted, O>]),
) {
    let total = rounds(10_000, 30);
    let object = Strong::new(new(0));
    let mut maps: Vec<_> = (0..total)
        .map(|_| WeakValueMap::from([(Counted(1), &object)]))
        .collect();
    order(&mut maps);
    let left = steps(|| {
        let ((), usage) = count(|| {
            for map in &mut maps {
                assert!(map.remove(&Counted(1)).is_some());
            }
        });
        assert_eq!(usage.allocations, 0);
    });
    assert_eq!((left, Strong::weak_count(&object)), ((total, total), 0));

    for map in &mut maps {
        map.insert(Counted(1), &object);
    }
    order(&mut maps);
    let died = steps(|| {
        let ((), usage) = count(|| {
            drop(object);
            assert!(maps.iter().all(WeakValueMap::is_empty));
            let purged: usize = maps.iter_mut().map(WeakValueMap::purge).sum();
            assert_eq!(purged, total);
        });
        assert_eq!(usage.allocations, 0);
    });
    assert_eq!(died, (0, 0), "stored hashes and identities do");
}

#[test]
fn an_object_leaves_ten_thousand_maps_at_one_lookup_each() {
    leave_maps(Sync, |_| ());
    leave_maps(Sync, <[_]>::reverse);
    leave_maps(Local, shuffle);
}

#[test]
fn an_object_leaves_a_list_in_which_it_stands_ten_thousand_times() {
    let total = rounds(10_000, 30);
    let object = Strong::new(Sync(0));
    let mut list = WeakList::new();
    let mut keys: Vec<_> = (0..total).map(|_| list.push(&object)).collect();
    shuffle(&mut keys);
    let ((), usage) = count(|| {
        for key in &keys {
            assert!(list.remove(*key).is_some());
        }
    });
    assert_eq!((usage.allocations, list.len()), (0, 0));
    list.extend((0..total).map(|_| &object));
    let ((), usage) = count(|| {
        drop(object);
        assert!(list.is_empty());
        list.purge();
    });
    assert_eq!(usage.allocations, 0);
}
