//! A map that several threads read and change: ours, and what one makes of concurrent maps and std's weak references.

use std::collections::hash_map::RandomState;
use std::hint::black_box;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use weakref::{Object, Strong};
use weakref_containers::shared::WeakValueMap;

use super::together;
use crate::measure::{Timed, show, time};

/// Keys whose values are held by somebody throughout.
const KEPT: u64 = 10_000;

/// A map from numbers to values that others own.
pub(super) trait Map: Sync + 'static {
    type Handle: Send + Sync;
    fn new() -> Self;
    /// A value to be inserted with this key.
    fn value(&self, key: u64) -> Self::Handle;
    fn insert(&self, key: u64, value: &Self::Handle);
    fn get(&self, key: u64) -> Option<Self::Handle>;
}

pub(super) struct Ours(pub(super) WeakValueMap<u64, Object<u64>>);

impl Map for Ours {
    type Handle = Strong<Object<u64>>;
    fn new() -> Self {
        Self(WeakValueMap::new())
    }
    fn value(&self, key: u64) -> Self::Handle {
        Strong::new(Object(key))
    }
    fn insert(&self, key: u64, value: &Self::Handle) {
        self.0.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Self::Handle> {
        self.0.get(&key)
    }
}

pub(super) struct Locked(Mutex<weak_table::WeakValueHashMap<u64, Weak<u64>, RandomState>>);

impl Map for Locked {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(Mutex::new(weak_table::WeakValueHashMap::with_hasher(
            RandomState::new(),
        )))
    }
    fn value(&self, key: u64) -> Arc<u64> {
        Arc::new(key)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(key, Arc::clone(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(&key)
    }
}

pub(super) struct Dash(dashmap::DashMap<u64, Weak<u64>, RandomState>);

impl Map for Dash {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(dashmap::DashMap::with_hasher(RandomState::new()))
    }
    fn value(&self, key: u64) -> Arc<u64> {
        Arc::new(key)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        self.0.insert(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        self.0.get(&key)?.upgrade()
    }
}

/// `DashMap` whose values remove their key when they drop: it frees its dead as ours does.
pub(super) struct Removing(&'static RemovedFrom);

type RemovedFrom = dashmap::DashMap<u64, Weak<Removed>, RandomState>;

pub(super) struct Removed {
    key: u64,
    map: &'static RemovedFrom,
}

impl Drop for Removed {
    fn drop(&mut self) {
        // Another value may have taken the key by now.
        self.map
            .remove_if(&self.key, |_, value| value.strong_count() == 0);
    }
}

impl Map for Removing {
    type Handle = Arc<Removed>;
    fn new() -> Self {
        // For good: a count of owners of the map would be another price.
        Self(Box::leak(Box::new(dashmap::DashMap::with_hasher(
            RandomState::new(),
        ))))
    }
    fn value(&self, key: u64) -> Arc<Removed> {
        Arc::new(Removed { key, map: self.0 })
    }
    fn insert(&self, key: u64, value: &Arc<Removed>) {
        self.0.insert(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<Removed>> {
        self.0.get(&key)?.upgrade()
    }
}

pub(super) struct Papaya(papaya::HashMap<u64, Weak<u64>, RandomState>);

impl Map for Papaya {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(papaya::HashMap::with_hasher(RandomState::new()))
    }
    fn value(&self, key: u64) -> Arc<u64> {
        Arc::new(key)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        self.0.pin().insert(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        self.0.pin().get(&key)?.upgrade()
    }
}

pub(super) struct Scc(scc::HashMap<u64, Weak<u64>, RandomState>);

impl Map for Scc {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(scc::HashMap::with_hasher(RandomState::new()))
    }
    fn value(&self, key: u64) -> Arc<u64> {
        Arc::new(key)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        self.0.upsert_sync(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        self.0.read_sync(&key, |_, value| value.upgrade())?
    }
}

/// Skewed: the smaller the key the more often, as in caches.
fn keys(seed: u64) -> Vec<u64> {
    let mut state = seed | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    // The product of two uniform numbers: a tenth of the keys gets a third of the requests.
    (0..4096)
        .map(|_| (next() % KEPT) * (next() % KEPT) / KEPT)
        .collect()
}

/// Reads of kept values, among which `writes` percent insert a new one that dies at once. Most of theirs leave the
/// dead entry in place, where the next one of that key replaces it; ours is gone.
pub(super) fn mixed<M: Map>(threads: usize, writes: u64) -> Timed {
    let map = M::new();
    let kept: Vec<_> = (0..KEPT).map(|key| map.value(key)).collect();
    for (key, value) in (0..).zip(&kept) {
        map.insert(key, value);
    }
    let keys: Vec<_> = (0..threads).map(|thread| keys(thread as u64 + 7)).collect();
    Box::new(move |iterations| {
        let elapsed = together(threads, |thread| {
            let mut turn = 0_u64;
            for &key in keys[thread]
                .iter()
                .cycle()
                .take(usize::try_from(iterations).unwrap_or(usize::MAX))
            {
                turn += 1;
                if turn * 37 % 100 < writes {
                    let value = map.value(KEPT + key);
                    map.insert(KEPT + key, &value);
                } else {
                    let value = map.get(key);
                    assert!(black_box(&value).is_some());
                }
            }
        });
        show(&kept);
        elapsed
    })
}

/// What one thread does with the map.
#[derive(Clone, Copy)]
pub(super) enum Step {
    Hit,
    Miss,
    /// The value dies at once.
    InsertAndDeath,
}

pub(super) fn single<M: Map>(step: Step) -> Timed {
    let map = M::new();
    let kept: Vec<_> = (0..KEPT).map(|key| map.value(key)).collect();
    for (key, value) in (0..).zip(&kept) {
        map.insert(key, value);
    }
    let keys = keys(7);
    let mut at = 0;
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            let key = keys[at % keys.len()];
            at += 1;
            match step {
                Step::Hit => show(&map.get(key)),
                Step::Miss => show(&map.get(KEPT + key)),
                Step::InsertAndDeath => {
                    let value = map.value(KEPT + key);
                    map.insert(KEPT + key, &value);
                }
            }
        });
        show(&kept);
        elapsed
    })
}
