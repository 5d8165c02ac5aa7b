//! Keys and values whose drops panic, several in a row: none takes another along, and the process does not end.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Mutex, Once};

use weakref::{LocalObject, Source, Strong};
use weakref_containers::shared::{self, StrongTier};
use weakref_containers::{WeakValueBTreeMap, WeakValueMap};

/// Its drop is noted, and panics.
struct Unwilling(u32, Dropped);

type Dropped = Rc<RefCell<Vec<u32>>>;
type Number = LocalObject<u32>;

impl PartialEq for Unwilling {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Unwilling {}

impl PartialOrd for Unwilling {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Unwilling {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl std::hash::Hash for Unwilling {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Clone for Unwilling {
    fn clone(&self) -> Self {
        Self(self.0, Rc::clone(&self.1))
    }
}

impl Drop for Unwilling {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
        panic!("{} is unwilling", self.0);
    }
}

/// What was reported with the message "taken".
static TAKEN: Mutex<Vec<(Source, &'static str)>> = Mutex::new(Vec::new());

/// Keeps the reports off stderr.
fn hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        weakref::set_unraisable_hook(|report| {
            if report.message() == Some("taken") {
                let told = (report.source(), report.type_name());
                TAKEN.lock().unwrap().push(told);
            }
        });
    });
}

/// Calls `act` with three of them, and asserts that all are dropped, and that the first panic comes out.
#[track_caller]
fn all_go(act: impl FnOnce([Unwilling; 3])) {
    hook();
    let dropped = Dropped::default();
    let three = [0, 1, 2].map(|number| Unwilling(number, Rc::clone(&dropped)));
    assert!(catch_unwind(AssertUnwindSafe(|| act(three))).is_err());
    let mut dropped = dropped.take();
    dropped.sort_unstable();
    assert_eq!(dropped, [0, 1, 2]);
}

#[test]
fn keys_of_an_ordered_map() {
    type Map = WeakValueBTreeMap<Unwilling, Number>;
    let actions: [fn(Map); 4] = [
        drop,
        |mut map| map.clear(),
        |map| drop(map.into_iter()),
        |mut map| drop(map.drain()),
    ];
    for act in actions {
        all_go(|keys| {
            let object = Strong::new(LocalObject(1));
            let mut map = Map::new();
            for key in keys {
                map.insert(key, &object);
            }
            act(map);
        });
    }
}

#[test]
fn evicted_keys() {
    let actions: [fn(WeakValueMap<Unwilling, Number>); 3] = [
        drop,
        |mut map| map.track_evictions(false),
        |mut map| drop(map.drain_evicted()),
    ];
    for act in actions {
        all_go(|keys| {
            let mut map = WeakValueMap::new();
            map.track_evictions(true);
            for key in keys {
                map.insert(key, &Strong::new(LocalObject(1)));
            }
            map.purge();
            act(map);
        });
    }
}

#[test]
fn keys_of_a_shared_map() {
    let object = Strong::new(LocalObject(1));
    let filled = |keys: [Unwilling; 3]| {
        let map = shared::WeakValueMap::<_, Number>::new();
        for key in keys {
            map.insert(key, &object);
        }
        map
    };
    all_go(|keys| filled(keys).clear());
    all_go(|keys| drop(filled(keys)));
}

#[test]
fn clones_of_keys_that_an_iterator_has_left() {
    let map = shared::WeakValueMap::<_, Number>::new();
    let object = Strong::new(LocalObject(1));
    let dropped = Dropped::default();
    for number in 0..3 {
        map.insert(Unwilling(number, Rc::clone(&dropped)), &object);
    }
    let mut first = None;
    let iteration = catch_unwind(AssertUnwindSafe(|| {
        let mut iter = map.iter();
        first = iter.next();
        drop(iter);
    }));
    assert!(iteration.is_err());
    assert_eq!(dropped.borrow().len(), 2);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(map))).is_err());
    assert_eq!(dropped.borrow().len(), 5);
    assert!(catch_unwind(AssertUnwindSafe(|| drop(first))).is_err());
    assert_eq!(dropped.borrow().len(), 6);
}

#[test]
fn values_of_a_shared_map() {
    let keys = [1, 2, 3].map(|number| Strong::new(LocalObject(number)));
    all_go(|values| {
        let map = shared::WeakKeyMap::new();
        for (key, value) in keys.iter().zip(values) {
            map.insert(key, value);
        }
        map.clear();
    });
}

#[test]
fn what_a_strong_tier_lets_go() {
    all_go(|values| {
        let tier = StrongTier::entries(3);
        let map = shared::WeakValueMap::<u32, LocalObject<Unwilling>>::with_strong_tier(tier);
        for (key, value) in (0..).zip(values) {
            map.insert(key, &Strong::new(LocalObject(value)));
        }
        map.clear_strong_tier();
    });
}

/// One object that stands in several entries, whose keys have one hash.
#[test]
fn keys_of_one_death() {
    use std::hash::{BuildHasherDefault, Hasher};

    #[derive(Default)]
    struct OneHash;

    impl Hasher for OneHash {
        fn finish(&self) -> u64 {
            7
        }

        fn write(&mut self, _: &[u8]) {}
    }

    type Build = BuildHasherDefault<OneHash>;
    all_go(|keys| {
        let mut map = WeakValueMap::<_, _, Build>::default();
        let object = Strong::new(LocalObject(1));
        for key in keys {
            map.insert(key, &object);
        }
        drop(object);
        map.purge();
    });
    all_go(|keys| {
        let map = shared::WeakValueMap::<_, _, Build>::default();
        let object = Strong::new(LocalObject(1));
        for key in keys {
            map.insert(key, &object);
        }
        drop(object);
        panic!("the death has reported theirs");
    });
}

#[test]
fn reports_name_the_types_of_the_user() {
    use weakref::Object;

    struct Seat;

    impl Drop for Seat {
        fn drop(&mut self) {
            panic!("taken");
        }
    }

    hook();
    let map = shared::WeakKeyMap::<Object<u8>, Seat>::new();
    let key = Strong::new(Object(1));
    map.insert(&key, Seat);
    drop(key);
    let taken = TAKEN.lock().unwrap();
    let (source, name) = taken.first().expect("it is reported");
    assert_eq!(*source, Source::Burial);
    assert!(
        name.contains("Object<u8>") && name.contains("Seat"),
        "{name}"
    );
    assert!(!name.contains("sharded"), "{name}");
}
