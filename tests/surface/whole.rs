//! Shared containers as a whole: filled, copied, compared, brought to life.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use weakref::{Object, Strong};
use weakref_containers::shared::{
    IdentityWeakKeyMap, IdentityWeakPairMap, IdentityWeakSet, WeakKeyMap, WeakPairMap, WeakSet,
    WeakValueMap,
};

type Number = Strong<Object<u32>>;

fn numbers<const N: usize>() -> [Number; N] {
    std::array::from_fn(|n| Strong::new(Object(u32::try_from(n).unwrap())))
}

#[test]
fn of_weak_values() {
    let [a, b, c] = numbers();
    let map = WeakValueMap::from([("a", &a), ("b", &b)]);
    let mut same: WeakValueMap<&str, Object<u32>> = [("b", &b)].into_iter().collect();
    assert_ne!(map, same);
    same.extend([("a", &a)]);
    assert_eq!(map, same);
    same.extend([("a", c.clone())]);
    assert_ne!(map, same, "another value");
    same.extend(&HashMap::from([("a", a.clone())]));
    assert_eq!(map, same);
    let single = weakref_containers::WeakValueMap::from([("c", &c)]);
    same.extend(&single);
    assert_eq!((same.len(), same.get("c")), (3, Some(c)));

    let copy = map.clone();
    assert_eq!(copy, map);
    copy.remove("a");
    assert_eq!((copy.len(), map.len()), (1, 2));

    let mut seen = map.snapshot();
    seen.sort_unstable_by_key(|(key, _)| *key);
    assert_eq!(seen, [("a", a.clone()), ("b", b.clone())]);
    drop(seen);
    let strong = map.upgrade();
    drop((a, b));
    assert_eq!((map.len(), strong["b"].0), (2, 1));
    drop(strong);
    assert!(map.is_empty() && map == WeakValueMap::with_capacity(100));
    assert_eq!(copy.len(), 0, "its registrations are its own");
    assert!(WeakValueMap::from([("d", Strong::new(Object(1)))]).is_empty());
}

#[test]
fn of_weak_keys() {
    let [a, b, _] = numbers::<3>();
    let equal = Strong::new(Object(0));
    let map = WeakKeyMap::from([(&a, 'a'), (&b, 'b')]);
    let mut same: WeakKeyMap<Object<u32>, char> = [(b.clone(), 'b')].into_iter().collect();
    same.extend([(&equal, 'a')]);
    assert_eq!(map, same);
    same.extend(&HashMap::from([(equal.clone(), 'x')]));
    assert_ne!(map, same);
    same.extend(&weakref_containers::WeakKeyMap::from([(&a, 'a')]));
    assert_eq!((map == same, Strong::weak_count(&equal)), (true, 0));
    let by_identity = IdentityWeakKeyMap::from([(&a, 'a')]);
    assert_ne!(by_identity, IdentityWeakKeyMap::from([(&equal, 'a')]));

    let copy = map.clone();
    assert!(std::sync::Arc::ptr_eq(
        &copy.get_shared(&Object(0)).unwrap(),
        &map.get_shared(&Object(0)).unwrap()
    ));
    copy.update(&Object(0), |_| 'z');
    assert_eq!(
        (copy.get(&Object(0)), map.get(&Object(0))),
        (Some('z'), Some('a'))
    );

    let mut sum = 0;
    for (key, _) in &map {
        sum += key.0;
    }
    assert_eq!((sum, map.snapshot().len()), (1, 2));
    let strong = map.upgrade();
    drop((a, b));
    assert_eq!(*strong[&Object(1)], 'b');
    drop(strong);
    assert!(map.is_empty() && copy.is_empty() && map == WeakKeyMap::with_capacity(10));
}

#[test]
fn of_pairs() {
    let [a, b, c] = numbers();
    let map = WeakPairMap::from([(&a, &b), (&b, &c)]);
    let mut same: WeakPairMap<Object<u32>, Object<u32>> = WeakPairMap::with_capacity(2);
    same.extend(&map);
    assert_eq!(map, same);
    same.extend([(&a, &a)]);
    assert_ne!(map, same);
    assert_eq!(map, map.clone());
    assert_ne!(
        IdentityWeakPairMap::from([(&a, &b)]),
        IdentityWeakPairMap::from([(Strong::new(Object(0)), b.clone())])
    );
    assert_eq!(map.iter().count(), 2);
    let strong = map.upgrade();
    drop((a, b, c));
    assert_eq!((map.len(), strong.len(), map.snapshot().len()), (2, 2, 2));
    drop(strong);
    assert_eq!(map.len(), 0);
}

