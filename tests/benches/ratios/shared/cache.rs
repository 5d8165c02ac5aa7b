//! Caches: constructions that all want at once, and values that are held up to a bound. All hash with the same function.

use std::collections::hash_map::RandomState;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use weakref::{Object, Strong};
use weakref_containers::shared::{StrongTier, WeakValueMap};

use super::map::{Map, Ours};
use super::together;
use crate::measure::Timed;

/// A map that makes a value once for all who want it.
pub(super) trait Flights: Sync + 'static {
    fn new() -> Self;
    /// Holds what it got until all have.
    fn get(&self, key: u64, make: impl FnOnce() -> u64, all_have: &Barrier);
}

impl Flights for Ours {
    fn new() -> Self {
        Map::new()
    }
    fn get(&self, key: u64, make: impl FnOnce() -> u64, all_have: &Barrier) {
        let value = self
            .0
            .get_or_insert_with(key, || Strong::new(Object(make())));
        all_have.wait();
        drop(value);
    }
}

pub(super) struct Moka(moka::sync::Cache<u64, Arc<u64>, RandomState>);

impl Flights for Moka {
    fn new() -> Self {
        let builder = moka::sync::Cache::builder().max_capacity(1000);
        Self(builder.build_with_hasher(RandomState::new()))
    }
    fn get(&self, key: u64, make: impl FnOnce() -> u64, all_have: &Barrier) {
        let value = self.0.get_with(key, || Arc::new(make()));
        all_have.wait();
        drop(value);
    }
}

pub(super) struct Quick(
    quick_cache::sync::Cache<u64, Arc<u64>, quick_cache::UnitWeighter, RandomState>,
);

impl Flights for Quick {
    fn new() -> Self {
        Self(quick_cache::sync::Cache::with(
            BOUND,
            BOUND as u64,
            quick_cache::UnitWeighter,
            RandomState::new(),
            quick_cache::sync::DefaultLifecycle::default(),
        ))
    }
    fn get(&self, key: u64, make: impl FnOnce() -> u64, all_have: &Barrier) {
        let value = self
            .0
            .get_or_insert_with(&key, || Ok::<_, std::convert::Infallible>(Arc::new(make())));
        all_have.wait();
        drop(value);
    }
}

/// A cache of at most [`BOUND`] values that nobody else holds.
pub(super) trait Bounded: Sync + 'static {
    fn new() -> Self;
    fn insert(&self, key: u64);
    fn hit(&self, key: u64);
}

const BOUND: usize = 1000;

pub(super) struct Tiered(WeakValueMap<u64, Object<u64>>);

impl Bounded for Tiered {
    fn new() -> Self {
        Self(WeakValueMap::with_strong_tier(StrongTier::entries(BOUND)))
    }
    fn insert(&self, key: u64) {
        self.0.insert(key, &Strong::new(Object(key)));
    }
    fn hit(&self, key: u64) {
        let value = self.0.get(&key);
        assert!(black_box(&value).is_some());
    }
}

impl Bounded for Moka {
    fn new() -> Self {
        Flights::new()
    }
    fn insert(&self, key: u64) {
        self.0.insert(key, Arc::new(key));
    }
    fn hit(&self, key: u64) {
        black_box(self.0.get(&key));
    }
}

impl Bounded for Quick {
    fn new() -> Self {
        Flights::new()
    }
    fn insert(&self, key: u64) {
        self.0.insert(key, Arc::new(key));
    }
    fn hit(&self, key: u64) {
        black_box(self.0.get(&key));
    }
}

/// Reads what is in a cache that is half full, or inserts new keys in a full one.
pub(super) fn bounded<B: Bounded>(threads: usize, fresh: bool) -> Timed {
    let cache = B::new();
    let half = BOUND as u64 / 2;
    for key in 0..half {
        cache.insert(key);
    }
    let next = AtomicU64::new(half);
    Box::new(move |iterations| {
        let first = next.fetch_add(iterations * threads as u64, Ordering::Relaxed);
        together(threads, |thread| {
            let start = first + thread as u64 * iterations;
            for key in start..start + iterations {
                if fresh {
                    cache.insert(key);
                } else {
                    cache.hit(key % half);
                }
            }
        })
    })
}

/// Eight threads want one absent key, whose construction takes a millisecond, again and again.
pub(super) fn flight<F: Flights>() -> Timed {
    const THREADS: usize = 8;
    let flights = F::new();
    let mut next = 0;
    Box::new(move |iterations| {
        let (all_want, all_have) = (Barrier::new(THREADS), Barrier::new(THREADS));
        let calls = AtomicU64::new(0);
        let first = next;
        next += iterations;
        let elapsed = together(THREADS, |_| {
            for key in first..first + iterations {
                all_want.wait();
                let make = || {
                    calls.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(1));
                    key
                };
                flights.get(key, make, &all_have);
            }
        });
        assert_eq!(calls.into_inner(), iterations, "one call a key");
        elapsed
    })
}
