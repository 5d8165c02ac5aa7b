//! Containers that any number of threads use through `&self`, and that bury their dead at once.
//!
//! When a member dies while nobody is inside its part of the container, its entry, key included, is
//! freed before the dropping call returns; otherwise by whoever is inside, before that call returns.
//! Nothing lingers, and no call is needed for it.
//!
//! Nothing that these containers return holds a lock: what comes out is owned. No code of yours runs
//! while they are locked exclusively: no `Drop`, `Hash`, `Eq`, constructor or closure. What may run under a
//! shared lock is `Eq` and `Clone` of the strongly held keys of [`WeakValueMap`]: it may read the same map, and
//! panics if it changes it. The entries of what dies meanwhile on its thread leave the map at once, and their keys are
//! dropped when that thread compares no key of any shared map any more. `Eq` of weakly held keys and members runs unlocked, and
//! may change the container that calls it: what it enters there is compared as well, if it has the same hash.
//!
//! For types with a [`SyncSlot`](weakref::SyncSlot) a container is divided into shards and can stand in a
//! `static`; for types with a [`LocalSlot`](weakref::LocalSlot) it is one cell without any atomic operation.
//!
//! ```
//! use std::sync::LazyLock;
//! use weakref::{Strong, WeakReferenceable};
//! use weakref_containers::shared::WeakValueMap;
//!
//! #[derive(WeakReferenceable)]
//! struct Image(u8);
//!
//! static IMAGES: LazyLock<WeakValueMap<String, Image>> = LazyLock::new(WeakValueMap::new);
//!
//! let image = IMAGES.get_or_insert_with("logo".into(), || Strong::new(Image(7)));
//! let same = std::thread::spawn(|| IMAGES.get("logo").unwrap());
//! assert!(Strong::ptr_eq(&image, &same.join().unwrap()));
//! drop(image);
//! assert_eq!(IMAGES.len(), 0, "its entry is gone");
//!
//! let images = [("a", Strong::new(Image(1))), ("b", Strong::new(Image(2)))];
//! (&*IMAGES).extend(images.iter().map(|(name, image)| (name.to_string(), image)));
//! assert_eq!(IMAGES.len(), 2);
//! ```
//!
//! # Drops that panic
//!
//! The panic of a buried key's or value's drop goes out of the call that buried it, once all that was to be buried is; the
//! panics of further ones are reported by the [hook](weakref::set_unraisable_hook). What that call still owns, such as
//! a key that it had not entered yet, is dropped on the way out: if that panics as well the process aborts, as with the
//! containers of std.
//!
//! # Tasks
//!
//! With the feature `async`, the calls of the three maps that may wait for a constructor have a form for tasks:
//! `try_insert_async`, `get_or_insert_async`, `get_or_insert_with_async`, `get_or_try_insert_with_async`. (`compute`, and
//! the forms that are given a borrowed key or give it to the constructor, `get_or_insert_with_ref`, `get_or_try_insert_with_ref` and `get_or_insert_with_key`, have none: within a
//! task, use them for keys that no task makes.) Their
//! futures leave a waker instead of blocking the thread, run on whatever executor, and are [`Send`] if what they are
//! made of is. Tasks and threads that want one key wait for each other: one constructor runs for all.
//!
//! Nothing happens before the first poll. To drop a future is to give up: one that waits is forgotten, and if it is
//! the one whose constructor runs, another runs its own. A constructor that asks for a key waits for it until that
//! future is ready or dropped, also if it runs others beside it: that is what a cycle is made of.
//!
//! Their documentation is built by `cargo doc --features weakref-containers/async --open` in a crate that depends on this one, and by
//! `cargo doc -p weakref-containers --features async --open` in the repository; that of the strong tier likewise, by `strong-tier`.
//!
//! # The strong tier
//!
//! With the feature `strong-tier`, a [`WeakValueMap`] or an [`Interner`] can keep a bounded number of its members alive
//! by itself, about those that were used last: what was just released and is wanted again need not be made again. It is
//! asked for with `with_strong_tier`, and says there what it keeps. The others cost nothing.
//!
//! # What can still deadlock
//!
//! An `Eq` of a key that waits for something which another thread gives only after it has changed the same
//! map: the other waits for the reader, and the reader for the other. Where a third thread wants to change it, a lookup by the
//! other is enough, as new readers let a writer go first; and in a map with a strong tier it is enough anyway, as a lookup
//! enters there what it has found. What another thread gives may also be a key of another map that it makes.
//!
//! ```no_run
//! use std::sync::Mutex;
//!
//! static GATE: Mutex<()> = Mutex::new(());
//!
//! struct Key(u32);
//!
//! impl PartialEq for Key {
//!     fn eq(&self, other: &Self) -> bool {
//!         // Another thread that holds GATE while it inserts into the map waits for this comparison to end.
//!         let _waits = GATE.lock();
//!         self.0 == other.0
//!     }
//! }
//! ```
//!
//! A call under a lock of the user's which the `Drop` of a key or of a value takes as well. Every call of a shared
//! container, a lookup and `len` too, may drop what has died on other threads meanwhile: who dies while somebody is
//! inside leaves its entry to that one. An exit that begins in an `Eq` or in such a `Drop` is a call that does not return: what
//! is left to it from there on, by actions that run at exit too, is not dropped.
//!
//! ```no_run
//! use std::sync::Mutex;
//! use weakref::Object;
//! use weakref_containers::shared::WeakValueMap;
//!
//! static GATE: Mutex<u32> = Mutex::new(0);
//!
//! #[derive(PartialEq, Eq, Hash)]
//! struct Key(u32);
//!
//! impl Drop for Key {
//!     fn drop(&mut self) {
//!         *GATE.lock().unwrap() += 1;
//!     }
//! }
//!
//! fn look(map: &WeakValueMap<Key, Object<u32>>, key: &Key) {
//!     let _held = GATE.lock().unwrap();
//!     map.get(key); // May drop another key, which waits for `_held`: give it back first.
//! }
//! ```
//!
//! An `Eq` of weakly held keys that enters another live object of the same hash whenever it is called: each is
//! compared in turn, for ever.
//!
//! A constructor given to `get_or_insert_with` that waits for another thread or task, which asks for the same key. A
//! constructor that asks for its own key, and a cycle of keys over several threads and tasks, panic instead: a wait that begins
//! within a constructor takes O(constructions that wait for that one, directly and through others), under a lock of the
//! process, and O(those that wait for the same) when it ends. One outside of any constructor takes neither. What runs
//! within a constructor counts as its code, and so does the `Drop` of a key that is buried there, because its value died
//! in the constructor, or died elsewhere while the constructor looked into the map: one that asks for the key that is
//! being made panics.
//! A waker that is called there is no code of the constructor, so that the task it polls may await the key. But where it
//! blocks the thread, by a call for that key or for one that is made by who waits for it, it panics as well, and so does what a
//! constructor that it begins there awaits.
//!
//! A `Drop` of an entry that kills another member, and waits for that one's entry to be dropped, as by joining a thread that
//! ends with it: if another thread is inside the same part of the container at that moment, the entry is that one's to
//! drop, which may itself wait. Or if so many deaths are nested already that this one is queued.
//!
//! A global allocator that runs other code at each call, if that uses the container that calls it. Part of a container is
//! locked while it makes room or gives room back, enters what stands in other containers too, or collects what a walk
//! shows. Such code may drop handles, drop futures that wait, and use other containers. To look into this one, change it, or
//! drop a future whose constructor has begun for it, is to wait for oneself; one of local types panics.
//!
//! A call that blocks the thread of an executor, and waits for what a task of the same thread makes: of that key,
//! await the `_async` form. A map of local types panics instead. And a future whose constructor has begun, and that is
//! neither polled nor dropped: those who want its key wait for it.

#[cfg(feature = "async")]
mod asynchronous;
mod calls;
mod events;
mod flight;
mod found;
mod interner;
mod key_map;
mod pair_map;
mod room;
mod set;
mod sharded;
mod shares;
mod slotted;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
#[cfg(feature = "strong-tier")]
mod tier;
#[cfg(not(feature = "strong-tier"))]
#[path = "shared/no_tier.rs"]
mod tier;
mod value_map;
mod waits;
mod wakers;
mod walk;

pub use self::interner::Interner;
pub use self::key_map::{IdentityWeakKeyMap, KeyMap, KeyMapIter, WeakKeyMap};
pub use self::pair_map::{IdentityWeakPairMap, PairMap, PairMapIter, WeakPairMap};
pub use self::set::{IdentityWeakSet, Set, SetIter, WeakSet};
pub use self::shares::{Shared, Shares};
#[cfg(feature = "strong-tier")]
pub use self::tier::StrongTier;
pub use self::value_map::{Iter, WeakValueMap};
