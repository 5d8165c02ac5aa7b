//! The rows D and P of `BEHAVIOURS.md`, on `WeakValueMap`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use weakref::{Strong, WeakRef, WeakReferenceable};
use weakref_containers::WeakValueMap;

use crate::support::object::{Object, objects};

type Map = WeakValueMap<u32, Object>;

fn map_of(objects: &[Strong<Object>]) -> Map {
    objects.iter().map(|object| (object.0, object)).collect()
}

fn sorted(keys: impl IntoIterator<Item = u32>) -> Vec<u32> {
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_unstable();
    keys
}

#[test]
fn d02_weak_valued_len_with_all_dead_during_iteration() {
    let mut objects = objects(20);
    let map = map_of(&objects);
    let mut iter = map.iter();
    let first = iter.next().unwrap();
    objects.clear();
    assert_eq!(map.len(), 1, "what the iterator yielded is alive");
    assert!(iter.next().is_none());
    drop(first);
    assert_eq!((map.len(), map.is_empty()), (0, true));
    assert_eq!(iter.count(), 0);
    assert_eq!(map.len(), 0);
}

#[test]
fn d04_weak_valued_len_race() {
    // Whatever dies at whatever moment: len is what is alive, and an ending iterator changes nothing.
    const SIZE: u32 = if crate::support::FEW { 6 } else { 20 };
    for killed_at in 0..SIZE {
        for left in 0..SIZE {
            let mut objects = objects(SIZE);
            let map = map_of(&objects);
            let mut iter = map.iter();
            for _ in 0..killed_at {
                iter.next();
            }
            objects.truncate(left as usize);
            assert_eq!(map.len(), objects.len());
            assert!(iter.by_ref().count() <= objects.len());
            assert_eq!(map.len(), objects.len());
        }
    }
}

#[test]
fn d05_weak_values() {
    let mut objects = objects(10);
    let mut map = map_of(&objects);
    for object in &objects {
        assert_eq!(Strong::weak_count(object), 1, "one reference per value");
        assert!(Strong::ptr_eq(object, &map.get(&object.0).unwrap()));
    }
    let copy = map.clone();
    assert_eq!(copy, map);
    assert_eq!(Strong::weak_count(&objects[0]), 2);
    drop(copy);
    assert_eq!(Strong::weak_count(&objects[0]), 1);

    objects.pop();
    assert_eq!((map.len(), map.iter().count()), (9, 9));
    objects.clear();
    assert_eq!((map.len(), map.iter().count()), (0, 0));
    assert!(map.get(&1).is_none() && map.remove(&1).is_none());

    map.insert(2, &Strong::new(Object(2)));
    assert!(!map.contains_key(&2), "nobody else owns it");
}

#[test]
fn d08_weak_valued_iterators() {
    let objects = objects(10);
    let map = map_of(&objects);
    let keys = 0..10;
    assert_eq!(
        sorted(map.iter().map(|(key, _)| *key)),
        sorted(keys.clone())
    );
    assert!(map.iter().all(|(key, value)| value.0 == *key));
    assert_eq!(sorted(map.keys().copied()), sorted(keys.clone()));
    assert_eq!(
        sorted(map.values().map(|value| value.0)),
        sorted(keys.clone())
    );
    let weak = map.weak_values().map(|weak| weak.upgrade().unwrap().0);
    assert_eq!(sorted(weak), sorted(keys.clone()));
    let mut count = 0;
    for (key, value) in &map {
        assert_eq!(*key, value.0);
        count += 1;
    }
    assert_eq!(count, 10);
    assert_eq!(sorted(map.clone().into_keys()), sorted(keys.clone()));
    assert_eq!(
        sorted(map.clone().into_values().map(|v| v.0)),
        sorted(keys.clone())
    );
    assert_eq!(sorted(map.into_iter().map(|(key, _)| key)), sorted(keys));
}

