//! What runs inside of what: burials within comparisons and within constructors.

use core::hash::{BuildHasherDefault, Hash, Hasher};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use weakref::{LocalObject, Object, Strong, WeakReferenceable};

use super::sharded::Sharded;
use super::slotted::{Construction, Slotted};
use super::{Shares, WeakKeyMap, WeakValueMap};
use crate::side::{Held, Side};

type Code = Box<dyn Fn()>;
type AtDrop = Rc<dyn Fn(u32)>;

thread_local! {
    static AT_EQ: RefCell<Option<Code>> = const { RefCell::new(None) };
    static AT_DROP: RefCell<Option<AtDrop>> = const { RefCell::new(None) };
}

/// Calls the closure that the thread has set, once when it is compared, and when it is dropped.
struct Key(u32);

impl Eq for Key {}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        if let Some(code) = AT_EQ.take() {
            code();
        }
        self.0 == other.0
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        let code = AT_DROP.with_borrow(Clone::clone);
        if let Some(code) = code {
            code(self.0);
        }
    }
}

/// All have one hash.
#[derive(Default)]
struct Alike;

impl Hasher for Alike {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        0
    }
}

/// More than there are shards, so that some rows are in the shard that is read and some in others. Fewer under Miri,
/// which takes a second for each.
const MANY: u32 = if cfg!(miri) { 12 } else { 64 };

fn filled<V: WeakReferenceable + From<u32> + 'static>() -> (Rc<WeakValueMap<Key, V>>, Vec<Strong<V>>)
where
    V::Slot: Shares<Key, V>,
{
    let map = Rc::new(WeakValueMap::new());
    let values = (0..MANY)
        .map(|number| {
            let value = Strong::new(V::from(number));
            map.insert(Key(number), &value);
            value
        })
        .collect();
    (map, values)
}

fn keys_outlive_the_comparison<V: WeakReferenceable + From<u32> + 'static>(depth: u32)
where
    V::Slot: Shares<Key, V>,
{
    let (map, values) = filled::<V>();
    let kept: Vec<_> = values[..2].to_vec();
    let dropped = Rc::new(Cell::new(0));
    let drops = {
        let (map, dropped) = (Rc::clone(&map), Rc::clone(&dropped));
        move |number| {
            if number >= MANY {
                return;
            }
            // A change, which is refused within a comparison.
            let value = Strong::new(V::from(number));
            map.insert(Key(number + MANY), &value);
            map.remove(&number);
            dropped.set(dropped.get() + 1);
        }
    };
    let compares = {
        let (map, dropped, values) = (Rc::clone(&map), Rc::clone(&dropped), Cell::new(values));
        move || {
            AT_DROP.set(Some(Rc::new(drops.clone())));
            drop(values.take());
            assert_eq!((map.len(), dropped.get()), (2, 0));
        }
    };
    let compares: Code = if depth == 0 {
        Box::new(compares)
    } else {
        let (map, compares) = (Rc::clone(&map), Cell::new(Some(Box::new(compares))));
        Box::new(move || {
            AT_EQ.set(compares.take().map(|code| code as Code));
            assert!(map.contains(1));
        })
    };
    AT_EQ.set(Some(compares));
    assert!(map.contains(0));
    assert!(dropped.get() >= MANY - 2);
    AT_DROP.set(None);
    assert_eq!(map.len(), 2);
    drop(kept);
    assert_eq!(map.len(), 0);
}

impl core::borrow::Borrow<u32> for Key {
    fn borrow(&self) -> &u32 {
        &self.0
    }
}

trait Contains {
    /// By the key itself, whose `Eq` is asked.
    fn contains(&self, number: u32) -> bool;
}

impl<V: WeakReferenceable + 'static> Contains for WeakValueMap<Key, V> {
    fn contains(&self, number: u32) -> bool {
        let key = core::mem::ManuallyDrop::new(Key(number));
        self.contains_key(&*key)
    }
}

#[test]
fn keys_that_are_buried_within_a_comparison_are_dropped_after_it() {
    for depth in 0..2 {
        keys_outlive_the_comparison::<Object<u32>>(depth);
        keys_outlive_the_comparison::<LocalObject<u32>>(depth);
    }
}

