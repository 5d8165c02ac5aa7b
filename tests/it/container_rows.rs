//! What Python's documentation says of weak dictionaries and sets beside its tests, and the rows of `BEHAVIOURS.md` that
//! are about the type of sets.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use static_assertions::assert_not_impl_any;
use weakref::{Strong, WeakReferenceable};
use weakref_containers::{IdentityWeakSet, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap};

use crate::support::object::{Object, objects};

#[test]
fn w01_every_method_of_pythons_set() {
    let members = objects(6);
    let (mut set, other) = (
        members[..4].iter().collect::<WeakSet<_>>(),
        members[2..].iter().collect::<WeakSet<_>>(),
    );
    assert_eq!(set.union(&other).count(), 6);
    assert_eq!(set.intersection(&other).count(), 2);
    assert_eq!(set.difference(&other).count(), 2);
    assert_eq!(set.symmetric_difference(&other).count(), 4);
    assert!(!set.is_disjoint(&other) && !set.is_subset(&other) && !set.is_superset(&other));
    let copy = set.clone();
    // add, discard, remove, update and the `_update` forms
    assert!(set.insert(&members[5]) && set.remove(&Object(5)) && !set.remove(&Object(5)));
    set.extend(&members);
    assert_eq!(set.len(), 6);
    set &= &copy;
    assert_eq!(set, copy);
    set -= &other;
    set ^= &copy;
    assert_eq!(set.len(), 2);
    assert!(set.pop().is_some());
    set.clear();
    assert!(set.is_empty() && set.pop().is_none());
}

#[test]
fn w21_hash() {
    assert_not_impl_any!(WeakSet<Object>: Hash);
    assert_not_impl_any!(IdentityWeakSet<Object>: Hash);
    // Nor are the maps.
    assert_not_impl_any!(WeakValueMap<u32, Object>: Hash);
    assert_not_impl_any!(WeakKeyMap<Object, u32>: Hash);
    assert_not_impl_any!(WeakPairMap<Object, Object>: Hash);
}

#[test]
fn update_keeps_what_came_before_a_failure() {
    let objects = objects(3);
    let mut keys = WeakKeyMap::from([(&objects[0], 0)]);
    let mut pairs = WeakPairMap::from([(&objects[0], &objects[0])]);
    let failing = || {
        objects[1..].iter().inspect(|object| {
            if object.0 == 2 {
                std::panic::resume_unwind(Box::new("the source fails"));
            }
        })
    };
    let update = || keys.extend(failing().map(|object| (object, object.0)));
    assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
    let update = || pairs.extend(failing().map(|object| (object, object)));
    assert!(catch_unwind(AssertUnwindSafe(update)).is_err());
    assert_eq!((keys.len(), keys[&Object(1)], pairs.len()), (2, 1, 2));
}

#[test]
fn union_is_weak_and_of_the_own_kind() {
    let objects = objects(2);
    let map = WeakValueMap::from([(0, &objects[0])]);
    let plain = HashMap::from([(1, objects[1].clone())]);
    let unions: [WeakValueMap<i32, Object>; 2] = [&map | &plain, &plain | &map];
    drop((plain, objects));
    assert!(unions.iter().all(WeakValueMap::is_empty));
}

/// A key whose hash changes, and fails when it is told to.
#[derive(WeakReferenceable, PartialEq, Eq)]
#[weakref(local)]
struct Fickle(Cell<u32>, Cell<bool>);

impl Hash for Fickle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        assert!(!self.1.get(), "asked for its hash");
        self.0.get().hash(state);
    }
}

#[test]
fn a_key_whose_hash_changed_or_fails_is_removed_at_its_death() {
    let keys: Vec<_> = (0..20)
        .map(|n| Strong::new(Fickle(Cell::new(n), Cell::new(false))))
        .collect();
    let mut map: WeakKeyMap<_, _> = keys.iter().map(|key| (key, ())).collect();
    let mut set: WeakSet<_> = keys.iter().collect();
    let mut pairs: WeakPairMap<_, _> = keys.iter().map(|key| (key, key)).collect();
    for key in &keys {
        key.0.set(key.0.get() + 1);
        key.1.set(true);
    }
    // Growing, shrinking and burying ask nothing.
    map.reserve(1000);
    set.reserve(1000);
    pairs.shrink_to_fit();
    drop(keys);
    assert_eq!((map.len(), set.len(), pairs.len()), (0, 0, 0));
    map.purge();
    set.purge();
    pairs.purge();
    assert_eq!(map.iter().size_hint().1, Some(0));
    assert_eq!(set.iter().size_hint().1, Some(0));
    assert_eq!(pairs.iter().size_hint().1, Some(0));
}

#[test]
fn an_entry_whose_value_owns_its_key_never_dies() {
    let key = Strong::new(Object(1));
    let mut map = WeakKeyMap::from([(&key, RefCell::new(None))]);
    map[&Object(1)].replace(Some(key.clone()));
    drop(key);
    map.purge();
    assert_eq!(map.len(), 1, "there are no ephemerons");
    drop(map[&Object(1)].take());
    assert!(map.is_empty());

    let value = Strong::new(Object(1));
    let mut map = WeakValueMap::from([(value.clone(), &value)]);
    drop(value);
    map.purge();
    assert_eq!(map.len(), 1);
    map.clear();
}

#[test]
fn iterators_keep_what_they_yielded_alive_and_no_more() {
    let mut objects = objects(1);
    let map = WeakValueMap::from([(0, &objects[0])]);
    let mut values = map.values();
    let mut keys = map.keys();
    let (value, key) = (values.next(), keys.next());
    objects.clear();
    assert_eq!((map.len(), key), (1, Some(&0)));
    drop(value);
    assert_eq!(map.len(), 0, "a key holds no value");
}

#[test]
fn intersections_keep_the_left_members() {
    let (left, right) = (objects(2), objects(2));
    let (mut set, other) = (
        left.iter().collect::<WeakSet<_>>(),
        right.iter().collect::<WeakSet<_>>(),
    );
    let both = &set & &other;
    set &= &other;
    drop(right);
    assert_eq!((both.len(), set.len(), other.len()), (2, 2, 0));
    drop(left);
    assert_eq!((both.len(), set.len()), (0, 0));
}

#[test]
fn an_equal_member_takes_the_place_of_the_old_one() {
    let (old, new) = (Strong::new(Object(1)), Strong::new(Object(1)));
    let mut set = WeakSet::from([&old]);
    assert!(!set.insert(&new));
    drop(old);
    assert_eq!(set.len(), 1);
    drop(new);
    assert_eq!(set.len(), 0);
}
