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