/// Their drops may change what is compared.
fn keys_of_another_outlive_the_comparison<V: WeakReferenceable + From<u32> + 'static>()
where
    V::Slot: Shares<Key, V>,
{
    let (map, _values) = filled::<V>();
    let (other, dying) = filled::<V>();
    let kept = Strong::new(V::from(0));
    let drops = {
        let (map, kept) = (Rc::clone(&map), kept.clone());
        move |number| {
            if number < MANY {
                map.insert(Key(number + MANY), &kept);
            }
        }
    };
    let compares = {
        let (other, dying) = (Rc::clone(&other), Cell::new(dying));
        move || {
            AT_DROP.set(Some(Rc::new(drops.clone())));
            drop(dying.take());
            assert_eq!(other.len(), 0);
        }
    };
    AT_EQ.set(Some(Box::new(compares)));
    assert!(map.contains(0));
    AT_DROP.set(None);
    assert_eq!(map.len(), 2 * MANY as usize);
}

#[test]
fn keys_of_another_map_that_are_buried_within_a_comparison_are_dropped_after_it() {
    keys_of_another_outlive_the_comparison::<Object<u32>>();
    keys_of_another_outlive_the_comparison::<LocalObject<u32>>();
}

/// As the documentation says.
#[test]
#[cfg_attr(miri, ignore = "so many panics take minutes")]
fn keys_that_are_buried_within_a_constructor_are_its_code() {
    let (map, values) = filled::<Object<u32>>();
    let refused = Rc::new(Cell::new(0));
    let drops = {
        let (map, refused) = (Rc::clone(&map), Rc::clone(&refused));
        move |number| {
            if number >= MANY {
                return;
            }
            let asks = || map.get_or_insert_with(Key(MANY), || unreachable!("it is being made"));
            let key_is_made = catch_unwind(AssertUnwindSafe(asks)).is_err();
            refused.set(refused.get() + u32::from(key_is_made));
        }
    };
    let made = map.get_or_insert_with(Key(MANY), || {
        AT_DROP.set(Some(Rc::new(drops)));
        drop(values);
        AT_DROP.set(None);
        Strong::new(Object(MANY))
    });
    assert_eq!((refused.get(), map.len(), made.0), (MANY, 1, MANY));
}

/// Drops `dying` while every shard is held, and leaves them to whoever passes next.
fn die_unburied<K: Side + 'static, V: Side + 'static, S: weakref::Slot, T>(
    shards: &Sharded<K, V, S>,
    dying: T,
) {
    fn within<K: Side + 'static, V: Side + 'static, S: weakref::Slot>(
        shards: &Sharded<K, V, S>,
        from: usize,
        call: &mut dyn FnMut(),
    ) {
        match shards.shard(from) {
            Some(shard) => shard.write_only(|_| within(shards, from + 1, call)),
            None => call(),
        }
    }
    let mut dying = Some(dying);
    within(shards, 0, &mut || drop(dying.take()));
}

/// Asked only when there should be none: the question itself would bury one.
fn has_unburied<K: Side + 'static, V: Side + 'static, S: weakref::Slot>(
    shards: &Sharded<K, V, S>,
) -> bool {
    let mut shards = shards.shards();
    shards.any(|shard| shard.look(|inside| inside.table.has_notices()))
}

#[test]
fn a_purge_counts_the_rows_that_it_takes_out() {
    let (map, values) = filled::<Object<u32>>();
    die_unburied(&map.shards, values);
    assert_eq!(map.purge(), MANY as usize);
    assert_eq!((map.purge(), has_unburied(&map.shards)), (0, false));

    // Those of one object whose hashes are the same are taken out together.
    let value = Strong::new(LocalObject(0));
    let map = WeakValueMap::with_hasher(BuildHasherDefault::<Alike>::default());
    for key in 0..3 {
        map.insert(key, &value);
    }
    die_unburied(&map.shards, value);
    assert_eq!(map.purge(), 3);

    // A construction that is given up within a read leaves a row that has no dead.
    let value = Strong::new(LocalObject(1));
    map.insert(1, &value);
    die_unburied(&map.shards, value);
    let construction = Construction::new();
    drop(construction.end(None));
    let shard = map.shards.of(0);
    shard.write_only(|inside| {
        inside.building += 1;
        inside.put(0, None, |_| (Held(2), Slotted::Building(construction)));
        inside.abandon();
    });
    assert_eq!((map.purge(), map.len()), (1, 0));
    shard.look(|inside| assert_eq!((inside.building, inside.table.len()), (0, 0)));
}

