//! What maps tell of the entries whose weak half died: each is in the end exactly one of there, taken out or refused while
//! it was alive, or evicted.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use weakref::{LocalObject, Strong, WeakReferenceable};
use weakref_containers::weak_value::{Entry, EntryRef};
use weakref_containers::{IdentityWeakKeyMap, WeakKeyMap, WeakValueMap};

use crate::support::kind::{Kind, Object};
use crate::support::{in_all_kinds, leaves_nothing};

in_all_kinds!(
    keeps_nothing_of_evicted_entries_but_what_it_owned,
    values_that_are_dead_before_a_call_are_evicted,
    keys_that_are_dead_before_a_call_are_evicted,
    values_that_die_in_a_comparison_are_evicted,
    values_that_die_in_a_condition_are_evicted,
);

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
    #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
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

fn sorted<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<_> = all.collect();
    all.sort_unstable();
    all
}

fn values_that_are_dead_before_a_call_are_evicted<K: Kind>() {
    type Map<K> = WeakValueMap<&'static str, Object<K, u32>>;
    type Call<'a, K> = &'a dyn Fn(&mut Map<K>);
    let living = Object::<K, u32>::strong(1);
    let other = &Object::<K, u32>::strong(2);
    let calls: [(&str, Call<'_, K>); 13] = [
        ("purge", &|map| assert_ne!(map.purge(), 0)),
        ("clear", &|map| map.clear()),
        ("purge, clear", &|map| {
            map.purge();
            map.clear();
        }),
        ("drain", &|map| assert_eq!(map.drain().count(), 1)),
        ("retain none", &|map| map.retain(|_, _| false)),
        ("retain all", &|map| map.retain(|_, _| true)),
        ("extract_if", &|map| {
            assert_eq!(map.extract_if(|_, _| true).count(), 1);
        }),
        ("pop", &|map| {
            assert!(map.pop().is_some_and(|(key, _)| key == "living"));
            assert!(map.pop().is_none());
        }),
        ("remove", &|map| assert!(map.remove("dead").is_none())),
        ("insert", &|map| {
            assert!(map.insert("dead", other).is_none());
            assert!(map.remove("dead").is_some());
        }),
        ("entry", &|map| {
            assert!(matches!(map.entry("dead"), Entry::Vacant(_)));
        }),
        ("reserve", &|map| map.reserve(100)),
        ("shrink_to_fit", &|map| map.shrink_to_fit()),
    ];
    for (name, call) in calls {
        let mut map = Map::new();
        map.track_evictions(true);
        map.insert("living", &living);
        map.insert("dead", &Object::strong(3));
        map.insert("dead too", &Object::strong(4));
        call(&mut map);
        let evicted = sorted(map.drain_evicted());
        assert_eq!(evicted, ["dead", "dead too"], "{name}");
        assert_eq!(map.len(), map.iter().count(), "{name}");
        map.clear();
        assert_eq!(map.drain_evicted().len(), 0, "{name}");
    }
}

fn keys_that_are_dead_before_a_call_are_evicted<K: Kind>() {
    type Map<K> = IdentityWeakKeyMap<Object<K, u32>, &'static str>;
    type Call<'a, K> = &'a dyn Fn(&mut Map<K>);
    let living = &Object::<K, u32>::strong(1);
    let calls: [(&str, Call<'_, K>); 9] = [
        ("purge", &|map| assert_ne!(map.purge(), 0)),
        ("clear", &|map| map.clear()),
        ("drain", &|map| assert_eq!(map.drain().count(), 1)),
        ("retain none", &|map| map.retain(|_, _| false)),
        ("retain all", &|map| map.retain(|_, _| true)),
        ("extract_if", &|map| {
            assert_eq!(map.extract_if(|_, _| true).count(), 1);
        }),
        ("pop", &|map| {
            assert!(map.pop().is_some_and(|(_, value)| value == "living"));
            assert!(map.pop().is_none());
        }),
        ("remove", &|map| assert!(map.remove(living).is_some())),
        ("insert", &|map| {
            assert!(map.insert(living, "new").is_some());
        }),
    ];
    for (name, call) in calls {
        let mut map = Map::new();
        map.track_evictions(true);
        map.insert(living, "living");
        map.insert(&Object::strong(3), "dead");
        map.insert(&Object::strong(4), "dead too");
        call(&mut map);
        let evicted = sorted(map.drain_evicted());
        assert_eq!(evicted, ["dead", "dead too"], "{name}");
        assert_eq!(map.len(), map.iter().count(), "{name}");
        map.clear();
        assert_eq!(map.drain_evicted().len(), 0, "{name}");
    }
}

/// The last handle of what the next comparison kills.
type Doomed<T> = Rc<RefCell<Option<Strong<T>>>>;

/// Keys with one hash, that are equal if their first numbers are.
struct Deadly<K: Kind>(u32, u32, Doomed<Object<K, u32>>);

impl<K: Kind> Clone for Deadly<K> {
    fn clone(&self) -> Self {
        Self(self.0, self.1, Rc::clone(&self.2))
    }
}
impl<K: Kind> PartialEq for Deadly<K> {
    fn eq(&self, other: &Self) -> bool {
        let doomed = self.2.take();
        drop(doomed);
        self.0 == other.0
    }
}
impl<K: Kind> Eq for Deadly<K> {}
impl<K: Kind> Hash for Deadly<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u32(7);
    }
}

