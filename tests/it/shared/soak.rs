//! All operations of all containers on many threads at once, with an exact account at the end: what was made was
//! dropped, and an entry is there for each value that lives.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use weakref::{Object, Strong, WeakReferenceable};
use weakref_containers::shared::{IdentityWeakSet, Interner, WeakSet, WeakValueMap};

use super::{Mark, Tally};
use crate::support::rounds;

const KEYS: u32 = 64;

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Value(u32, Counted);

/// Equal to every other.
struct Counted(#[expect(dead_code, reason = "counts")] Mark);

impl PartialEq for Counted {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Counted {}

impl std::hash::Hash for Counted {
    fn hash<H: std::hash::Hasher>(&self, _: &mut H) {}
}

#[derive(Clone)]
struct Key(u32, #[expect(dead_code, reason = "counts")] Mark);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl std::borrow::Borrow<u32> for Key {
    fn borrow(&self) -> &u32 {
        &self.0
    }
}

#[derive(Default)]
struct World {
    map: WeakValueMap<Key, Value>,
    set: WeakSet<Value>,
    identity: IdentityWeakSet<Value>,
    names: Interner<str>,
    keys: Tally,
    values: Tally,
    made: AtomicUsize,
}

impl World {
    fn value(&self, id: u32) -> Strong<Value> {
        self.made.fetch_add(1, SeqCst);
        Strong::new(Value(id, Counted(self.values.mark())))
    }

    fn key(&self, id: u32) -> Key {
        Key(id, self.keys.mark())
    }

    /// One random step, which may leave a handle in `held`.
    fn step(&self, random: &mut u64, held: &mut Vec<Strong<Value>>) {
        *random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let pick = u32::try_from(*random >> 33).unwrap();
        let id = pick % KEYS;
        match pick / KEYS % 24 {
            0..4 => held.push(self.map.get_or_insert_with(self.key(id), || self.value(id))),
            4 => {
                let failed = self.map.get_or_try_insert_with(self.key(id), || Err(()));
                held.extend(failed);
            }
            5 | 6 => {
                let value = self.value(id);
                held.extend(self.map.insert(self.key(id), &value));
                held.push(value);
            }
            7 => held.extend(self.map.remove(&id)),
            8 => held.extend(self.map.replace_if(&id, &self.value(id), |_| pick % 2 == 0)),
            9 => held.push(self.map.get_or_insert(self.key(id), &self.value(id))),
            10 => {
                let made = self.map.get_or_insert_with(self.key(id), || {
                    // Of a greater key, so that there is no cycle.
                    let other = self
                        .map
                        .get_or_insert_with(self.key(id + 1), || self.value(id + 1));
                    assert_eq!(other.0, id + 1);
                    self.value(id)
                });
                held.push(made);
            }
            11 if pick % 50 == 0 => self.map.retain(|key, value| {
                assert_eq!(key.0, value.0);
                key.0 % 2 == 0
            }),
            11 if pick % 50 == 1 => self.map.clear(),
            11 => assert!(self.map.iter().all(|(key, value)| key.0 == value.0)),
            12 | 13 => held.push(
                self.set
                    .get_or_insert_with(&Value(id, Counted(self.values.mark())), |_| {
                        self.value(id)
                    }),
            ),
            14 => {
                let value = self.value(id);
                self.set.insert(&value);
                self.identity.insert(&value);
                held.push(value);
            }
            15 => held.extend(held.last().and_then(|value| self.set.take(&**value))),
            16 => held.extend(self.identity.iter().next()),
            17 if pick % 50 == 0 => self.set.clear(),
            17 => self.identity.retain(|value| value.0 % 2 == 0),
            18 | 19 => {
                let name = self.names.intern(&id.to_string()[..]);
                assert!(Strong::ptr_eq(
                    &name,
                    &self.names.intern(&id.to_string()[..])
                ));
            }
            _ => {
                let object = self.map.get(&id);
                assert!(object.is_none_or(|object| object.0 == id));
            }
        }
        if held.len() > 20 {
            held.swap_remove(pick as usize % held.len());
            held.swap_remove(pick as usize / 7 % held.len());
        }
    }

    /// Nobody is inside any more: what is there is exactly what lives.
    fn check(&self, held: &[Strong<Value>]) {
        let mut alive: Vec<_> = held.iter().map(Strong::id).collect();
        alive.sort_unstable();
        alive.dedup();
        assert_eq!(self.values.alive(), alive.len());
        let count = self.map.iter().count();
        assert_eq!((self.map.len(), self.keys.alive()), (count, count));
        assert_eq!(self.set.len(), self.set.iter().count());
        assert_eq!(self.identity.len(), self.identity.iter().count());
        assert_eq!(self.names.len(), 0);
    }
}

fn soak(threads: u64, enough: impl Fn(usize) -> bool + Sync) -> usize {
    let world = World::default();
    let held: Vec<Strong<Value>> = thread::scope(|scope| {
        let run = |number: u64| {
            let (world, enough) = (&world, &enough);
            scope.spawn(move || {
                let mut random = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let mut held = Vec::new();
                let mut step = 0;
                while !enough(step) {
                    world.step(&mut random, &mut held);
                    step += 1;
                }
                held
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    world.check(&held);
    drop(held);
    world.check(&[]);
    assert!(world.map.is_empty() && world.set.is_empty() && world.identity.is_empty());
    world.made.into_inner()
}

#[test]
fn some_threads_account_for_everything() {
    let steps = rounds(20_000, 40);
    assert!(soak(3, |step| step >= steps) > steps / 4);
}

#[test]
#[ignore = "long"]
fn eight_threads_account_for_everything_in_a_minute() {
    let end = Instant::now() + Duration::from_mins(1);
    let made = soak(8, |step| step % 64 == 0 && Instant::now() >= end);
    println!("{made} values made and dropped");
}

/// The name that an interner gives lives as long as its handle, whoever asks for it.
#[test]
fn objects_may_outlive_their_container() {
    let names = Interner::<str>::new();
    let rose: Strong<Object<str>> = names.intern("rose");
    drop(names);
    assert_eq!(&**rose, "rose");
}