/// Those that live on, and those that are to die: then their keys panic.
type Halves = [Vec<Strong<Object<u32>>>; 2];

fn halves() -> Halves {
    // The panics after the first of a call.
    weakref::set_unraisable_hook(|_| ());
    let dies = |number: u32| number % 16 == 0;
    AT_DROP.set(Some(Rc::new(move |number| {
        if dies(number) {
            resume_unwind(Box::new("a key is buried"));
        }
    })));
    [false, true].map(|half| {
        let numbers = (0..MANY).filter(|&number| dies(number) == half);
        numbers.map(|number| Strong::new(Object(number))).collect()
    })
}

/// Makes a map of both, of which the one half dies in it, unburied; calls `call`, which panics; and returns the map.
fn survives<M>(
    fill: impl FnOnce(&Halves) -> M,
    bury: impl FnOnce(&M, Vec<Strong<Object<u32>>>),
    call: impl FnOnce(&M),
) -> (M, Vec<Strong<Object<u32>>>) {
    let halves = halves();
    let map = fill(&halves);
    let [living, dying] = halves;
    bury(&map, dying);
    let thrown = catch_unwind(AssertUnwindSafe(|| call(&map)));
    AT_DROP.set(None);
    let thrown = thrown.expect_err("a key panics");
    let said = thrown.downcast_ref::<&str>();
    assert_eq!(said.copied().unwrap_or_default(), "a key is buried");
    (map, living)
}

fn values(halves: &Halves) -> WeakValueMap<Key, Object<u32>> {
    let map = WeakValueMap::new();
    for value in halves.iter().flatten() {
        map.insert(Key(value.0), value);
    }
    map
}

fn bury_values(map: &WeakValueMap<Key, Object<u32>>, dying: Vec<Strong<Object<u32>>>) {
    die_unburied(&map.shards, dying);
}

/// A call of the map that is to reach every shard.
type Call = fn(&WeakValueMap<Key, Object<u32>>);

#[test]
#[cfg_attr(miri, ignore = "so many panics take minutes")]
fn a_panic_of_a_burial_in_a_call_over_all_shards_is_survived() {
    let drains: [Call; 2] = [|map| drop(map.drain()), WeakValueMap::clear];
    for drain in drains {
        let (map, living) = survives(values, bury_values, drain);
        assert!(map.is_empty() && !has_unburied(&map.shards));
        assert!(living.iter().all(|value| Strong::strong_count(value) == 1));
    }
    let others: [Call; 3] = [
        |map| _ = map.purge(),
        |map| map.reserve(1_000),
        WeakValueMap::shrink_to_fit,
    ];
    for call in others {
        let (map, living) = survives(values, bury_values, call);
        assert!(!has_unburied(&map.shards));
        assert_eq!(map.len(), living.len());
    }
    let fill = |halves: &Halves| {
        let map = WeakKeyMap::new();
        for key in halves.iter().flatten() {
            map.insert(key, Key(key.0));
        }
        map
    };
    let bury = |map: &WeakKeyMap<_, _>, dying| die_unburied(&map.shards, dying);
    let (map, living) = survives(fill, bury, |map| drop(map.drain()));
    assert!(map.is_empty() && !has_unburied(&map.shards));
    assert!(living.iter().all(|key| Strong::strong_count(key) == 1));
}

#[cfg(feature = "strong-tier")]
#[test]
#[cfg_attr(miri, ignore = "so many panics take minutes")]
fn a_panic_of_a_burial_while_the_tier_lets_go_is_survived() {
    let fill = |[living, dying]: &Halves| {
        let tier = super::StrongTier::entries(MANY as usize * 8);
        let map = WeakValueMap::with_strong_tier(tier);
        let insert = |value: &Strong<Object<u32>>| drop(map.insert(Key(value.0), value));
        dying.iter().for_each(insert);
        map.clear_strong_tier();
        living.iter().for_each(insert);
        assert_eq!(map.strong_tier_len(), living.len());
        map
    };
    let (map, living) = survives(fill, bury_values, WeakValueMap::clear_strong_tier);
    assert_eq!(map.strong_tier_len(), 0);
    assert!(living.iter().all(|value| Strong::strong_count(value) == 1));
}
