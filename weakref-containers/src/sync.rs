//! The seam of the shared containers: what of std a model replaces, and the mistakes it puts in.

#[cfg(all(loom, feature = "strong-tier"))]
pub(crate) use loom::sync::atomic::AtomicU32;
#[cfg(loom)]
pub(crate) use loom::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool};
#[cfg(all(shuttle, feature = "strong-tier"))]
pub(crate) use shuttle::sync::atomic::AtomicU32;
#[cfg(shuttle)]
pub(crate) use shuttle::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool};
#[cfg(all(not(any(loom, shuttle)), feature = "strong-tier"))]
pub(crate) use std::sync::atomic::AtomicU32;
#[cfg(not(any(loom, shuttle)))]
pub(crate) use std::sync::{Condvar, Mutex, MutexGuard, atomic::AtomicBool};

pub(crate) use weakref::__private::{Bug, Sequence, raise, seeded};

/// A thread-local value without a destructor.
macro_rules! per_thread {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;) => {
        #[cfg(loom)]
        loom::thread_local! { $(#[$attribute])* static $name: $type = $value; }
        #[cfg(shuttle)]
        shuttle::thread_local! { $(#[$attribute])* static $name: $type = $value; }
        #[cfg(not(any(loom, shuttle)))]
        std::thread_local! { $(#[$attribute])* static $name: $type = const { $value }; }
    };
}

/// A static; each execution of a model has its own.
macro_rules! global {
    ($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;) => {
        #[cfg(loom)]
        loom::lazy_static! { $(#[$attribute])* static ref $name: $type = $value; }
        #[cfg(shuttle)]
        shuttle::lazy_static! { $(#[$attribute])* static ref $name: $type = $value; }
        #[cfg(not(any(loom, shuttle)))]
        $(#[$attribute])* static $name: $type = $value;
    };
}

pub(crate) use {global, per_thread};

/// The least capacity of a tier's part, if there are several parts. A part with little capacity evicts what another
/// would still have room for.
#[cfg(feature = "strong-tier")]
pub(crate) const LEAST_SHARE: u64 = if cfg!(shuttle) { 1 } else { 32 };

/// So many shards that threads rarely meet in one: with two threads, 16 for each instead of 4 took a quarter off the time of a
/// lookup, and 64 no more. An empty shard takes some 350 bytes, so that machines with many cores have fewer for each. In a model
/// threads should meet.
pub(crate) fn shards() -> usize {
    for_each_thread(16).min(128).max(for_each_thread(4))
}

/// At most so many shards of a container whose strong tier divides its capacity among them: the fewer there are, the less
/// depends on how what is used spreads.
#[cfg(feature = "strong-tier")]
pub(crate) fn shards_of_tier() -> usize {
    for_each_thread(4)
}

fn for_each_thread(shards: usize) -> usize {
    #[cfg(loom)]
    return shards.min(1);
    #[cfg(shuttle)]
    return shards.min(2);
    #[cfg(not(any(loom, shuttle)))]
    {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        (shards * threads).next_power_of_two()
    }
}