#[test]
fn of_sets() {
    let [a, b] = numbers();
    let set = WeakSet::from([&a, &b]);
    let mut same: WeakSet<Object<u32>> = [b.clone()].into_iter().collect();
    assert_ne!(set, same);
    same.extend([&a]);
    same.extend(&HashSet::from([b.clone()]));
    assert_eq!((set == same, same.len()), (true, 2));
    assert_eq!(set, set.clone());
    assert_ne!(
        IdentityWeakSet::from([&a]),
        IdentityWeakSet::from([&Strong::new(Object(0))])
    );
    let mut sum = 0;
    for member in &set {
        sum += member.0;
    }
    assert_eq!((sum, set.snapshot().len()), (1, 2));
    let strong = set.upgrade();
    drop((a, b));
    assert_eq!((set.len(), strong.len()), (2, 2));
    drop(strong);
    assert!(set.is_empty() && set == WeakSet::with_capacity(10));
}

#[test]
fn extended_through_a_shared_reference() {
    static VALUES: LazyLock<WeakValueMap<u32, Object<u32>>> = LazyLock::new(WeakValueMap::new);

    fn fill<P>(mut map: impl Extend<P>, entries: impl IntoIterator<Item = P>) {
        map.extend(entries);
    }

    let [a, b, c] = numbers();
    (&*VALUES).extend([(0, &a), (1, &b)]);
    (&*VALUES).extend([(&2, &c)]);
    fill(&*VALUES, [(3, a.clone())]);
    fill(&*VALUES, [(&4, Strong::new(Object(4)))]);
    let mut seen = VALUES.snapshot();
    seen.sort_unstable_by_key(|(key, _)| *key);
    let expected = [&a, &b, &c, &a].map(Strong::clone);
    assert_eq!(
        seen,
        [0, 1, 2, 3].into_iter().zip(expected).collect::<Vec<_>>()
    );

    let keys = WeakKeyMap::new();
    (&keys).extend([(&a, 'a')]);
    (&keys).extend([(&b, &'b')]);
    (&keys).extend([(c.clone(), 'c')]);
    (&keys).extend([(a.clone(), &'d')]);
    assert_eq!(keys, WeakKeyMap::from([(&a, 'd'), (&b, 'b'), (&c, 'c')]));

    let pairs = WeakPairMap::new();
    (&pairs).extend([(&a, &b)]);
    (&pairs).extend([(b.clone(), c.clone())]);
    assert_eq!(pairs, WeakPairMap::from([(&a, &b), (&b, &c)]));

    let set = IdentityWeakSet::new();
    std::thread::scope(|scope| {
        scope.spawn(|| (&set).extend([&a, &b]));
        scope.spawn(|| (&set).extend([b.clone(), c.clone()]));
    });
    assert_eq!(set, IdentityWeakSet::from([&a, &b, &c]));
}

#[test]
fn a_borrowed_key_is_made_owned_only_when_it_is_entered() {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    static MADE: AtomicU32 = AtomicU32::new(0);

    #[derive(PartialEq, Eq, Hash)]
    struct Asked(String);

    impl std::borrow::Borrow<Asked> for Owned {
        fn borrow(&self) -> &Asked {
            &self.0
        }
    }

    #[derive(PartialEq, Eq, Hash)]
    struct Owned(Asked);

    impl ToOwned for Asked {
        type Owned = Owned;

        fn to_owned(&self) -> Owned {
            MADE.fetch_add(1, Relaxed);
            Owned(Self(self.0.clone()))
        }
    }

    let map = WeakValueMap::<Owned, Object<u32>>::new();
    let asked = Asked("name".into());
    let value = map.get_or_insert_with_ref(&asked, || Strong::new(Object(1)));
    for _ in 0..3 {
        assert_eq!(map.get_or_insert_with_ref(&asked, || unreachable!()), value);
        let found = map.get_or_try_insert_with_ref(&asked, || Err(()));
        assert_eq!(found, Ok(value.clone()));
    }
    assert_eq!(MADE.load(Relaxed), 1);
    drop(value);
    assert_eq!(map.get_or_try_insert_with_ref(&asked, || Err(())), Err(()));
    assert!(map.is_empty());
}

#[test]
fn purging_changes_nothing_that_is_alive() {
    let [a, b] = numbers();
    let (values, keys) = (WeakValueMap::from([(1, &a)]), WeakKeyMap::from([(&a, 1)]));
    let (pairs, set) = (WeakPairMap::from([(&a, &b)]), WeakSet::from([&a]));
    values.purge();
    keys.purge();
    pairs.purge();
    set.purge();
    assert_eq!([values.len(), keys.len(), pairs.len(), set.len()], [1; 4]);
}

