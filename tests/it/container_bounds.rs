//! What the containers with weak keys may take, as [`bounds`](crate::bounds) asks of the value map and
//! the list.

use std::cell::Cell;
use std::collections::VecDeque;
use std::hash::{BuildHasher, DefaultHasher};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::{
    ByIdentity, KeyMap, PairMap, Set, WeakList, WeakValueBTreeMap, WeakValueMap,
};
use weakref_tests::counting::count;

use crate::support::rounds;

#[derive(WeakReferenceable)]
struct Sync(#[expect(dead_code, reason = "only has to be there")] usize);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local(#[expect(dead_code, reason = "only has to be there")] usize);

thread_local! {
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

/// Counts how often it is asked.
#[derive(Clone, Copy, Default)]
struct Counting;

impl BuildHasher for Counting {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        HASHED.set(HASHED.get() + 1);
        DefaultHasher::new()
    }
}

trait Container<O: WeakReferenceable>: Default {
    /// Allocations of one insertion into a container with room. An object's first registration needs
    /// none; as key and value of one entry it has a second one.
    const NODES: usize;

    fn put(&mut self, object: &Strong<O>);
    fn remove_object(&mut self, object: &Strong<O>) -> bool;
    fn len(&self) -> usize;
    fn bytes(&self) -> usize;
    fn make_room(&mut self, count: usize);
    fn purge(&mut self) -> usize;
}

macro_rules! container {
    ($container:ty, $nodes:literal, $put:expr, $removed:expr) => {
        impl<O: WeakReferenceable + 'static> Container<O> for $container {
            const NODES: usize = $nodes;

            fn put(&mut self, object: &Strong<O>) {
                let put: fn(&mut Self, &Strong<O>) = $put;
                put(self, object);
            }

            fn remove_object(&mut self, object: &Strong<O>) -> bool {
                let removed: fn(&mut Self, &Strong<O>) -> bool = $removed;
                removed(self, object)
            }

            fn len(&self) -> usize {
                self.len()
            }

            fn bytes(&self) -> usize {
                self.allocation_size()
            }

            fn make_room(&mut self, count: usize) {
                self.reserve(count);
            }

            fn purge(&mut self) -> usize {
                self.purge()
            }
        }
    };
}

type Keys<O> = KeyMap<O, u64, Counting, ByIdentity>;
type Pairs<O> = PairMap<O, O, Counting, ByIdentity>;
type Members<O> = Set<O, Counting, ByIdentity>;

container!(
    Keys<O>,
    0,
    |map, object| _ = map.insert(object, 0),
    |map, object| map.remove(object).is_some()
);
container!(
    Pairs<O>,
    1,
    |map, object| drop(map.insert(object, object)),
    |map, object| map.remove(object).is_some()
);
container!(
    Members<O>,
    0,
    |set, object| _ = set.insert(object),
    Set::remove
);

/// Instantiates a test for every container and flavour.
macro_rules! in_all {
    ($($test:ident => $check:ident,)*) => {
        $(
            #[test]
            fn $test() {
                $check::<_, Keys<_>>(Sync);
                $check::<_, Keys<_>>(Local);
                $check::<_, Pairs<_>>(Sync);
                $check::<_, Pairs<_>>(Local);
                $check::<_, Members<_>>(Sync);
                $check::<_, Members<_>>(Local);
            }
        )*
    };
}

in_all! {
    a_container_into_which_keys_only_go_and_die_stays_bounded => check_window,
    a_death_neither_allocates_nor_frees_anything => check_death,
    an_insertion_allocates_nothing => check_insertion,
    an_object_leaves_ten_thousand_containers_at_one_hash_each => check_leaving,
    the_dead_and_their_table_go_with_the_next_purge => check_purge,
}

fn new_objects<O: WeakReferenceable + 'static>(
    total: usize,
    new: fn(usize) -> O,
) -> Vec<Strong<O>> {
    (0..total).map(|n| Strong::new(new(n))).collect()
}

fn check_window<O: WeakReferenceable + 'static, C: Container<O>>(new: fn(usize) -> O) {
    let window = rounds(500, 20);
    let slide = |total| {
        let mut container = C::default();
        let ((), usage) = count(|| {
            let mut alive = VecDeque::with_capacity(window + 1);
            for n in 0..total {
                let object = Strong::new(new(n));
                container.put(&object);
                alive.push_back(object);
                if alive.len() > window {
                    alive.pop_front();
                }
            }
        });
        (usage.peak_bytes, container.bytes())
    };
    let mut four = C::default();
    four.make_room(4 * window);
    let (short, long) = (slide(3 * window), slide(30 * window));
    assert!(
        long.0 <= 2 * short.0 && long.1 <= four.bytes(),
        "{short:?} {long:?}"
    );
}

