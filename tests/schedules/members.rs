//! What scenarios keep in containers, counted, and the threads that use them.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use shuttle::rand::{Rng, thread_rng};
use shuttle::thread;
use weakref::WeakReferenceable;

/// Two of them have one hash.
pub(crate) const NUMBERS: [u64; 3] = [1, 2, 9];

pub(crate) type Hashes = BuildHasherDefault<LowBits>;

/// Numbers that differ by eight have one hash.
#[derive(Default)]
pub(crate) struct LowBits(u64);

impl Hasher for LowBits {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number % 8;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Counts what was made and not dropped. No part of the schedule.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally(Arc<()>);

impl Tally {
    pub(crate) fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }

    pub(crate) fn key(&self, number: u64) -> Key {
        Key {
            number,
            _counted: self.clone(),
        }
    }

    pub(crate) fn value(&self, number: u64) -> Value {
        Value {
            number,
            _counted: self.clone(),
        }
    }
}

/// A key that a map owns.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) number: u64,
    _counted: Tally,
}

/// A member: a key that is held weakly, or a value.
#[derive(Debug, WeakReferenceable)]
pub(crate) struct Value {
    pub(crate) number: u64,
    _counted: Tally,
}

macro_rules! by_number {
    ($($type:ty),*) => {$(
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.number == other.number
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, hasher: &mut H) {
                self.number.hash(hasher);
            }
        }

        impl Borrow<u64> for $type {
            fn borrow(&self) -> &u64 {
                &self.number
            }
        }
    )*};
}

by_number!(Key, Value);

/// A number below `end`, which the schedule chooses.
pub(crate) fn below(end: usize) -> usize {
    thread_rng().gen_range(0..end)
}

pub(crate) fn number() -> u64 {
    NUMBERS[below(NUMBERS.len())]
}

/// Drops one of those that are held.
pub(crate) fn drop_one<T>(held: &mut Vec<T>) {
    if !held.is_empty() {
        drop(held.swap_remove(below(held.len())));
    }
}

/// Runs `steps` steps on each of `threads` threads, and returns what they hold in the end.
pub(crate) fn on_threads<W, H>(
    (threads, steps): (usize, usize),
    world: &Arc<W>,
    step: fn(&W, &mut Vec<H>),
) -> Vec<H>
where
    W: Send + Sync + 'static,
    H: Send + 'static,
{
    let threads: Vec<_> = (0..threads)
        .map(|_| {
            let world = Arc::clone(world);
            thread::spawn(move || {
                let mut held = Vec::new();
                for _ in 0..steps {
                    step(&world, &mut held);
                }
                held
            })
        })
        .collect();
    let held = threads.into_iter().map(|thread| thread.join().unwrap());
    held.flatten().collect()
}
