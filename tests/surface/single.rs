//! Containers with one owner as a whole: their room, joined and compared.

use std::collections::{HashMap, HashSet};

use weakref::{Object, Strong};
use weakref_containers::{
    WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueBTreeMap, WeakValueMap, shared,
};

type Number = Strong<Object<u32>>;

fn numbers() -> [Number; 3] {
    [0, 1, 2].map(|number| Strong::new(Object(number)))
}

macro_rules! have_room {
    ($($container:ty),*) => {$(
        let mut container = <$container>::with_capacity(1000);
        let made = container.capacity();
        assert!(made >= 1000);
        container.shrink_to(100);
        assert!((100..made).contains(&container.capacity()));
        container.reserve(500);
        assert!(container.capacity() >= 500);
        container.shrink_to_fit();
        assert!(container.capacity() < 100);
    )*};
}

macro_rules! have_room_for_many {
    ($($container:ty),*) => {$(
        assert!(<$container>::with_capacity(1000).capacity() >= 1000);
        assert!(<$container>::with_capacity_and_hasher(1000, Default::default()).capacity() >= 1000);
        assert_eq!(<$container>::new().capacity(), 0);
    )*};
}

#[test]
fn room_is_made_and_given_back() {
    type Value = Object<u32>;
    have_room!(
        WeakValueMap<u32, Value>,
        WeakKeyMap<Value, u32>,
        WeakPairMap<Value, Value>,
        WeakSet<Value>,
        WeakList<Value>
    );
    have_room_for_many!(
        WeakValueMap<u32, Value>,
        WeakKeyMap<Value, u32>,
        WeakPairMap<Value, Value>,
        WeakSet<Value>,
        shared::WeakValueMap<u32, Value>,
        shared::WeakKeyMap<Value, u32>,
        shared::WeakPairMap<Value, Value>,
        shared::WeakSet<Value>,
        shared::Interner<u32>
    );
}

#[test]
fn the_load_is_length_by_capacity() {
    let [a, b, c] = &numbers();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let load = |length: usize, capacity: usize| length as f32 / capacity as f32;
    macro_rules! is_loaded {
        ($($container:expr),*) => {$(
            let mut container = $container;
            container.reserve(100);
            let expected = load(3, container.capacity());
            assert!((container.load_factor() - expected).abs() < f32::EPSILON);
            container.clear();
            assert!(container.load_factor().abs() < f32::EPSILON);
            container.shrink_to_fit();
            assert_eq!(container.capacity(), 0);
            assert!(container.load_factor().abs() < f32::EPSILON);
        )*};
    }
    is_loaded!(
        WeakValueMap::from([(0, a), (1, b), (2, c)]),
        WeakKeyMap::from([(a, 0), (b, 1), (c, 2)]),
        WeakPairMap::from([(a, b), (b, c), (c, a)]),
        WeakSet::from([a, b, c])
    );
}

#[test]
fn they_differ_from_those_of_std_of_the_same_length() {
    let [a, b, c] = &numbers();
    let [one, two] = [b, c].map(Strong::clone);
    let values = WeakValueMap::from([(1, a), (2, b)]);
    assert_eq!(values, HashMap::from([(1, a.clone()), (2, one.clone())]));
    assert_ne!(values, HashMap::from([(1, a.clone()), (2, two.clone())]));
    assert_ne!(values, HashMap::from([(1, a.clone()), (3, one.clone())]));
    let keys = WeakKeyMap::from([(a, 1), (b, 2)]);
    assert_eq!(keys, HashMap::from([(a.clone(), 1), (one.clone(), 2)]));
    assert_ne!(keys, HashMap::from([(a.clone(), 1), (two.clone(), 2)]));
    assert_ne!(keys, HashMap::from([(a.clone(), 1), (one.clone(), 3)]));
    let pairs = WeakPairMap::from([(a, b)]);
    assert_eq!(pairs, HashMap::from([(a.clone(), one.clone())]));
    assert_ne!(pairs, HashMap::from([(a.clone(), two.clone())]));
    assert_ne!(pairs, HashMap::from([(two.clone(), one.clone())]));
    let set = WeakSet::from([a, b]);
    assert_eq!(set, HashSet::from([a.clone(), one.clone()]));
    assert_ne!(set, HashSet::from([a.clone(), two.clone()]));
    let shared = shared::WeakSet::from([a, b]);
    assert_eq!(shared, HashSet::from([a.clone(), one]));
    assert_ne!(shared, HashSet::from([a.clone(), two]));
}