#[test]
fn their_debug_shows_what_is_alive() {
    let [a, b] = numbers();
    let (values, keys) = (WeakValueMap::from([(1, &a)]), WeakKeyMap::from([(&a, 1)]));
    let (pairs, set) = (WeakPairMap::from([(&a, &b)]), WeakSet::from([&a]));
    assert_eq!(format!("{values:?} {keys:?}"), "{1: 0} {0: 1}");
    assert_eq!(format!("{pairs:?} {set:?}"), "{0: 1} {0}");
    drop(a);
    assert_eq!(
        format!("{values:?} {keys:?} {pairs:?} {set:?}"),
        "{} {} {} {}"
    );
}

#[test]
fn they_compare_with_those_of_std() {
    let [a, b, c] = numbers();
    let (values, keys) = (
        WeakValueMap::from([(1, &a), (2, &b)]),
        WeakKeyMap::from([(&a, 1), (&b, 2)]),
    );
    let (pairs, set) = (
        WeakPairMap::from([(&a, &b), (&b, &c)]),
        WeakSet::from([&a, &b]),
    );
    let equal = Strong::new(Object(1));
    assert_eq!(values, HashMap::from([(1, a.clone()), (2, equal.clone())]));
    assert_eq!(keys, HashMap::from([(a.clone(), 1), (equal.clone(), 2)]));
    assert_eq!(
        pairs,
        HashMap::from([(a.clone(), equal.clone()), (b.clone(), c.clone())])
    );
    assert_eq!(set, HashSet::from([a.clone(), equal.clone()]));

    let other = HashMap::from([(1, a.clone()), (3, b.clone())]);
    assert!(values != other && values != HashMap::from([(1, a.clone())]));
    assert_ne!(keys, HashMap::from([(a.clone(), 1), (b.clone(), 3)]));
    assert_ne!(pairs, HashMap::from([(a.clone(), b.clone()), (c, b)]));
    assert_ne!(set, HashSet::from([a]));
}

#[test]
fn their_weak_references_are_of_what_is_alive() {
    let [a, b, c] = numbers();
    let keys = WeakKeyMap::from([(&a, 1)]);
    let pairs = WeakPairMap::from([(&a, &b), (&c, &b)]);
    assert!(keys.weak_keys().eq([Strong::downgrade(&a)]));
    assert_eq!(
        (pairs.weak_keys().count(), pairs.weak_values().count()),
        (2, 2)
    );
    let mut walk = keys.weak_keys();
    drop(c);
    assert!(pairs.weak_keys().eq([Strong::downgrade(&a)]));
    assert!(pairs.weak_values().eq([Strong::downgrade(&b)]));
    keys.clear();
    assert!(walk.next().is_none());
    assert_eq!(Strong::strong_count(&a), 1, "no walk holds one");
}

#[test]
fn sets_find_many_at_once() {
    let kept: [Number; 50] = numbers();
    let set: WeakSet<Object<u32>> = kept.iter().collect();
    let single: weakref_containers::WeakSet<Object<u32>> = kept.iter().collect();
    let by_identity: IdentityWeakSet<Object<u32>> = kept.iter().collect();
    let asked = [7, 60, 49, 7].map(Object);
    let found = [Some(&kept[7]), None, Some(&kept[49]), Some(&kept[7])].map(Option::<&_>::cloned);
    assert_eq!(set.get_many(asked.each_ref()), found);
    assert_eq!(single.get_many(asked.each_ref()), found);
    let stranger = Strong::new(Object(7));
    assert_eq!(
        by_identity.get_many([&kept[7], &stranger]),
        [Some(kept[7].clone()), None]
    );
    assert_eq!(
        weakref_containers::WeakSet::<Object<u32>>::new().get_many([&asked[0]]),
        [None]
    );
}

/// Of handles that are given away, others keep the objects alive.
#[test]
fn made_of_handles_that_are_given_away() {
    let [a, b, _] = numbers::<3>();
    let values = WeakValueMap::from([("a", a.clone()), ("b", b.clone())]);
    let keys = WeakKeyMap::from([(a.clone(), 'a'), (b.clone(), 'b')]);
    let pairs = WeakPairMap::from([(a.clone(), b.clone()), (b.clone(), a.clone())]);
    let set = WeakSet::from([a.clone(), b.clone()]);
    let ordered = weakref_containers::WeakValueBTreeMap::from([("a", a.clone()), ("b", b.clone())]);
    assert_eq!([values.len(), keys.len(), pairs.len(), set.len()], [2; 4]);
    assert_eq!(ordered.len(), 2);
}