#[test]
fn d10_values_die_while_iterating() {
    fn check<T>(walk: impl Fn(&Map, &mut dyn FnMut()) -> Vec<T>) {
        let mut objects = objects(10);
        let map = map_of(&objects);
        let mut steps = 0;
        let seen = walk(&map, &mut || {
            steps += 1;
            if steps == 5 {
                objects.pop();
            }
        });
        assert!((9..=10).contains(&seen.len()), "{} seen", seen.len());
        drop(seen);
        assert_eq!(map.len(), 9);
    }
    check(|map, step| {
        map.iter()
            .map(|(_, value)| value)
            .inspect(|_| step())
            .collect()
    });
    check(|map, step| map.keys().copied().inspect(|_| step()).collect());
    check(|map, step| map.values().inspect(|_| step()).collect());
    check(|map, step| map.weak_values().inspect(|_| step()).collect());
}

/// A map whose entry 7 is dead but not yet buried, beside its living ones.
fn with_pending() -> (Map, Vec<Strong<Object>>) {
    let mut objects = objects(10);
    let map = map_of(&objects);
    objects.remove(7);
    assert_eq!(map.len(), 9);
    (map, objects)
}

#[test]
fn d10_a_dead_entry_is_not_found() {
    let (map, _objects) = with_pending();
    assert!(!map.contains_key(&7) && map.get(&7).is_none() && map.get_key_value(&7).is_none());
}

#[test]
fn d10_b_dead_entry_is_not_removed() {
    let (mut map, _objects) = with_pending();
    assert!(map.remove_entry(&7).is_none());
    assert_eq!(map.len(), 9);
}

#[test]
fn d10_c_dead_entry_is_not_popped() {
    let (mut map, _objects) = with_pending();
    assert!(map.remove(&7).is_none());
    assert!((0..9).all(|_| map.pop().unwrap().0 != 7));
    assert!(map.pop().is_none() && map.is_empty());
}

#[test]
fn d10_d_dead_entry_can_be_assigned() {
    let (mut map, _objects) = with_pending();
    let fresh = Strong::new(Object(7));
    assert!(map.insert(7, &fresh).is_none());
    assert_eq!(map.len(), 10);
    assert!(Strong::ptr_eq(&map.get(&7).unwrap(), &fresh));
}

#[test]
fn d10_e_dead_entry_is_not_copied_and_update_works() {
    let (mut map, _objects) = with_pending();
    let copy = map.clone();
    assert_eq!(copy.len(), 9);
    map.extend(&copy);
    assert_eq!((map.len(), map == copy), (9, true));
}

#[test]
fn d10_f_clear_with_a_dead_entry() {
    let (mut map, objects) = with_pending();
    map.clear();
    assert_eq!(map.len(), 0);
    drop(objects);
    assert_eq!(map.len(), 0);
}

#[test]
fn d10_len_matrix() {
    let (mut map, mut objects) = with_pending();
    assert!(map.remove(&1).is_some());
    assert_eq!(map.len(), 8);
    let fresh = Strong::new(Object(100));
    map.insert(100, &fresh);
    assert_eq!(map.len(), 9);
    objects.pop();
    assert_eq!(map.len(), 8);
    map.pop().unwrap();
    assert_eq!(map.len(), 7);
    objects.pop();
    let left = map.len();
    let key = *map.keys().next().unwrap();
    assert!(map.remove(&key).is_some());
    assert_eq!(map.len(), left - 1);
    objects.pop();
    map.clear();
    assert_eq!(map.len(), 0);
}

#[test]
fn d13_from_a_strong_map() {
    let strong: HashMap<u32, Strong<Object>> = (0..3).zip(objects(3)).collect();
    let map: Map = strong.iter().collect();
    assert_eq!(map, strong);
    let map: Map = strong.into_iter().collect();
    assert!(map.is_empty(), "the handles were the only ones");
}

#[test]
fn d14_from_a_weak_map() {
    let objects = objects(3);
    let map = map_of(&objects);
    let other: Map = map.iter().collect();
    assert_eq!(other, map);
    assert_eq!(Strong::weak_count(&objects[0]), 2);
}