fn values_that_die_in_a_comparison_are_evicted<K: Kind>() {
    type Map<K> = WeakValueMap<Deadly<K>, Object<K, u32>>;
    type Call<K> = fn(&mut Map<K>, Deadly<K>, &Strong<Object<K, u32>>);
    // With how many entries each leaves.
    let calls: [(&str, usize, Call<K>); 15] = [
        ("insert", 1, |map, key, new| {
            assert!(map.insert(key, new).is_none());
        }),
        ("try_insert", 1, |map, key, new| {
            assert!(map.try_insert(key, new).is_ok());
        }),
        ("get_or_insert", 1, |map, key, new| {
            assert_eq!(**map.get_or_insert(key, new), 1);
        }),
        ("get_or_insert_with", 1, |map, key, new| {
            assert_eq!(**map.get_or_insert_with(key, || new.clone()), 1);
        }),
        ("get_or_insert_with_key", 1, |map, key, new| {
            assert_eq!(**map.get_or_insert_with_key(key, |_| new.clone()), 1);
        }),
        ("get_or_try_insert_with", 0, |map, key, _| {
            assert!(map.get_or_try_insert_with(key, || Err(())).is_err());
        }),
        ("entry", 1, |map, key, new| {
            assert_eq!(***map.entry(key).insert_entry(new).get(), 1);
        }),
        ("into_key", 0, |map, key, _| {
            let Entry::Vacant(entry) = map.entry(key) else {
                panic!("it has died")
            };
            assert_eq!(entry.into_key().1, 1);
        }),
        ("entry_ref", 1, |map, key, new| {
            assert_eq!(**map.entry_ref(&key).or_insert(new), 1);
        }),
        ("entry_ref, unused", 0, |map, key, _| {
            assert!(matches!(map.entry_ref(&key), EntryRef::Vacant(_)));
        }),
        ("remove", 0, |map, key, _| {
            assert!(map.remove(&key).is_none());
        }),
        ("remove_entry", 0, |map, key, _| {
            assert!(map.remove_entry(&key).is_none());
        }),
        ("get", 0, |map, key, _| assert!(map.get(&key).is_none())),
        ("extend", 1, |map, key, new| map.extend([(key, new)])),
        ("clear", 0, |map, key, _| {
            assert!(!map.contains_key(&key));
            map.clear();
        }),
    ];
    for (name, left, call) in calls {
        let doomed = Doomed::default();
        let mut map = Map::new();
        map.track_evictions(true);
        let (old, new) = (Object::strong(0), Object::strong(1));
        map.insert(Deadly(5, 0, Rc::clone(&doomed)), &old);
        *doomed.borrow_mut() = Some(old);
        call(&mut map, Deadly(5, 1, Rc::clone(&doomed)), &new);
        assert_eq!((map.len(), map.iter().count()), (left, left), "{name}");
        let evicted: Vec<_> = map.drain_evicted().map(|key| key.1).collect();
        assert_eq!(evicted, [0], "{name}");
        assert_eq!(map.len(), left, "{name}");
        assert!(map.keys().all(|key| key.1 == 1), "{name}");
        drop(new);
        let evicted: Vec<_> = map.drain_evicted().map(|key| key.1).collect();
        assert_eq!(evicted, &[1][..left], "{name}");
    }
}

