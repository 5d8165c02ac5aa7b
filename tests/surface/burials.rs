//! When the entries of containers with one owner are buried: in any call that may change the container, whatever else
//! it does.

use std::rc::Rc;

use weakref::{Object, Strong};
use weakref_containers::{
    WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueBTreeMap, WeakValueMap,
};

type Value = Object<u8>;

/// Whether a call buries the entry whose value is dead.
fn is_buried_in_values(call: impl FnOnce(&mut WeakValueMap<Rc<u8>, Value>)) -> bool {
    let (key, value) = (Rc::new(0), Strong::new(Object(0)));
    let mut map = WeakValueMap::from([(Rc::clone(&key), &value)]);
    drop(value);
    assert_eq!(Rc::strong_count(&key), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&key) == 1
}

fn is_buried_in_keys(call: impl FnOnce(&mut WeakKeyMap<Value, Rc<u8>>)) -> bool {
    let (key, value) = (Strong::new(Object(0)), Rc::new(0));
    let mut map = WeakKeyMap::from([(&key, Rc::clone(&value))]);
    drop(key);
    assert_eq!(Rc::strong_count(&value), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&value) == 1
}

fn is_buried_in_pairs(call: impl FnOnce(&mut WeakPairMap<Value, Value>)) -> bool {
    let (key, value) = (Strong::new(Object(0)), Strong::new(Object(0)));
    let mut map = WeakPairMap::from([(&key, &value)]);
    drop(key);
    assert_eq!(Strong::weak_count(&value), 1, "no call was made");
    call(&mut map);
    Strong::weak_count(&value) == 0
}

fn is_buried_in_order(call: impl FnOnce(&mut WeakValueBTreeMap<Rc<u8>, Value>)) -> bool {
    let (key, value) = (Rc::new(0), Strong::new(Object(0)));
    let mut map = WeakValueBTreeMap::from([(Rc::clone(&key), &value)]);
    drop(value);
    assert_eq!(Rc::strong_count(&key), 2, "no call was made");
    call(&mut map);
    Rc::strong_count(&key) == 1
}