#[test]
fn d16_popitem() {
    let objects = objects(10);
    let mut map = map_of(&objects);
    for left in (0..10).rev() {
        let (key, value) = map.pop().unwrap();
        assert!(Strong::ptr_eq(&value, &objects[key as usize]));
        assert_eq!(map.len(), left);
    }
    assert!(map.pop().is_none());
}

#[test]
fn d18_setdefault() {
    let (a, b) = (Strong::new(Object(1)), Strong::new(Object(2)));
    let mut map = Map::new();
    assert!(Strong::ptr_eq(&map.get_or_insert(1, &a), &a));
    assert!(Strong::ptr_eq(&map.get_or_insert(1, &b), &a));
    assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &a));
    assert!(Strong::ptr_eq(&map.get_or_insert_with(2, || b.clone()), &b));
    drop(a);
    assert!(
        Strong::ptr_eq(&map.get_or_insert(1, &b), &b),
        "the first is dead"
    );
    let failed: Result<_, &str> = map.get_or_try_insert_with(3, || Err("no"));
    assert_eq!((failed.err(), map.len()), (Some("no"), 2));
}

#[test]
fn d20_update() {
    let objects = objects(4);
    let strong: HashMap<u32, Strong<Object>> = (0..).zip(objects.iter().cloned()).collect();
    let mut map = Map::new();
    map.extend(&strong);
    assert_eq!(map, strong);
    map.extend([(0, &objects[1]), (9, &objects[2])]);
    assert_eq!((map.len(), map.get(&0).unwrap().0), (5, 1));
    map.extend([] as [(u32, &Strong<Object>); 0]);
    assert_eq!(map.len(), 5);
}

#[test]
fn d21_union_operators() {
    let mut objects = objects(3);
    let (a, b, c) = (&objects[0], &objects[1], &objects[2]);
    let left = Map::from([(1, a), (2, b)]);
    let right = Map::from([(2, c), (3, a)]);
    let strong: HashMap<u32, Strong<Object>> = [(2, c.clone()), (3, a.clone())].into();
    let expected = Map::from([(1, a), (2, c), (3, a)]);

    let of_two = &left | &right;
    assert_eq!(of_two, expected, "the right side wins");
    assert_eq!(&left | &strong, expected);
    assert_eq!(&strong | &left, Map::from([(1, a), (2, b), (3, a)]));
    let mut joined = left.clone();
    joined |= &right;
    assert_eq!(joined, expected);
    let mut joined = left.clone();
    joined |= &strong;
    assert_eq!(joined, expected);
    let mut joined = left.clone();
    joined |= [(2, c), (3, a)];
    assert_eq!(joined, expected);
    assert_eq!((left.len(), right.len()), (2, 2), "operands are as before");

    drop(strong);
    objects.pop();
    assert_eq!((of_two.len(), of_two.contains_key(&2)), (2, false));
}

#[test]
fn d25_delete_one() {
    let objects = objects(2);
    let mut map = map_of(&objects);
    assert!(map.remove(&0).is_some());
    assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &objects[1]));
    assert_eq!(map.len(), 1);
}

#[test]
fn d28_debug() {
    let objects = objects(1);
    let map = map_of(&objects);
    assert_eq!(format!("{map:?}"), "{0: Object(0)}");
    assert_eq!(
        format!("{:?} {:?}", map.keys(), map.values()),
        "[0] [Object(0)]"
    );
    drop(objects);
    assert_eq!(format!("{map:?}"), "{}");
}

#[test]
fn d33_a_late_death_of_a_replaced_value() {
    // In all orders of the two deaths, with every way of replacing.
    let replace: [fn(&mut Map, &Strong<Object>); 4] = [
        |map, new| drop(map.insert(1, new)),
        |map, new| drop(map.entry(1).insert_entry(new)),
        |map, new| {
            map.remove(&1);
            map.insert(1, new);
        },
        |map, new| map.extend([(1, new)]),
    ];
    for replace in replace {
        let (old, new) = (Strong::new(Object(1)), Strong::new(Object(2)));
        let mut map = Map::from([(1, &old)]);
        replace(&mut map, &new);
        drop(old);
        assert_eq!((map.len(), map.get(&1).unwrap().0), (1, 2));
        map.purge();
        assert_eq!((map.len(), map.get(&1).unwrap().0), (1, 2));
        drop(new);
        assert_eq!(map.len(), 0);

        let (old, new) = (Strong::new(Object(1)), Strong::new(Object(2)));
        let mut map = Map::from([(1, &old)]);
        replace(&mut map, &new);
        drop(new);
        assert_eq!((map.len(), map.contains_key(&1)), (0, false));
        drop(old);
        map.purge();
        assert_eq!((map.len(), map.iter().count()), (0, 0));
    }
}