#[test]
fn pairs_are_joined_and_compared_by_their_keys() {
    let [a, b, c] = &numbers();
    let (left, right) = (WeakPairMap::from([(a, b)]), WeakPairMap::from([(b, c)]));
    assert_eq!(&left | [(b, c)], WeakPairMap::from([(a, b), (b, c)]));
    assert_eq!(&left | [(a, c)], WeakPairMap::from([(a, c)]));
    assert!(left.domain_is_subset(&(&left | &right)));
    assert!(!left.domain_is_subset(&right));

    let mut pairs = left;
    let made = pairs.entry(c).or_try_insert_with(|| Ok::<_, ()>(a.clone()));
    assert_eq!(made.as_ref(), Ok(a));
    assert_eq!((pairs.len(), pairs.get(&Object(2))), (2, made.ok()));
}

#[test]
fn an_ordered_map_is_emptied_from_either_end() {
    let [a, b, c] = &numbers();
    let mut map = WeakValueBTreeMap::from([(1, a), (2, b), (3, c)]);
    let mut drain = map.drain();
    assert_eq!(drain.next_back(), Some((3, c.clone())));
    assert_eq!(drain.next(), Some((1, a.clone())));
    assert_eq!(drain.next_back(), Some((2, b.clone())));
    assert_eq!((drain.next_back(), drain.next()), (None, None));
    drop(drain);
    assert!(map.is_empty());

    map.extend([(1, a), (2, b)]);
    map.clear();
    assert_eq!((map.len(), Strong::weak_count(a)), (0, 0));
}

#[test]
fn too_much_room_is_refused() {
    macro_rules! refuse {
        ($($container:ty),*) => {$(
            let mut container = <$container>::new();
            assert_eq!(container.allocation_size(), 0);
            assert!(container.try_reserve(usize::MAX / 2).is_err());
            assert_eq!(container.allocation_size(), 0);
            assert!(container.try_reserve(1000).is_ok());
            assert!(container.capacity() >= 1000);
            let rooms = container.capacity() * size_of::<usize>();
            assert!((rooms..1 << 20).contains(&container.allocation_size()));
        )*};
    }
    type Value = Object<u32>;
    refuse!(
        WeakValueMap<u32, Value>,
        WeakKeyMap<Value, u32>,
        WeakPairMap<Value, Value>,
        WeakSet<Value>,
        WeakList<Value>
    );
}

