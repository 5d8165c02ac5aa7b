//! Panic injection: each script runs once for every call of user code in it, and that call panics. Nothing may leak, be
//! dropped twice, be left locked or inconsistent, whatever is thrown, also while the thread unwinds.
//!
//! A run ends with one panic, or goes on to panic at every later call too; with a payload that is plain, or that panics
//! when it is dropped; on a thread that runs, or that unwinds. `WEAKREF_LONG` takes all of these, and a second panic at
//! every small distance from the first. `WEAKREF_SCRIPT` picks the scripts whose name contains it; `WEAKREF_TRACE` tells
//! each run before it starts, to find one that aborts.
//!
//! A binary of its own, because of its allocator and its panic hook. A script must not leak by its own fault: the
//! compiler leaks a function's result when a local's drop panics after it is in its place, and a hash map of std the
//! entries that come after one whose drop panics. So scripts drop such locals first, and leave such maps to their kit.
//!
//! Not here: the exit phase, which ends a process; what blocks a thread; and the failure of the allocator, which aborts.

mod covered;
mod items;
mod key_map;
mod list;
mod ordered;
mod pair_map;
mod pointers;
mod sets;
mod shared;
mod suite;
mod tasks;
mod value_map;
mod world;
mod written;

#[global_allocator]
static ALLOCATOR: weakref_tests::counting::CountingAllocator =
    weakref_tests::counting::CountingAllocator;
