//! The shared containers: a map that several threads read and change, constructions that all want at once, and
//! interning. The machine has two cores: more threads than that measure waiting, not scaling.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use weakref::{Object, Strong};
use weakref_containers::shared::{Interner, StrongTier, WeakValueMap};

use crate::measure::{Timed, show};
use crate::scenario::{Scenario, Sides};

/// Keys whose values are held by somebody throughout.
const KEPT: u64 = 10_000;
const MAP_AIM: Option<f64> = Some(0.9);
const FLIGHT_AIM: Option<f64> = Some(1.0);
const INTERNER_AIM: Option<f64> = Some(0.8);
const TIER_AIM: Option<f64> = Some(1.0);

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    for threads in [2, 8] {
        for writes in [5, 50] {
            let name = format!("shared/map {writes} % insert+drop, {threads} threads");
            scenarios.push(Scenario::timed(name, move || {
                Sides::new(mixed::<Ours>(threads, writes))
                    .against(
                        "Mutex<weak-table>",
                        MAP_AIM,
                        mixed::<Locked>(threads, writes),
                    )
                    .against("DashMap+Weak", MAP_AIM, mixed::<Dash>(threads, writes))
                    .against("papaya+Weak", MAP_AIM, mixed::<Papaya>(threads, writes))
                    .against("scc+Weak", MAP_AIM, mixed::<Scc>(threads, writes))
            }));
        }
    }
    scenarios.push(Scenario::timed(
        "shared/single flight, 8 threads".into(),
        || {
            Sides::new(flight::<Ours>())
                .against("moka get_with", FLIGHT_AIM, flight::<Moka>())
                .against("quick_cache", FLIGHT_AIM, flight::<Quick>())
        },
    ));
    for threads in [1, 2] {
        for (what, fresh) in [("hit", false), ("insert+evict", true)] {
            let name = format!("shared/strong tier {what}, {threads} threads");
            scenarios.push(Scenario::timed(name, move || {
                Sides::new(bounded::<Tiered>(threads, fresh))
                    .against("moka", TIER_AIM, bounded::<Moka>(threads, fresh))
                    .against("quick_cache", TIER_AIM, bounded::<Quick>(threads, fresh))
            }));
        }
    }
    for length in [24, 400] {
        for threads in [1, 2] {
            for (what, fresh) in [("hit+drop", false), ("miss+free", true)] {
                let name = format!("shared/intern {what}, {length} bytes, {threads} threads");
                scenarios.push(Scenario::timed(name, move || {
                    Sides::new(intern::<OurInterner>(length, threads, fresh))
                        .against(
                            "internment",
                            INTERNER_AIM,
                            intern::<Internment>(length, threads, fresh),
                        )
                        .against(
                            "arc-interner",
                            INTERNER_AIM,
                            intern::<ArcInterner>(length, threads, fresh),
                        )
                        .against(
                            "intern-arc",
                            INTERNER_AIM,
                            intern::<InternArc>(length, threads, fresh),
                        )
                }));
            }
        }
    }
}

/// A map from numbers to values that others own.
trait Map: Sync + 'static {
    type Handle: Send + Sync;
    fn new() -> Self;
    fn value(value: u64) -> Self::Handle;
    fn insert(&self, key: u64, value: &Self::Handle);
    fn get(&self, key: u64) -> Option<Self::Handle>;
}

struct Ours(WeakValueMap<u64, Object<u64>>);

impl Map for Ours {
    type Handle = Strong<Object<u64>>;
    fn new() -> Self {
        Self(WeakValueMap::new())
    }
    fn value(value: u64) -> Self::Handle {
        Strong::new(Object(value))
    }
    fn insert(&self, key: u64, value: &Self::Handle) {
        self.0.insert(key, value);
    }
    fn get(&self, key: u64) -> Option<Self::Handle> {
        self.0.get(&key)
    }
}

struct Locked(Mutex<weak_table::WeakValueHashMap<u64, Weak<u64>, RandomState>>);

impl Map for Locked {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(Mutex::new(weak_table::WeakValueHashMap::with_hasher(
            RandomState::new(),
        )))
    }
    fn value(value: u64) -> Arc<u64> {
        Arc::new(value)
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

struct Dash(dashmap::DashMap<u64, Weak<u64>, RandomState>);

impl Map for Dash {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(dashmap::DashMap::with_hasher(RandomState::new()))
    }
    fn value(value: u64) -> Arc<u64> {
        Arc::new(value)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        self.0.insert(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        self.0.get(&key)?.upgrade()
    }
}

struct Papaya(papaya::HashMap<u64, Weak<u64>, RandomState>);

impl Map for Papaya {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(papaya::HashMap::with_hasher(RandomState::new()))
    }
    fn value(value: u64) -> Arc<u64> {
        Arc::new(value)
    }
    fn insert(&self, key: u64, value: &Arc<u64>) {
        self.0.pin().insert(key, Arc::downgrade(value));
    }
    fn get(&self, key: u64) -> Option<Arc<u64>> {
        self.0.pin().get(&key)?.upgrade()
    }
}