#[test]
fn d38_the_map_is_freed_while_values_live() {
    let key = Rc::new(1);
    let object = Strong::new(Object(1));
    let mut map = WeakValueMap::new();
    map.insert(Rc::clone(&key), &object);
    let copy = map.clone();
    drop(map);
    assert_eq!(
        (Rc::strong_count(&key), Strong::weak_count(&object)),
        (2, 1)
    );
    drop(copy);
    assert_eq!(
        (Rc::strong_count(&key), Strong::weak_count(&object)),
        (1, 0)
    );
    drop(object);
}

#[test]
fn p01_read() {
    let objects = objects(3);
    let map = map_of(&objects);
    for object in &objects {
        assert!(map.contains_key(&object.0));
        assert!(Strong::ptr_eq(&map.get(&object.0).unwrap(), object));
    }
    assert!(!map.contains_key(&9) && map.get(&9).is_none());
    assert_eq!(map.len(), 3);
    assert!(map == map.clone() && map != Map::new());
    assert!(!map.is_empty() && Map::new().is_empty());
    let entries = sorted(map.iter().map(|(key, _)| *key));
    assert_eq!(entries, sorted(map.keys().copied()));
    assert_eq!(entries, sorted(map.values().map(|value| value.0)));
    assert_eq!(entries, sorted(map.snapshot().iter().map(|(key, _)| *key)));
}

#[test]
fn p02_write() {
    let objects = objects(4);
    let mut map = Map::new();
    for object in &objects {
        assert!(map.insert(object.0, object).is_none());
    }
    assert!(Strong::ptr_eq(
        &map.insert(0, &objects[1]).unwrap(),
        &objects[0]
    ));
    assert!(Strong::ptr_eq(&map.remove(&0).unwrap(), &objects[1]));
    assert!(map.remove(&0).is_none());
    assert!(Strong::ptr_eq(
        &map.get_or_insert(1, &objects[0]),
        &objects[1]
    ));
    assert!(Strong::ptr_eq(
        &map.get_or_insert(0, &objects[0]),
        &objects[0]
    ));
    let (key, value) = map.remove_entry(&3).unwrap();
    assert_eq!((key, value.0), (3, 3));
    let (key, _) = map.pop().unwrap();
    assert!(!map.contains_key(&key));
    assert_eq!(map.len(), 2);
}

#[test]
fn p03_constructor() {
    assert_eq!(Map::new(), Map::default());
    assert_eq!(
        Map::with_capacity(9),
        Map::from([] as [(u32, &Strong<Object>); 0])
    );
}

#[test]
fn p04_bool() {
    let object = Strong::new(Object(1));
    assert!(Map::new().is_empty() && !Map::from([(1, &object)]).is_empty());
}

#[test]
fn p05_to_p07_iterations_of_an_empty_map() {
    let map = Map::new();
    assert_eq!(
        (map.keys().count(), map.values().count(), map.iter().count()),
        (0, 0, 0)
    );
    assert_eq!(map.weak_values().count(), 0);
    assert_eq!(map.iter().size_hint(), (0, Some(0)));
}

#[test]
fn p08_len() {
    assert_eq!(Map::new().len(), 0);
}

#[test]
fn p09_getitem() {
    let object = Strong::new(Object(1));
    let map = Map::from([(1, &object)]);
    let (key, value) = map.get_key_value(&1).unwrap();
    assert!(*key == 1 && Strong::ptr_eq(&value, &object));
    assert!(map.get_key_value(&2).is_none());
}