/// The first that a condition is asked about takes all others with it.
fn values_that_die_in_a_condition_are_evicted<K: Kind>() {
    type Map<K> = WeakValueMap<u32, Object<K, u32>>;
    /// Returns how many entries came out; all for which the condition is true, or false.
    type Way<K> = fn(&mut Map<K>, bool, &mut dyn FnMut()) -> usize;
    let ways: [(&str, Way<K>); 2] = [
        ("retain", |map, accepted, kill| {
            let mut refused = 0;
            map.retain(|_, _| {
                kill();
                refused += usize::from(!accepted);
                accepted
            });
            refused
        }),
        ("extract_if", |map, accepted, kill| {
            let wanted = |_: &u32, _: &Strong<Object<K, u32>>| {
                kill();
                accepted
            };
            map.extract_if(wanted).count()
        }),
    ];
    for (name, way) in ways {
        for accepted in [true, false] {
            let living: RefCell<Vec<_>> = (0..8)
                .map(Object::<K, u32>::strong)
                .collect::<Vec<_>>()
                .into();
            let mut map: Map<K> = living
                .borrow()
                .iter()
                .map(|value| (***value, value))
                .collect();
            map.track_evictions(true);
            let asked = Cell::new(0);
            let out = way(&mut map, accepted, &mut || {
                asked.set(asked.get() + 1);
                living.take();
            });
            assert_eq!(asked.get(), 1, "{name}: the others are dead");
            // That one too, by now.
            assert_eq!((map.len(), map.iter().count()), (0, 0), "{name}");
            let evicted = map.drain_evicted().count();
            assert_eq!(out + evicted, 8, "{name}, {accepted}");
            assert_eq!(map.purge(), 0, "{name}");
        }
    }
}

#[test]
fn keys_that_die_in_a_condition_are_evicted() {
    for accepted in [true, false] {
        let living: RefCell<Vec<_>> = (0..8)
            .map(|n| Strong::new(LocalObject(n)))
            .collect::<Vec<_>>()
            .into();
        let mut map: WeakKeyMap<_, _> = living.borrow().iter().map(|key| (key, key.0)).collect();
        map.track_evictions(true);
        let mut asked = 0;
        map.retain(|_, _| {
            asked += 1;
            living.take();
            accepted
        });
        let evicted = map.drain_evicted().count();
        let refused = usize::from(!accepted);
        assert_eq!((asked, evicted, map.len()), (1, 8 - refused, 0));
    }
}

/// One key dies when another that collides with it is compared.
#[test]
fn keys_that_die_in_a_comparison_are_evicted() {
    thread_local! {
        static DOOMED: RefCell<Option<Strong<User>>> = const { RefCell::new(None) };
    }
    #[derive(WeakReferenceable, Debug)]
    #[weakref(local)]
    struct User(u32);
    impl PartialEq for User {
        fn eq(&self, other: &Self) -> bool {
            let doomed = DOOMED.take();
            drop(doomed);
            self.0 == other.0
        }
    }
    impl Eq for User {}
    impl Hash for User {
        fn hash<H: Hasher>(&self, state: &mut H) {
            state.write_u32(7);
        }
    }
    type Map = WeakKeyMap<User, &'static str>;
    let calls: [fn(&mut Map, &Strong<User>); 6] = [
        |map, key| _ = map.insert(key, "new"),
        |map, key| _ = map.remove(&**key),
        |map, key| drop(map.entry(key)),
        |map, key| _ = map.get_or_insert(key, "new"),
        |map, key| _ = map.get_mut(&**key),
        |map, key| {
            _ = map.get(&**key);
            map.clear();
        },
    ];
    for call in calls {
        // Whichever stands first.
        for number in [1, 2] {
            let users = [1, 2].map(|number| Strong::new(User(number)));
            let mut map = Map::new();
            map.track_evictions(true);
            map.insert(&users[0], "one");
            map.insert(&users[1], "two");
            let [one, two] = users;
            let (doomed, key, name) = if number == 1 {
                (one, two, "one")
            } else {
                (two, one, "two")
            };
            DOOMED.set(Some(doomed));
            call(&mut map, &key);
            assert_eq!(map.len(), map.iter().count());
            assert!(map.drain_evicted().eq([name]));
        }
    }
}

#[test]
fn what_is_replaced_alive_is_not_evicted() {
    let values: Vec<_> = (0..3).map(|n| Strong::new(LocalObject(n))).collect();
    let mut map = WeakValueMap::new();
    map.track_evictions(true);
    map.insert("key", &values[0]);
    assert_eq!(map.insert("key", &values[1]).map(|old| old.0), Some(0));
    assert_eq!(map.entry("key").insert_entry(&values[2]).remove().0, 2);
    drop(values);
    assert_eq!((map.len(), map.drain_evicted().len()), (0, 0));
}
