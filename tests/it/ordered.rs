//! The map that is ordered by its keys: against a model with explicit liveness, what it frees when, and code of its user's
//! that panics or kills; and the evictions of the hash maps.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use weakref::Strong;
use weakref_containers::{WeakKeyMap, WeakValueBTreeMap, WeakValueMap};

use weakref_tests::counting::count;

use crate::support::kind::{Kind, LocalSmall, Object};
use crate::support::{in_all_kinds, leaves_nothing, rounds, thrown};

in_all_kinds!(
    agrees_with_a_model,
    frees_what_it_says,
    notices_do_not_pile_up,
    keeps_nothing_of_evicted_entries_but_what_it_owned,
);

fn agrees_with_a_model<K: Kind>() {
    for seed in 1..rounds(40, 3) as u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut next = |below: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % below
        };
        let mut map = WeakValueBTreeMap::new();
        // Key to the number of its object; and the objects that live.
        let mut entries: BTreeMap<u64, u64> = BTreeMap::new();
        let mut living: BTreeMap<u64, Strong<Object<K, u64>>> = BTreeMap::new();
        for number in 0..rounds(400, 60) as u64 {
            let key = next(24);
            match next(9) {
                0..=2 => {
                    let value = Object::<K, _>::strong(number);
                    let old = map.insert(key, &value).map(|old| **old);
                    assert_eq!(old, entries.insert(key, number), "insert {key}");
                    living.insert(number, value);
                }
                3 => {
                    if let Some((_, value)) = living.iter().next() {
                        map.insert(key, value);
                        entries.insert(key, ***value);
                    }
                }
                4 | 5 => {
                    if let Some(&victim) = living.keys().find(|number| *number % 3 == next(3)) {
                        living.remove(&victim);
                        entries.retain(|_, number| *number != victim);
                    }
                }
                6 => assert_eq!(map.remove(&key).map(|old| **old), entries.remove(&key)),
                7 => {
                    let (first, last) = (map.pop_first(), entries.pop_first());
                    assert_eq!(first.map(|(key, value)| (key, **value)), last);
                }
                _ => {
                    map.retain(|key, _| key % 3 != 0);
                    entries.retain(|key, _| key % 3 != 0);
                }
            }
            assert_eq!(
                (map.len(), map.is_empty()),
                (entries.len(), entries.is_empty())
            );
            let shown = map.iter().map(|(key, value)| (*key, **value));
            assert!(shown.eq(entries.iter().map(|(key, number)| (*key, *number))));
            assert!(map.keys().rev().eq(entries.keys().rev()));
            let from = map.range(key..).next().map(|(key, _)| *key);
            assert_eq!(from, entries.range(key..).next().map(|(key, _)| *key));
            let last = map.last_key_value().map(|(key, _)| *key);
            assert_eq!(last, entries.keys().next_back().copied());
        }
    }
}

fn frees_what_it_says<K: Kind>() {
    leaves_nothing(|| {
        let key = Rc::new(());
        let mut map = WeakValueBTreeMap::new();
        let values: Vec<_> = (0..10).map(Object::<K, u32>::strong).collect();
        for (number, value) in values.iter().enumerate() {
            map.insert((number, Rc::clone(&key)), value);
        }
        drop(values);
        assert_eq!(map.len(), 0);
        assert_eq!(Rc::strong_count(&key), 11);
        map.purge();
        assert_eq!(Rc::strong_count(&key), 1);

        let kept = Object::<K, _>::strong(0);
        for number in 0..100 {
            map.insert((number, Rc::clone(&key)), &kept);
            map.insert((1000 + number, Rc::clone(&key)), &Object::strong(1));
        }
        // As many dead as living at most, and the one that has just died.
        assert!(
            Rc::strong_count(&key) <= 1 + 100 + 101,
            "{}",
            Rc::strong_count(&key)
        );
        assert_eq!(map.len(), 100);
    });
}

/// Each round replaces one dead entry among many living ones: what is left of it must go, too.
fn notices_do_not_pile_up<K: Kind>() {
    let kept: Vec<_> = (0..64).map(Object::<K, u32>::strong).collect();
    let mut map: WeakValueBTreeMap<_, _> = (0..64).zip(&kept).collect();
    map.insert(100, &kept[0]);
    let ((), usage) = count(|| {
        for _ in 0..rounds(2000, 300) {
            let brief = Object::<K, _>::strong(7);
            map.insert(100, &brief);
        }
    });
    // What may wait for a sweep: as many shells as there are entries, of 160 bytes at most.
    assert!(usage.held_bytes <= 66 * 160, "{}", usage.held_bytes);
    map.purge();
    assert_eq!(map.len(), 64);
}