#[test]
fn parts_and_wholes_of_maps() {
    let [a, b, c] = &numbers();
    let (small, large) = (
        WeakPairMap::from([(a, b)]),
        WeakPairMap::from([(a, b), (b, c)]),
    );
    let other = WeakPairMap::from([(a, c), (b, c)]);
    assert!(small.is_submap(&large) && !large.is_submap(&small) && !small.is_submap(&other));
    assert!(small.is_submap_with(&other, |left, right| left.0 < right.0));
    assert!(!small.is_submap_with(&other, |left, right| left.0 == right.0));
    assert!(small.domain_is_subset(&other) && !other.domain_is_subset(&small));
    assert!(large == large.clone() && large != other && large != small);

    let (small, large) = (
        WeakKeyMap::from([(a, 1)]),
        WeakKeyMap::from([(a, 1), (b, 2)]),
    );
    let other = WeakKeyMap::from([(a, 2), (b, 2)]);
    assert!(small.is_submap(&large) && !large.is_submap(&small) && !small.is_submap(&other));
    assert!(small.is_submap_with(&other, |left, right| left < right));
    assert!(!small.is_submap_with(&other, |left, right| left == right));
    assert!(small.domain_is_subset(&other) && !other.domain_is_subset(&small));
    assert!(large == large.clone() && large != other && large != small);

    let (small, large) = (
        WeakValueMap::from([(1, a)]),
        WeakValueMap::from([(1, a), (2, b)]),
    );
    let other = WeakValueMap::from([(1, b), (2, b)]);
    assert!(small.is_submap(&large) && !large.is_submap(&small) && !small.is_submap(&other));
    assert!(small.is_submap_with(&other, |left, right| left.0 < right.0));
    assert!(!small.is_submap_with(&other, |left, right| left.0 == right.0));
    assert!(small.domain_is_subset(&other) && !other.domain_is_subset(&small));
    assert!(large == large.clone() && large != other && large != small);

    let (one, two) = (
        WeakValueBTreeMap::from([(1, a)]),
        WeakValueBTreeMap::from([(1, b)]),
    );
    assert!(one == one.clone() && one != two && one != WeakValueBTreeMap::from([(2, a)]));
}

#[test]
fn filled_from_handles_that_are_given_away() {
    let [a, b, c] = &numbers();
    let mut values = WeakValueMap::from([(1, a.clone())]);
    values.extend([(2, b.clone())]);
    assert_eq!(values, WeakValueMap::from([(1, a), (2, b)]));
    let mut keys = WeakKeyMap::from([(a.clone(), 1)]);
    keys.extend([(b.clone(), 2)]);
    assert_eq!(keys, WeakKeyMap::from([(a, 1), (b, 2)]));
    let mut pairs = WeakPairMap::from([(a.clone(), b.clone())]);
    pairs.extend([(b.clone(), c.clone())]);
    assert_eq!(pairs, WeakPairMap::from([(a, b), (b, c)]));
    pairs |= [(c, a)];
    assert_eq!((pairs.len(), pairs.get(&Object(2)).as_ref()), (3, Some(a)));
    let mut set = WeakSet::from([a.clone()]);
    set.extend([b.clone()]);
    assert_eq!(set, WeakSet::from([a, b]));

    // Handles of what is alive.
    let strong = HashMap::from([(a.clone(), b.clone())]);
    assert_eq!(
        &strong | &WeakPairMap::from([(b, c)]),
        WeakPairMap::from([(a, b), (b, c)])
    );
    let pairs = WeakPairMap::from([(a, b)]);
    assert_eq!(pairs.snapshot(), [(a.clone(), b.clone())]);
    assert_eq!(pairs.upgrade(), strong);
    assert_eq!(format!("{pairs:?}"), "{0: 1}");
    let keys = WeakKeyMap::from([(a, 1)]);
    assert_eq!(keys.snapshot(), [(a.clone(), 1)]);
    assert_eq!(keys.upgrade(), HashMap::from([(a.clone(), 1)]));
    let values = WeakValueMap::from([(1, a)]);
    assert_eq!(values.snapshot(), [(1, a.clone())]);
    assert_eq!(values.upgrade(), HashMap::from([(1, a.clone())]));
    assert_eq!(WeakSet::from([a]).snapshot(), std::slice::from_ref(a));
    assert_eq!(
        WeakList::from_iter([a, b]).snapshot(),
        [a.clone(), b.clone()]
    );
}