struct Scc(scc::HashMap<u64, Weak<u64>, RandomState>);

impl Map for Scc {
    type Handle = Arc<u64>;
    fn new() -> Self {
        Self(scc::HashMap::with_hasher(RandomState::new()))
    }
    fn value(value: u64) -> Arc<u64> {
        Arc::new(value)
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

/// Reads of kept values, among which `writes` percent insert a new one that dies at once. Theirs leave the dead
/// entry in place, where the next one of that key replaces it; ours is gone.
fn mixed<M: Map>(threads: usize, writes: u64) -> Timed {
    let map = M::new();
    let kept: Vec<_> = (0..KEPT).map(M::value).collect();
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
                    let value = M::value(key);
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

/// A map that makes a value once for all who want it.
trait Flights: Sync + 'static {
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

struct Moka(moka::sync::Cache<u64, Arc<u64>, RandomState>);

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

struct Quick(quick_cache::sync::Cache<u64, Arc<u64>>);

impl Flights for Quick {
    fn new() -> Self {
        Self(quick_cache::sync::Cache::new(1000))
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
trait Bounded: Sync + 'static {
    fn new() -> Self;
    fn insert(&self, key: u64);
    fn hit(&self, key: u64);
}

const BOUND: usize = 1000;

struct Tiered(WeakValueMap<u64, Object<u64>>);

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
fn bounded<B: Bounded>(threads: usize, fresh: bool) -> Timed {
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
fn flight<F: Flights>() -> Timed {
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

/// One object per text.
trait Interning: Sync + 'static {
    type Handle: Send + Sync;
    fn new() -> Self;
    fn intern(&self, text: &str) -> Self::Handle;
}

struct OurInterner(Interner<str>);

impl Interning for OurInterner {
    type Handle = Strong<Object<str>>;
    fn new() -> Self {
        Self(Interner::new())
    }
    fn intern(&self, text: &str) -> Self::Handle {
        self.0.intern(text)
    }
}

struct Internment;

impl Interning for Internment {
    type Handle = internment::ArcIntern<str>;
    fn new() -> Self {
        Self
    }
    fn intern(&self, text: &str) -> Self::Handle {
        internment::ArcIntern::from(text)
    }
}

struct ArcInterner;

impl Interning for ArcInterner {
    type Handle = arc_interner::ArcIntern<String>;
    fn new() -> Self {
        Self
    }
    fn intern(&self, text: &str) -> Self::Handle {
        arc_interner::ArcIntern::new(text.to_owned())
    }
}

struct InternArc(intern_arc::HashInterner<str>);

impl Interning for InternArc {
    type Handle = intern_arc::InternedHash<str>;
    fn new() -> Self {
        Self(intern_arc::HashInterner::new())
    }
    fn intern(&self, text: &str) -> Self::Handle {
        self.0.intern_ref(text)
    }
}

/// Interns texts that somebody holds, or fresh ones, and drops what it gets.
fn intern<I: Interning>(length: usize, threads: usize, fresh: bool) -> Timed {
    let interner = I::new();
    let salt = RandomState::new().hash_one(0);
    let texts: Vec<Vec<String>> = (0..threads)
        .map(|thread| {
            let text = |number: usize| {
                let number = format!("{salt:x}-{thread}-{number}-");
                number.clone() + &"x".repeat(length - number.len().min(length))
            };
            (0..1024).map(text).collect()
        })
        .collect();
    let all = if fresh { &[][..] } else { &texts[..] };
    let kept: Vec<_> = all
        .iter()
        .flatten()
        .map(|text| interner.intern(text))
        .collect();
    Box::new(move |iterations| {
        let elapsed = together(threads, |thread| {
            for text in texts[thread]
                .iter()
                .cycle()
                .take(usize::try_from(iterations).unwrap_or(usize::MAX))
            {
                black_box(&interner.intern(text));
            }
        });
        show(&kept);
        elapsed
    })
}

/// Times `body` on so many threads at once, from the first one's start to the last one's end.
fn together(threads: usize, body: impl Fn(usize) + Sync) -> Duration {
    let (ready, body) = (Barrier::new(threads), &body);
    let spans: Vec<_> = thread::scope(|scope| {
        let run = |thread| {
            let ready = &ready;
            scope.spawn(move || {
                ready.wait();
                let start = Instant::now();
                body(thread);
                (start, Instant::now())
            })
        };
        let threads: Vec<_> = (0..threads).map(run).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no side panics"))
            .collect()
    });
    let start = spans.iter().map(|span| span.0).min();
    let end = spans.iter().map(|span| span.1).max();
    end.zip(start)
        .map_or(Duration::ZERO, |(end, start)| end - start)
}