#[derive(Clone)]
struct Key(u32, Rc<Cell<Option<u32>>>);

impl Drop for Key {
    fn drop(&mut self) {
        if self.1.get() == Some(self.0) {
            self.1.set(None);
            panic!("the key's drop");
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_key_whose_drop_panics_in_a_sweep_leaves_a_right_count() {
    let trap = Rc::new(Cell::new(None));
    let values: Vec<_> = (0..8).map(Object::<LocalSmall, u32>::strong).collect();
    let mut map = WeakValueBTreeMap::new();
    for value in &values {
        map.insert(Key(***value, Rc::clone(&trap)), value);
    }
    let kept = values.into_iter().skip(6).collect::<Vec<_>>();
    trap.set(Some(2));
    assert_eq!(thrown(|| _ = map.purge()), "the key's drop");
    assert_eq!((map.len(), map.iter().count()), (2, 2));
    assert_eq!(map.purge(), 3, "what the panic has left");
    assert_eq!((map.len(), Rc::strong_count(&trap)), (2, 3));
    drop(kept);
    assert_eq!(map.len(), 0);
}

#[test]
fn an_order_that_kills_and_lies_is_survived() {
    type Living = RefCell<Vec<Strong<Object<LocalSmall, u32>>>>;
    struct Liar(u32, Rc<Living>);
    impl PartialOrd for Liar {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Liar {
        fn cmp(&self, other: &Self) -> Ordering {
            let victim = self.1.borrow_mut().pop();
            drop(victim);
            (self.0 * 7 % 5).cmp(&(other.0 * 3 % 4))
        }
    }
    impl PartialEq for Liar {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Liar {}
    leaves_nothing(|| {
        let living = Rc::new(RefCell::new(Vec::new()));
        let mut map = WeakValueBTreeMap::new();
        for number in 0..60 {
            let value = Object::strong(number);
            living.borrow_mut().push(value.clone());
            map.insert(Liar(number, Rc::clone(&living)), &value);
            assert!(map.len() >= map.iter().count());
        }
        living.take();
        assert_eq!((map.len(), map.iter().count()), (0, 0));
    });
}

fn keeps_nothing_of_evicted_entries_but_what_it_owned<K: Kind>() {
    leaves_nothing(|| {
        let mut map = WeakValueMap::new();
        map.insert("before", &Object::<K, _>::strong(0));
        map.track_evictions(true);
        assert_eq!(map.drain_evicted().len(), 0, "it died before");

        let values: Vec<_> = (0..3).map(Object::<K, u32>::strong).collect();
        let mut again = values[0].clone();
        for (key, value) in ["a", "b", "c"].into_iter().zip(&values) {
            map.insert(key, value);
        }
        map.insert("a too", &again);
        // Removed, replaced, cleared: not evicted.
        map.remove("b");
        map.insert("c", &values[1]);
        drop(values);
        again = {
            let other = Object::strong(9);
            drop(again);
            other
        };
        // Buried by this already.
        map.insert("d", &again);
        assert_eq!(map.len(), 1);
        let mut evicted: Vec<_> = map.drain_evicted().collect();
        evicted.sort_unstable();
        assert_eq!(evicted, ["a", "a too", "c"]);

        map.clear();
        drop(again);
        assert_eq!(map.drain_evicted().count(), 0);
        map.insert("after", &Object::strong(1));
        assert!(map.drain_evicted().eq(["after"]), "still on after a clear");
        map.insert("kept", &Object::strong(1));
        map.track_evictions(false);
        map.track_evictions(true);
        assert_eq!(map.drain_evicted().count(), 0);
    });
}

#[test]
fn values_of_evicted_keys_come_out() {
    #[derive(weakref::WeakReferenceable, PartialEq, Eq, Hash)]
    struct User(u32);
    let data = Rc::new("data");
    let mut map = WeakKeyMap::new();
    map.track_evictions(true);
    let users = [1, 2].map(|number| Strong::new(User(number)));
    for user in &users {
        map.insert(user, Rc::clone(&data));
    }
    drop(users);
    assert_eq!(map.len(), 0);
    assert_eq!(map.drain_evicted().collect::<Vec<_>>().len(), 2);
    assert_eq!(Rc::strong_count(&data), 1);
}
