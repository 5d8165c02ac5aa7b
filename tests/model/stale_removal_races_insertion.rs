//! R21. A dies, and with it its entry; B takes its place under the same key, or comes to stand beside
//! it under the same hash. What is removed is A's entry.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::hash::BuildHasherDefault;
use std::sync::{Arc, Weak};

use loom::thread;
use weakref::__private::Bug;
use weakref::{Strong, WeakRef};
use weakref_containers::shared;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;
use crate::members::{KeyMap, Keys, LowBits, Map, Member, Set};

scenario!(
    equal_key,
    || {
        let (keys, map) = (Keys::default(), Map::default());
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.insert(keys.key(1), &first);
        let other = thread::spawn(move || drop(first));
        drop(map.insert(keys.key(1), &second));
        other.join().unwrap();
        assert_eq!((drops(), keys.count()), (1, 1));
        assert!(Strong::ptr_eq(&map.get(&1).unwrap(), &second));
        drop(second);
        assert_eq!((drops(), keys.count()), (2, 0));
    },
    preemptions = Some(3),
    executions = [3363, 56_968, 2249, 292_133],
    finds = &[(Bug::AnyOfHash, EVERY_WAY)]
);

/// A key that asks for the number of entries when it is dropped, while its value's registration stands.
#[derive(PartialEq, Eq, Hash)]
struct Asks(u64);

struct Asked(shared::WeakValueMap<Asks, Small, BuildHasherDefault<LowBits>>);

thread_local! {
    static ASKED: RefCell<Weak<Asked>> = const { RefCell::new(Weak::new()) };
}

impl Borrow<u64> for Asks {
    fn borrow(&self) -> &u64 {
        &self.0
    }
}

impl Drop for Asks {
    fn drop(&mut self) {
        let map = ASKED.with_borrow(Weak::upgrade);
        if let Some(map) = map.filter(|map| map.0.get(&1).is_some()) {
            assert_eq!(map.0.len(), 1, "the new one lives");
        }
    }
}

scenario!(
    length,
    || {
        let map = Arc::new(Asked(shared::WeakValueMap::default()));
        let (dying, new) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.0.insert(Asks(1), &dying);
        ASKED.set(Arc::downgrade(&map));
        let other = thread::spawn(move || drop(dying));
        map.0.insert(Asks(1), &new);
        other.join().unwrap();
        ASKED.take();
        assert_eq!((map.0.len(), drops()), (1, 1));
    },
    preemptions = Some(3),
    executions = [6307, 138_849, 2897, 674_281],
    finds = &[(Bug::CountedAgain, EVERY_WAY)]
);

scenario!(
    equal_hash,
    || {
        let (keys, map) = (Keys::default(), Map::default());
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        map.insert(keys.key(1), &first);
        let other = thread::spawn(move || drop(first));
        map.insert(keys.key(9), &second);
        other.join().unwrap();
        assert_eq!((drops(), keys.count()), (1, 1));
        assert!(map.get(&1).is_none() && map.get(&9).is_some());
    },
    preemptions = Some(3),
    executions = [521, 485, 244, 1862],
    finds = &[(Bug::PendingForgotten, EVERY_WAY)]
);

scenario!(
    equal_member,
    || {
        let set = Set::default();
        let (first, second) = (Strong::new(Member::new(1)), Strong::new(Member::new(1)));
        set.insert(&first);
        let other = thread::spawn(move || drop(first));
        drop(set.replace(&second));
        other.join().unwrap();
        assert_eq!((drops(), set.len()), (1, 1));
        assert!(Strong::ptr_eq(&set.get(&1).unwrap(), &second));
        drop(second);
        assert_eq!((drops(), set.len()), (2, 0));
    },
    preemptions = Some(3),
    executions = [1187, 7354, 424, 35_049],
    finds = &[(Bug::AnyOfHash, EVERY_WAY)]
);

// The callback runs when the key is dead and not buried yet.
scenario!(
    equal_key_comes_of_a_death,
    || {
        let map = Arc::<KeyMap>::default();
        let [dying, second, third] = [(); 3].map(|()| Strong::new(Member::new(1)));
        map.insert(&dying, ());
        let insert = {
            let (map, third) = (map.clone(), third.clone());
            move |_: &_| drop(map.insert(&third, ()))
        };
        WeakRef::with_callback(&dying, insert).forget();
        let other = thread::spawn(move || drop(dying));
        map.insert(&second, ());
        other.join().unwrap();
        assert_eq!(map.len(), 1, "two live ones that are equal");
        drop((second, third));
        assert_eq!((map.len(), drops()), (0, 3));
    },
    preemptions = Some(2),
    executions = [2315, 13_123, 434, 53_369],
    finds = &[(Bug::DeadReplaced, EVERY_WAY)]
);