fn check_death<O: WeakReferenceable + 'static, C: Container<O>>(new: fn(usize) -> O) {
    let object = Strong::new(new(0));
    let mut container = C::default();
    container.put(&object);
    let before = HASHED.get();
    let ((), death) = count(|| drop(object));
    assert_eq!((death.allocations, death.frees), (0, 0));
    assert_eq!(container.len(), 0);
    let (purged, purge) = count(|| container.purge());
    assert_eq!(purged, 1);
    assert_eq!((purge.allocations, HASHED.get()), (0, before));
    assert!(purge.held_bytes < 0, "the object's block");
}

fn check_insertion<O: WeakReferenceable + 'static, C: Container<O>>(new: fn(usize) -> O) {
    let total = rounds(1000, 50);
    let objects = new_objects(total, new);
    let mut container = C::default();
    container.make_room(total);
    container.put(&objects[0]);
    let ((), usage) = count(|| objects[1..].iter().for_each(|object| container.put(object)));
    assert_eq!(usage.allocations, (C::NODES * (total - 1)) as u64);
}

fn check_leaving<O: WeakReferenceable + 'static, C: Container<O>>(new: fn(usize) -> O) {
    let total = rounds(10_000, 30);
    let object = Strong::new(new(0));
    let mut containers: Vec<_> = (0..total).map(|_| C::default()).collect();
    let fill = |containers: &mut [C]| {
        for container in containers {
            container.put(&object);
        }
    };
    fill(&mut containers);
    let before = HASHED.get();
    let ((), usage) = count(|| {
        for container in &mut containers {
            assert!(container.remove_object(&object));
        }
    });
    assert_eq!((usage.allocations, HASHED.get() - before), (0, total));
    assert_eq!(Strong::weak_count(&object), 0);

    fill(&mut containers);
    let before = HASHED.get();
    let ((), usage) = count(|| {
        drop(object);
        for container in &mut containers {
            assert_eq!(container.len(), 0);
            container.purge();
        }
    });
    assert_eq!((usage.allocations, HASHED.get() - before), (0, 0));
}

fn check_purge<O: WeakReferenceable + 'static, C: Container<O>>(new: fn(usize) -> O) {
    let total = rounds(5_000, 1_100);
    let mut container = C::default();
    let objects = new_objects(total, new);
    for object in &objects {
        container.put(object);
    }
    let full = container.bytes();
    drop(objects);
    let (purged, purge) = count(|| container.purge());
    assert_eq!(purged, total);
    assert_eq!((container.len(), container.bytes()), (0, 0));
    assert!(purge.held_bytes <= -full.cast_signed());
}

/// Each object dies between the look at its entry and the removal of that: by then its notice is all that is left.
macro_rules! check_death_in_retain {
    ($new:expr, $container:ty, $put:expr, $($entry:pat),+) => {{
        let mut container = <$container>::default();
        let put: fn(&mut $container, &Strong<_>) = $put;
        let mut run = |rounds| {
            for _ in 0..rounds {
                let object = Strong::new($new(0));
                put(&mut container, &object);
                let mut last = Some(object);
                container.retain(|$($entry),+| {
                    last = None;
                    false
                });
            }
            container.purge();
        };
        run(1);
        let ((), usage) = count(|| run(rounds(1000, 50)));
        assert!(usage.peak_bytes < 1000, "{}", usage.peak_bytes);
        assert_eq!(usage.held_bytes, 0);
    }};
}

fn check_deaths_in_retain<O: WeakReferenceable + 'static>(new: fn(usize) -> O) {
    check_death_in_retain!(new, Keys<O>, |map, key| _ = map.insert(key, 0), _, _);
    check_death_in_retain!(new, Pairs<O>, |map, key| drop(map.insert(key, key)), _, _);
    check_death_in_retain!(new, Members<O>, |set, member| _ = set.insert(member), _);
    check_death_in_retain!(new, WeakValueMap<u8, O>, |map, value| drop(map.insert(1, value)), _, _);
    check_death_in_retain!(new, WeakValueBTreeMap<u8, O>, |map, value| drop(map.insert(1, value)), _, _);
    check_death_in_retain!(new, WeakList<O>, |list, member| _ = list.push(member), _);
}

#[test]
fn what_dies_as_its_entry_is_removed_does_not_pile_up() {
    check_deaths_in_retain(Sync);
    check_deaths_in_retain(Local);
}