#[test]
fn looked_up_by_key_in_each_way() {
    let [a, b, c] = &numbers();
    let pairs = WeakPairMap::from([(a, b), (b, c)]);
    let (there, gone) = (&Object(1), &Object(2));
    assert!(pairs.contains_key(there) && !pairs.contains_key(gone));
    assert_eq!(pairs.get_key(there).as_ref(), Some(b));
    assert_eq!(pairs.get_key_value(there), Some((b.clone(), c.clone())));
    assert_eq!(pairs.get_many([there, gone]), [Some(c.clone()), None]);
    assert_eq!(
        (pairs.get_key(gone), pairs.get_key_value(gone)),
        (None, None)
    );

    let mut ordered = WeakValueBTreeMap::from([(1, a), (2, b), (3, c)]);
    assert!(ordered.contains_key(&2) && !ordered.contains_key(&4));
    assert_eq!(ordered.get_key_value(&2), Some((&2, b.clone())));
    assert_eq!(ordered.first_key_value(), Some((&1, a.clone())));
    assert_eq!(ordered.last_key_value(), Some((&3, c.clone())));
    assert!(ordered.try_insert(4, a).is_ok() && ordered.try_insert(4, b).is_err());
    assert_eq!(format!("{ordered:?}"), "{1: 0, 2: 1, 3: 2, 4: 0}");
    assert_eq!(ordered.pop_last(), Some((4, a.clone())));
    assert_eq!(ordered.pop_first(), Some((1, a.clone())));
    assert_eq!(ordered.len(), 2);
}

#[test]
fn entries_insert_or_find() {
    let [a, b, c] = &numbers();
    let mut values = WeakValueMap::from([(1, b)]);
    assert_eq!(values.entry(1).or_default(), *b);
    assert_eq!(values.entry_ref(&1).or_default(), *b);
    assert_eq!(values.entry(2).insert_entry(a).get(), a);
    assert_eq!(values.entry_ref(&3).insert_entry(c).get(), c);
    assert_eq!(values.entry_ref(&3).insert_entry(b).get(), b);
    assert_eq!(values, WeakValueMap::from([(1, b), (2, a), (3, b)]));
    let mut pairs = WeakPairMap::from([(a, b)]);
    assert_eq!(pairs.entry(a).or_default(), *b);
    assert_eq!(pairs.entry(a).insert_entry(c).get(), c);
    assert_eq!(pairs.entry(b).insert_entry(a).get(), a);
    assert_eq!(pairs, WeakPairMap::from([(a, c), (b, a)]));
    let mut keys = WeakKeyMap::from([(a, 1)]);
    let refused = keys.try_insert(a, 2).unwrap_err();
    assert_eq!(refused.to_string(), "the key is in the map already");
    assert!(format!("{refused:?}").starts_with("OccupiedError { entry: OccupiedEntry { key: "));
}

/// Every key has the same hash.
#[derive(Clone, Copy, Default)]
struct OneHash;

impl std::hash::Hasher for OneHash {
    fn write(&mut self, _: &[u8]) {}

    fn finish(&self) -> u64 {
        7
    }
}

#[test]
fn other_keys_of_the_same_hash_are_not_there() {
    type Hashes = std::hash::BuildHasherDefault<OneHash>;
    let [a, b, c] = numbers();
    let mut pairs = WeakPairMap::<_, _, Hashes>::default();
    pairs.insert(&a, &c);
    assert!(pairs.contains_key(&*a) && !pairs.contains_key(&*b));
    let mut keys = WeakKeyMap::<_, _, Hashes>::default();
    keys.insert(&a, 0);
    assert!(keys.contains_key(&*a) && !keys.contains_key(&*b));
    let mut values = WeakValueMap::<_, _, Hashes>::default();
    values.insert('a', &c);
    assert!(values.contains_key(&'a') && !values.contains_key(&'b'));
}

/// Also where many entries were at the same place of their lists.
#[test]
fn keys_of_two_lists_are_never_the_same() {
    let [value, _, _] = numbers();
    let mut seen = HashSet::new();
    for mut list in [WeakList::new(), WeakList::new()] {
        for _ in 0..200 {
            let key = list.push(&value);
            assert!(list.remove(key).is_some());
            assert!(seen.insert(key), "{key:?} was another's");
        }
    }
}