#[test]
fn of_weak_values_in_every_call_that_may_change_them() {
    assert!(is_buried_in_values(|map| map.reserve(1)));
    assert!(is_buried_in_values(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_values(|map| map.shrink_to(1)));
    assert!(is_buried_in_values(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_values(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_values(|map| assert!(map.remove(&1).is_none())));
}

#[test]
fn of_weak_keys_in_every_call_that_may_change_them() {
    let other = Object(1);
    assert!(is_buried_in_keys(|map| map.reserve(1)));
    assert!(is_buried_in_keys(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_keys(|map| map.shrink_to(1)));
    assert!(is_buried_in_keys(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_keys(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_keys(|map| assert!(
        map.iter_mut().next().is_none()
    )));
    assert!(is_buried_in_keys(|map| assert!(
        map.get_mut(&other).is_none()
    )));
    assert!(is_buried_in_keys(|map| assert!(
        map.remove(&other).is_none()
    )));
    assert!(is_buried_in_keys(|map| {
        assert_eq!(map.get_key_value_disjoint_mut([&other]), [None]);
    }));
}

#[test]
fn of_weak_pairs_in_every_call_that_may_change_them() {
    let other = Object(1);
    assert!(is_buried_in_pairs(|map| map.reserve(1)));
    assert!(is_buried_in_pairs(|map| map.try_reserve(1).unwrap()));
    assert!(is_buried_in_pairs(|map| map.shrink_to(1)));
    assert!(is_buried_in_pairs(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_pairs(|map| drop(map.extract_if(|_, _| true))));
    assert!(is_buried_in_pairs(|map| assert!(
        map.remove_entry(&other).is_none()
    )));
}

#[test]
fn of_ordered_values_in_every_call_that_may_change_them() {
    assert!(is_buried_in_order(|map| drop(map.entry(Rc::new(1)))));
    assert!(is_buried_in_order(|map| drop(map.remove_entry(&1))));
    assert!(is_buried_in_order(|map| drop(map.pop_first())));
    assert!(is_buried_in_order(|map| drop(map.pop_last())));
    assert!(is_buried_in_order(|map| map.retain(|_, _| true)));
    assert!(is_buried_in_order(|map| drop(map.extract_if(|_, _| true))));
}

/// A sweep looks at every entry, so it waits until it frees as much as it leaves.
#[test]
fn of_ordered_values_once_half_of_them_are_dead() {
    let keys: [Rc<u8>; 6] = [0, 1, 2, 3, 4, 5].map(Rc::new);
    let mut values: Vec<_> = (0..6).map(|n| Strong::new(Object(n))).collect();
    let mut map: WeakValueBTreeMap<Rc<u8>, Value> =
        keys.iter().cloned().zip(values.iter()).collect();
    let held = || keys.iter().filter(|key| Rc::strong_count(key) > 1).count();
    values.truncate(4);
    assert!(map.remove(&9).is_none());
    assert_eq!((held(), map.len()), (6, 4));
    values.truncate(3);
    assert!(map.remove(&9).is_none());
    assert_eq!((held(), map.len()), (3, 3));
}

#[test]
fn of_ordered_values_behind_what_is_popped() {
    let value = Strong::new(Object(0));
    let [low, high] = [0, 2].map(Rc::new);
    for is_first in [true, false] {
        let dead = Strong::new(Object(1));
        let mut map = WeakValueBTreeMap::new();
        let key = if is_first { &high } else { &low };
        map.insert(Rc::clone(key), &dead);
        map.insert(Rc::new(1), &value);
        drop(dead);
        let popped = if is_first {
            map.pop_first()
        } else {
            map.pop_last()
        };
        assert!(popped.is_some_and(|(key, found)| *key == 1 && found == value));
        assert_eq!(Rc::strong_count(key), 1);
    }
}

/// The room of very many goes with them, but not that of a few, nor all at once.
#[test]
fn the_room_of_most_of_a_large_table_is_given_back() {
    let capacity_after = |count: u32, left: usize| {
        let mut values: Vec<_> = (0..count).map(|_| Strong::new(Object(0))).collect();
        let mut map: WeakValueMap<u32, Value> = (0..count).zip(&values).collect();
        let before = map.capacity();
        values.truncate(left);
        assert!(map.remove(&count).is_none());
        assert_eq!(map.len(), left);
        (before, map.capacity())
    };
    let (before, after) = capacity_after(2000, 60);
    assert!((120..before / 4).contains(&after), "{after}");
    for (count, left) in [(2000, 200), (500, 1)] {
        let (before, after) = capacity_after(count, left);
        assert!(after > before / 2, "{after} of {before}");
    }
}

#[test]
fn of_a_list_before_it_grows_or_shrinks() {
    let mut list = WeakList::with_capacity(4);
    let values: Vec<_> = (0..list.capacity())
        .map(|_| Strong::new(Object(0)))
        .collect();
    for value in &values {
        list.push(value);
    }
    let full = list.capacity();
    drop(values);
    list.try_reserve(full).unwrap();
    assert_eq!(list.capacity(), full, "the dead have left their room");

    let value = Strong::new(Object(0));
    list.push(&value);
    drop(value);
    list.shrink_to(0);
    assert_eq!(list.capacity(), 0);
}

/// Objects of which the first three die when they are dropped: the others are kept.
fn objects() -> (Vec<Strong<Value>>, Vec<Strong<Value>>) {
    let mut dying: Vec<_> = (0..5).map(|number| Strong::new(Object(number))).collect();
    let kept = dying.split_off(3);
    (dying, kept)
}

/// What `purge` returns once the first three of five objects have died, and again.
macro_rules! purged {
    (|$object:ident, $container:ident: $type:ty| $put:expr) => {{
        let mut $container = <$type>::new();
        let (dying, kept) = objects();
        for $object in dying.iter().chain(&kept) {
            $put;
        }
        let none = $container.purge();
        drop(dying);
        let counts = [none, $container.purge(), $container.purge()];
        assert_eq!($container.len() % kept.len(), 0, "what is alive stays");
        counts
    }};
}

#[test]
fn a_purge_says_how_many_entries_it_has_removed() {
    let mut key = 0..;
    let mut next = || key.next().expect("endless");
    // Each object is in two entries, where it may.
    let twice = [0, 6, 0];
    let values = purged!(|object, map: WeakValueMap<u32, Value>| for _ in 0..2 {
        map.insert(next(), object);
    });
    assert_eq!(values, twice);
    let in_order = purged!(|object, map: WeakValueBTreeMap<u32, Value>| for _ in 0..2 {
        map.insert(next(), object);
    });
    assert_eq!(in_order, twice);
    let list = purged!(|object, list: WeakList<Value>| for _ in 0..2 {
        list.push(object);
    });
    assert_eq!(list, twice);
    let once = [0, 3, 0];
    assert_eq!(
        purged!(|object, map: WeakKeyMap<Value, u8>| map.insert(object, 0)),
        once
    );
    assert_eq!(
        purged!(|object, set: WeakSet<Value>| set.insert(object)),
        once
    );
    // Of an entry whose key and value are dead there is one.
    assert_eq!(
        purged!(|object, map: WeakPairMap<Value, Value>| map.insert(object, object)),
        once
    );
}

#[test]
fn a_purge_does_not_count_what_another_call_has_removed() {
    let (dying, kept) = objects();
    let mut values: WeakValueMap<_, _> = (0..).zip(&dying).collect();
    let mut keys: WeakKeyMap<_, _> = dying.iter().zip(0..).collect();
    let mut pairs: WeakPairMap<_, _> = dying.iter().map(|object| (object, &kept[0])).collect();
    let mut set: WeakSet<_> = dying.iter().collect();
    let mut list: WeakList<_> = dying.iter().collect();
    let mut in_order: WeakValueBTreeMap<_, _> = (0..).zip(&dying).collect();
    drop(dying);
    values.insert(9, &kept[0]);
    keys.insert(&kept[0], 9);
    pairs.insert(&kept[0], &kept[1]);
    set.insert(&kept[0]);
    list.push(&kept[0]);
    in_order.insert(9, &kept[0]);
    assert_eq!([values.purge(), keys.purge(), pairs.purge()], [0; 3]);
    assert_eq!([set.purge(), list.purge(), in_order.purge()], [0; 3]);
}

/// They are removed, if not dropped.
#[test]
fn a_purge_counts_what_is_kept_as_evicted() {
    let (dying, _kept) = objects();
    let mut map: WeakValueMap<_, _> = (0..).zip(&dying).collect();
    map.track_evictions(true);
    drop(dying);
    assert_eq!((map.purge(), map.drain_evicted().count()), (3, 3));
}

/// A row that a removal has taken out when its member died is not there to be counted.
#[test]
fn a_purge_counts_no_entry_that_was_taken_out_before() {
    let object = Strong::new(Object(1));
    let mut map = WeakValueBTreeMap::from([(1, &object), (2, &object), (3, &object)]);
    drop(object);
    assert!(map.remove(&1).is_none());
    assert_eq!(map.purge() + map.purge(), 0, "all went with the removal");
}
