//! The key given to `entry` of a map with weak keys.

use weakref::{LocalObject, Object, Strong};
use weakref_containers::{
    IdentityWeakKeyMap, WeakKeyMap, WeakPairMap, WeakSet, weak_both, weak_key,
};

#[test]
fn the_key_given_to_entry_keeps_the_data() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut map = WeakKeyMap::from([(&a, 10)]);
    *map.entry(&b).or_insert(0) += 1;
    assert_eq!(Strong::weak_count(&a), 0);
    drop(a);
    assert_eq!(map.get(&Object(1)), Some(&11));
    drop(b);
    assert!(map.is_empty());
}

#[test]
fn also_of_a_map_whose_values_are_weak() {
    let (a, b) = (Strong::new(LocalObject(1)), Strong::new(LocalObject(1)));
    let value = Strong::new(LocalObject(7));
    let mut map = WeakPairMap::from([(&a, &value)]);
    let again = map.entry(&b).or_insert_with(|| unreachable!());
    assert!(Strong::ptr_eq(&again, &value));
    drop(a);
    assert_eq!(map.get(&LocalObject(1)), Some(again));
}

#[test]
fn an_entry_shows_the_key_that_stands_there() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut map = WeakKeyMap::from([(&a, 10)]);
    let weak_key::Entry::Occupied(mut entry) = map.entry(&b) else {
        unreachable!()
    };
    assert!(Strong::ptr_eq(entry.key(), &b));
    assert_eq!(entry.replace_key(), None);
    assert_eq!(entry.insert(11), 10);
    let (key, value) = entry.remove_entry();
    assert!(Strong::ptr_eq(&key, &b) && value == 11);

    let mut map = WeakPairMap::from([(&a, &a)]);
    let weak_both::Entry::Occupied(entry) = map.entry(&b) else {
        unreachable!()
    };
    assert!(Strong::ptr_eq(entry.key(), &b) && Strong::ptr_eq(entry.get(), &a));
}

#[test]
fn what_only_looks_keeps_the_stored_key() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut map = WeakKeyMap::from([(&a, 10)]);
    map.get_or_insert(&b, 0);
    map.get_or_insert_with(&b, || unreachable!());
    map.get_mut(&Object(1));
    assert!(map.try_insert(&b, 0).is_err());
    assert_eq!((Strong::weak_count(&a), Strong::weak_count(&b)), (1, 0));

    let mut error = map.try_insert(&b, 0).unwrap_err();
    let stored = error.entry.replace_key().unwrap();
    assert!(Strong::ptr_eq(&stored, &a));
    assert!(error.entry.replace_key().is_none());
    assert_eq!((Strong::weak_count(&a), Strong::weak_count(&b)), (0, 1));
}

#[test]
fn the_same_key_again_registers_nothing() {
    let key = Strong::new(Object(1));
    let mut map = IdentityWeakKeyMap::from([(&key, 10)]);
    for _ in 0..3 {
        *map.entry(&key).or_insert(0) += 1;
        assert_eq!(Strong::weak_count(&key), 1);
    }
    assert_eq!(map.len(), 1);
}

#[test]
fn a_set_asked_for_its_member_keeps_the_stored_one() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut set = WeakSet::from([&a]);
    assert!(Strong::ptr_eq(&set.get_or_insert(&b), &a));
    assert_eq!((Strong::weak_count(&a), Strong::weak_count(&b)), (1, 0));
}
