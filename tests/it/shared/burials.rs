//! Burials inside burials: entries whose drops kill others.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex};

use weakref::{LocalObject, Object, Strong, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakKeyMap, WeakKeyMap, WeakValueMap};

use super::{Hook, Key, On, OneHash, during};
use crate::support::rounds;

/// Part of an entry that owns a member of another, and tells when its drop begins and ends.
struct Owner<T: WeakReferenceable> {
    name: u32,
    victim: Option<Strong<T>>,
    log: Log,
}

type Log = Arc<Mutex<Vec<String>>>;

impl<T: WeakReferenceable> Owner<T> {
    fn new(name: u32, victim: Option<Strong<T>>, log: &Log) -> Self {
        let log = Arc::clone(log);
        Self { name, victim, log }
    }

    fn tell(&self, what: &str) {
        self.log
            .lock()
            .unwrap()
            .push(format!("{} {what}", self.name));
    }
}

impl<T: WeakReferenceable> PartialEq for Owner<T> {
    fn eq(&self, other: &Self) -> bool {
        Hook::run(On::Eq);
        self.name == other.name
    }
}

impl<T: WeakReferenceable> Eq for Owner<T> {}

impl<T: WeakReferenceable> Hash for Owner<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl<T: WeakReferenceable> Drop for Owner<T> {
    fn drop(&mut self) {
        self.tell("begins");
        drop(self.victim.take());
        self.tell("ends");
    }
}

/// In one part of the map, which all keys of one hash share: each is buried before the drop that killed it returns.
#[test]
fn what_dies_in_the_drop_of_an_entry_is_buried_within_it() {
    let log = Log::default();
    let map: WeakKeyMap<Object<Key>, Owner<Object<Key>>, OneHash> =
        WeakKeyMap::with_hasher(OneHash);
    let mut victim = None;
    for name in [3, 2, 1] {
        let key = Strong::new(Object(Key::of(name)));
        map.insert(&key, Owner::new(name, victim.replace(key.clone()), &log));
    }
    assert_eq!(map.len(), 3);
    drop(victim);
    let expected = [
        "1 begins", "2 begins", "3 begins", "3 ends", "2 ends", "1 ends",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    assert!(map.is_empty());
}

/// What is pending is left to the burial further out, within which another one nests.
#[test]
fn what_dies_in_a_burial_is_buried_within_it_though_others_are_pending() {
    let log = Log::default();
    let map: WeakValueMap<Owner<LocalObject<u32>>, LocalObject<u32>, OneHash> =
        WeakValueMap::with_hasher(OneHash);
    let last = Strong::new(LocalObject(9));
    map.insert(Owner::new(9, None, &log), &last);
    let values: Vec<_> = (0..4).map(LocalObject).map(Strong::new).collect();
    for value in &values {
        let victim = (value.0 == 2).then(|| last.clone());
        map.insert(Owner::new(value.0, victim, &log), value);
    }
    drop(last);
    let dying = Cell::new(values);
    let asked = Owner::new(99, None, &Log::default());
    // Inside of a comparison all of them leave notices.
    during(
        On::Eq,
        move || drop(dying.take()),
        || assert!(!map.contains_key(&asked)),
    );
    let log = log.lock().unwrap();
    let at = |what: &str| log.iter().position(|line| line == what).unwrap();
    // The others are dropped when this one is.
    let within = &log[at("2 begins")..=at("2 ends")];
    assert_eq!(within, ["2 begins", "9 begins", "9 ends", "2 ends"]);
    assert_eq!((log.len(), map.len()), (10, 0));
}

/// Each value owns the key of another entry: one death ends them all, on any stack.
#[test]
fn chain_of_values_that_own_keys() {
    #[derive(WeakReferenceable)]
    struct Link;

    let map: IdentityWeakKeyMap<Link, Option<Strong<Link>>> = IdentityWeakKeyMap::new();
    let count = rounds(50_000, 100);
    let mut head = Strong::new(Link);
    map.insert(&head, None);
    for _ in 1..count {
        let next = Strong::new(Link);
        map.insert(&next, Some(std::mem::replace(&mut head, next.clone())));
    }
    assert_eq!(map.len(), count);
    drop(head);
    assert!(map.is_empty());
}

/// Each key owns the value of the next entry: one death ends them all, on any stack.
#[test]
fn chain_of_keys_that_own_values() {
    struct Link(
        u32,
        #[expect(dead_code, reason = "owns")] Option<Strong<Object<()>>>,
    );
    impl PartialEq for Link {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Link {}
    impl Hash for Link {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    let map: WeakValueMap<Link, Object<()>> = WeakValueMap::new();
    let mut head = None;
    let count = rounds(50_000, 200);
    for id in 0..u32::try_from(count).unwrap() {
        let value = Strong::new(Object(()));
        map.insert(Link(id, head.replace(value.clone())), &value);
    }
    assert_eq!(map.len(), count);
    drop(head);
    assert!(map.is_empty());
}
