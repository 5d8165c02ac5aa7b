//! The map that is ordered by its keys: against a model with explicit liveness, what it frees when, and code of its user's
//! that panics or kills.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use weakref::Strong;
use weakref_containers::WeakValueBTreeMap;
use weakref_containers::ordered::Entry;

use weakref_tests::counting::count;

use crate::support::kind::{Kind, LocalSmall, Object};
use crate::support::{in_all_kinds, leaves_nothing, rounds, throw, thrown};

in_all_kinds!(
    agrees_with_a_model,
    frees_what_it_says,
    notices_do_not_pile_up,
    the_key_of_a_dead_entry_does_not_come_back,
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

/// Names that are equal whatever their case.
#[derive(Clone, Debug)]
struct Name(&'static str, Rc<Cell<Option<&'static str>>>);

impl Name {
    fn lower(&self) -> String {
        self.0.to_lowercase()
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        if self.1.get() == Some(self.0) {
            self.1.set(None);
            throw("the name's drop");
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.lower() == other.lower()
    }
}
impl Eq for Name {}
impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower().cmp(&other.lower())
    }
}

/// A map of so many living that the next call does not sweep, and of a dead "OLD".
fn with_dead<K: Kind>(
    living: &[Strong<Object<K, u32>>],
    trap: &Rc<Cell<Option<&'static str>>>,
) -> WeakValueBTreeMap<Name, Object<K, u32>> {
    let mut map = WeakValueBTreeMap::new();
    for (name, value) in ["a", "b", "p", "q"].into_iter().zip(living) {
        map.insert(Name(name, Rc::clone(trap)), value);
    }
    map.insert(Name("OLD", Rc::clone(trap)), &Object::strong(9));
    assert_eq!((map.len(), Rc::strong_count(trap)), (4, 6));
    map
}

fn the_key_of_a_dead_entry_does_not_come_back<K: Kind>() {
    type Map<K> = WeakValueBTreeMap<Name, Object<K, u32>>;
    /// Puts the value under the key, which `seen` is told of wherever it is shown.
    type Way<K> = fn(&mut Map<K>, Name, &Strong<Object<K, u32>>, &mut dyn FnMut(&Name));
    let ways: [(&str, Way<K>); 10] = [
        ("insert", |map, key, value, _| {
            assert!(map.insert(key, value).is_none());
        }),
        ("try_insert", |map, key, value, _| {
            map.try_insert(key, value).unwrap();
        }),
        ("get_or_insert", |map, key, value, _| {
            drop(map.get_or_insert(key, value));
        }),
        ("get_or_insert_with", |map, key, value, _| {
            drop(map.get_or_insert_with(key, || value.clone()));
        }),
        ("get_or_insert_with_key", |map, key, value, seen| {
            let make = |key: &Name| {
                seen(key);
                value.clone()
            };
            drop(map.get_or_insert_with_key(key, make));
        }),
        ("get_or_try_insert_with", |map, key, value, _| {
            drop(map.get_or_try_insert_with(key, || Ok::<_, ()>(value.clone())));
        }),
        ("vacant insert", |map, key, value, seen| {
            let entry = map.entry(key);
            seen(entry.key());
            let Entry::Vacant(entry) = entry else {
                panic!("it is dead")
            };
            seen(entry.key());
            assert_eq!(format!("{entry:?}").matches("OLD").count(), 0);
            drop(entry.insert(value));
        }),
        ("or_insert_with_key", |map, key, value, seen| {
            let make = |key: &Name| {
                seen(key);
                value.clone()
            };
            drop(map.entry(key).or_insert_with_key(make));
        }),
        ("or_try_insert_with", |map, key, value, _| {
            drop(
                map.entry(key)
                    .or_try_insert_with(|| Ok::<_, ()>(value.clone())),
            );
        }),
        ("into_key", |map, key, value, seen| {
            let Entry::Vacant(entry) = map.entry(key) else {
                panic!("it is dead")
            };
            let key = entry.into_key();
            seen(&key);
            map.insert(key, value);
        }),
    ];
    let living: Vec<_> = (0..5).map(Object::<K, u32>::strong).collect();
    for (name, way) in ways {
        let trap = Rc::new(Cell::new(None));
        let mut map = with_dead(&living, &trap);
        way(
            &mut map,
            Name("old", Rc::clone(&trap)),
            &living[4],
            &mut |key| {
                assert_eq!(key.0, "old", "{name}");
            },
        );
        let (key, value) = map
            .get_key_value(&Name("Old", Rc::clone(&trap)))
            .expect(name);
        assert_eq!((key.0, **value), ("old", 4), "{name}");
        assert_eq!((map.len(), Rc::strong_count(&trap)), (5, 6), "{name}");
        assert_eq!(map.purge(), 0, "{name}");
    }
}