#[test]
fn p10_update_that_panics_half_way() {
    let objects = objects(4);
    let mut map = Map::new();
    let source = (0..)
        .zip(&objects)
        .inspect(|(n, _)| assert!(*n < 2, "source"));
    let panicked = catch_unwind(AssertUnwindSafe(|| map.extend(source))).is_err();
    assert!(panicked);
    assert_eq!(sorted(map.keys().copied()), [0, 1]);
    map.extend((0..).zip(&objects));
    assert_eq!(map.len(), 4);
    drop(objects);
    assert_eq!(map.len(), 0);
}

#[test]
fn p11_get_with_default() {
    let object = Strong::new(Object(1));
    let map = Map::from([(1, &object)]);
    let default = Strong::new(Object(5));
    assert_eq!(map.get(&1).unwrap_or_else(|| default.clone()).0, 1);
    assert_eq!(map.get(&2).unwrap_or_else(|| default.clone()).0, 5);
}

#[test]
fn p13_popitem_of_an_empty_map() {
    assert!(Map::new().pop().is_none());
}

#[test]
fn p14_pop() {
    let object = Strong::new(Object(1));
    let mut map = Map::from([(1, &object)]);
    assert!(map.remove(&1).is_some());
    assert!(map.remove(&1).is_none());
}

// What Python cannot have, or has wrong.

#[test]
fn insert_replaces_the_key_and_entries_keep_it() {
    let (old, new) = (Rc::new(1), Rc::new(1));
    let object = Strong::new(Object(1));
    let mut map = WeakValueMap::new();
    map.insert(Rc::clone(&old), &object);
    map.entry(Rc::clone(&new)).insert_entry(&object);
    assert!(Rc::ptr_eq(map.keys().next().unwrap(), &old));
    map.insert(Rc::clone(&new), &object);
    assert!(Rc::ptr_eq(map.keys().next().unwrap(), &new));
    assert_eq!(Rc::strong_count(&old), 1);
}

#[test]
fn an_entry_guard_keeps_its_value_alive() {
    let object = Strong::new(Object(1));
    let weak = Strong::downgrade(&object);
    let mut map = Map::from([(1, &object)]);
    let entry = map.entry(1);
    drop(object);
    assert!(weak.is_alive());
    drop(entry);
    assert!(!weak.is_alive() && map.is_empty());
}

#[test]
fn every_observer_agrees_while_a_value_is_dropped() {
    type Seen = (usize, bool, usize);

    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Watcher {
        map: Rc<RefCell<WeakValueMap<u32, Watcher>>>,
        seen: Rc<Cell<[Seen; 2]>>,
    }
    impl Drop for Watcher {
        fn drop(&mut self) {
            let mut map = self.map.borrow_mut();
            let before = (map.len(), map.contains_key(&1), map.iter().count());
            map.purge();
            let after = (map.len(), map.contains_key(&1), map.iter().count());
            self.seen.set([before, after]);
        }
    }
    let map = Rc::new(RefCell::new(WeakValueMap::new()));
    let seen = Rc::default();
    let new = || {
        Strong::new(Watcher {
            map: Rc::clone(&map),
            seen: Rc::clone(&seen),
        })
    };
    let (first, second) = (new(), new());
    map.borrow_mut().insert(1, &first);
    map.borrow_mut().insert(2, &second);
    drop(first);
    assert_eq!(seen.get(), [(1, false, 1); 2]);
    drop(second);
    assert_eq!(seen.get(), [(0, false, 0); 2]);
}

#[test]
fn a_map_dropped_in_a_callback_of_its_value() {
    let map = Rc::new(RefCell::new(None));
    let object = Strong::new(LocalObject);
    *map.borrow_mut() = Some(WeakValueMap::from([(1, &object), (2, &object)]));
    let shared = Rc::clone(&map);
    let callback = WeakRef::with_callback(&object, move |_| {
        let map = shared.borrow_mut().take().unwrap();
        assert!(map.is_empty());
        drop(map);
    });
    drop(object);
    assert!(map.borrow().is_none());
    drop(callback);
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalObject;