#[test]
fn the_key_of_a_dead_entry_may_panic_when_it_is_dropped() {
    type Map = WeakValueBTreeMap<Name, Object<LocalSmall, u32>>;
    type Way = fn(&mut Map, Name, &Strong<Object<LocalSmall, u32>>);
    let living: Vec<_> = (0..5).map(Object::<LocalSmall, u32>::strong).collect();
    let ways: [Way; 4] = [
        |map, key, _| drop(map.entry(key)),
        |map, key, value| drop(map.get_or_insert(key, value)),
        |map, key, value| drop(map.insert(key, value)),
        |map, key, _| drop(map.get_or_try_insert_with(key, || Err(()))),
    ];
    for (number, way) in ways.into_iter().enumerate() {
        leaves_nothing(|| {
            let trap = Rc::new(Cell::new(None));
            let mut map = with_dead(&living, &trap);
            trap.set(Some("OLD"));
            let given = Name("old", Rc::clone(&trap));
            assert_eq!(
                thrown(|| way(&mut map, given, &living[4])),
                "the name's drop"
            );
            // The replaced key is dropped when the new entry stands.
            let left = if number == 2 { 5 } else { 4 };
            assert_eq!((map.len(), map.iter().count()), (left, left));
            assert_eq!(Rc::strong_count(&trap), 1 + left);
            map.purge();
            assert_eq!((map.len(), Rc::strong_count(&trap)), (left, 1 + left));
        });
    }
}

/// What an order that contradicts itself finds is anybody's guess, but is counted.
#[test]
fn entries_of_an_order_that_contradicts_itself_are_counted() {
    struct Turning(u32, Rc<Cell<u32>>);
    impl PartialOrd for Turning {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Turning {
        fn cmp(&self, other: &Self) -> Ordering {
            // Equal with every third answer.
            self.1.set(self.1.get() + 1);
            match self.1.get() % 3 {
                0 => Ordering::Equal,
                _ => self.0.cmp(&other.0),
            }
        }
    }
    impl PartialEq for Turning {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Turning {}
    leaves_nothing(|| {
        let turn = Rc::new(Cell::new(0));
        let kept: Vec<_> = (0..8).map(Object::<LocalSmall, u32>::strong).collect();
        let mut map = WeakValueBTreeMap::new();
        for number in (0_u32..).take(rounds(3000, 200)) {
            let key = Turning(number * 7 % 11, Rc::clone(&turn));
            let value = match number % 3 {
                0 => Object::strong(90),
                _ => kept[number as usize % 8].clone(),
            };
            match number % 4 {
                0 => drop(map.insert(key, &value)),
                1 => drop(map.get_or_insert(key, &value)),
                2 => drop(map.entry(key).or_insert(&value)),
                _ => match map.entry(key) {
                    Entry::Occupied(entry) => drop(entry.remove_entry()),
                    Entry::Vacant(entry) => drop(entry.into_key()),
                },
            }
            drop(value);
            assert_eq!(map.len(), map.iter().count());
        }
        drop(kept);
        assert_eq!((map.len(), map.iter().count()), (0, 0));
    });
}
