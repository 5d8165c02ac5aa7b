//! A slot of one weak reference that threads share.

#![forbid(unsafe_code)]

use core::convert::Infallible;
use core::fmt;
use core::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::ending::drop_first;
use crate::finalizer_safe::FinalizerSafe;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::WeakRef;

/// A slot of one weak reference, which is filled again when its object is dead: once, for all threads
/// that ask.
///
/// For many objects by their key see the maps of `weakref-containers`.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use weakref::{Strong, WeakCell, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Pool;
///
/// static POOL: WeakCell<Pool> = WeakCell::new();
/// static MADE: AtomicU32 = AtomicU32::new(0);
///
/// /// The one pool, for as long as anybody uses it.
/// fn pool() -> Strong<Pool> {
///     POOL.get_or_init(|| {
///         MADE.fetch_add(1, Relaxed);
///         Strong::new(Pool)
///     })
/// }
///
/// let (a, b) = (pool(), pool());
/// assert!(Strong::ptr_eq(&a, &b));
/// drop((a, b));
/// assert!(POOL.get().is_none());
/// let _again = pool();
/// assert_eq!(MADE.load(Relaxed), 2);
/// ```
pub struct WeakCell<T: ?Sized + WeakReferenceable> {
    /// No user code runs while it is locked.
    reference: Mutex<WeakRef<T>>,
    /// Locked while a constructor runs.
    flight: Mutex<()>,
    /// The thread whose constructor runs.
    leader: Mutex<Option<ThreadId>>,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Records at its drop that no constructor runs any more, even after a panic.
struct Leads<'a>(&'a Mutex<Option<ThreadId>>);

impl Drop for Leads<'_> {
    fn drop(&mut self) {
        *lock(self.0) = None;
    }
}

impl<T: WeakReferenceable> WeakCell<T> {
    /// Makes a cell that refers to nothing.
    ///
    /// Of a `dyn` type it is made from a reference that is coerced; of text use `Object<String>`.
    ///
    /// ```
    /// # use weakref::{Object, WeakCell, WeakRef, coerce};
    /// static NAME: WeakCell<Object<String>> = WeakCell::new();
    /// assert!(NAME.get().is_none());
    ///
    /// type Handler = Object<dyn Fn() + Send + Sync>;
    /// let handler = WeakCell::<Handler>::from(coerce!(WeakRef::<Object<fn()>>::new() => Handler));
    /// assert!(handler.get().is_none());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self {
            reference: Mutex::new(WeakRef::new()),
            flight: Mutex::new(()),
            leader: Mutex::new(None),
        }
    }
}

impl<T: ?Sized + WeakReferenceable> WeakCell<T> {
    /// Makes a strong handle, if the object is alive.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakCell};
    /// let name = Strong::new(Object("a"));
    /// let cell = WeakCell::from(Strong::downgrade(&name));
    /// assert_eq!(cell.get().unwrap().0, "a");
    /// drop(name);
    /// assert!(cell.get().is_none());
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn get(&self) -> Option<Strong<T>> {
        let strong = lock(&self.reference).upgrade_unseen();
        strong.map(Strong::upgraded)
    }

    /// Puts another reference in the place of the one that is returned.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakCell, WeakRef};
    /// let (a, b) = (Strong::new(Object("a")), Strong::new(Object("b")));
    /// let cell = WeakCell::from(WeakRef::of(&a));
    /// assert_eq!(cell.replace(WeakRef::of(&b)), WeakRef::of(&a));
    /// assert_eq!(cell.get().unwrap().0, "b");
    /// ```
    pub fn replace(&self, reference: WeakRef<T>) -> WeakRef<T> {
        mem::replace(&mut *lock(&self.reference), reference)
    }

    /// Makes a strong handle; if the object is dead, of a new one that `init` makes.
    ///
    /// Of several threads that ask, one runs its `init`, and the others wait for it. Each that finds the
    /// new object dead again when its turn comes runs its own. If [`WeakCell::replace`] puts a live object
    /// there meanwhile, that is the one, and what `init` made is dropped. A panic of `init` leaves the
    /// cell as it was.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakCell};
    /// let cell = WeakCell::new();
    /// let one = cell.get_or_init(|| Strong::new(Object(1)));
    /// let same = cell.get_or_init(|| unreachable!("it is alive"));
    /// assert!(Strong::ptr_eq(&one, &same));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `init` does, or asks the same cell. Cells whose `init`s on two threads ask each other
    /// wait for ever.
    #[track_caller]
    pub fn get_or_init(&self, init: impl FnOnce() -> Strong<T>) -> Strong<T> {
        match self.get_or_try_init(|| Ok::<_, Infallible>(init())) {
            Ok(strong) => strong,
            Err(never) => match never {},
        }
    }

    /// As [`WeakCell::get_or_init`], with an `init` that may fail: then the next thread that waits runs
    /// its own.
    ///
    /// ```
    /// # use weakref::{Object, Strong, WeakCell};
    /// let cell = WeakCell::new();
    /// let parse = |text: &str| cell.get_or_try_init(|| text.parse::<u32>().map(|n| Strong::new(Object(n))));
    /// assert!(parse("one").is_err());
    /// assert_eq!(parse("1")?.0, 1);
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the error of `init`.
    ///
    /// # Panics
    ///
    /// As [`WeakCell::get_or_init`].
    #[track_caller]
    pub fn get_or_try_init<E>(
        &self,
        init: impl FnOnce() -> Result<Strong<T>, E>,
    ) -> Result<Strong<T>, E> {
        if let Some(strong) = self.get() {
            return Ok(drop_first(init, strong));
        }
        let this_thread = thread::current().id();
        assert!(
            *lock(&self.leader) != Some(this_thread),
            "weakref: the constructor of a `WeakCell` asks for its own value"
        );
        let flight = lock(&self.flight);
        if let Some(strong) = self.get() {
            // What `init` owns is dropped with no lock held.
            return Ok(drop_first((flight, init), strong));
        }
        *lock(&self.leader) = Some(this_thread);
        let leads = Leads(&self.leader);
        let made = init()?;
        let mut other = Strong::downgrade(&made);
        let mut reference = lock(&self.reference);
        let winner = reference.upgrade_unseen();
        if winner.is_none() {
            mem::swap(&mut *reference, &mut other);
        }
        drop(reference);
        drop(leads);
        drop(flight);
        // With no lock held: it may free what an allocator tells its user of.
        drop(other);
        // The object that lost is dropped with no lock held.
        Ok(match winner {
            Some(winner) => drop_first(made, winner.upgraded()),
            None => made,
        })
    }
}

impl<T: WeakReferenceable> Default for WeakCell<T> {
    /// As [`WeakCell::new`].
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized + WeakReferenceable> From<WeakRef<T>> for WeakCell<T> {
    fn from(reference: WeakRef<T>) -> Self {
        Self {
            reference: Mutex::new(reference),
            flight: Mutex::new(()),
            leader: Mutex::new(None),
        }
    }
}

impl<T: ?Sized + WeakReferenceable> FinalizerSafe for WeakCell<T> {}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for WeakCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reference = lock(&self.reference).clone();
        f.debug_tuple("WeakCell").field(&reference).finish()
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::Duration;

    use super::WeakCell;
    use crate::slot::SyncSlot;
    use crate::strong::Strong;

    struct Unwilling(bool);

    impl crate::referenceable::WeakReferenceable for Unwilling {
        type Slot = SyncSlot;
    }

    impl Drop for Unwilling {
        fn drop(&mut self) {
            assert!(!self.0, "never");
        }
    }

    #[test]
    fn a_panic_of_the_drop_of_what_who_waited_did_not_use_is_survived() {
        let (cell, unused) = (WeakCell::new(), Unwilling(true));
        let (begun, begins) = channel();
        thread::scope(|scope| {
            let first = scope.spawn(|| {
                cell.get_or_init(|| {
                    begun.send(()).expect("it is waited for");
                    // Time for the other thread to begin to wait. If it is late, it finds the object at once.
                    thread::sleep(Duration::from_millis(50));
                    Strong::new(Unwilling(false))
                })
            });
            begins.recv().expect("it is sent");
            let thrown = catch_unwind(AssertUnwindSafe(|| {
                cell.get_or_init(move || {
                    let _captured = &unused;
                    unreachable!("there is an object")
                })
            }));
            assert!(thrown.is_err());
            let first = first.join().expect("it does not panic");
            assert_eq!(Strong::strong_count(&first), 1);
        });
    }

    #[test]
    fn the_default_refers_to_nothing() {
        assert!(WeakCell::<Unwilling>::default().get().is_none());
    }

    #[test]
    fn a_panic_of_the_drop_of_what_lost_is_survived() {
        let (cell, winner) = (WeakCell::new(), Strong::new(Unwilling(false)));
        let thrown = catch_unwind(AssertUnwindSafe(|| {
            cell.get_or_init(|| {
                cell.replace(Strong::downgrade(&winner));
                Strong::new(Unwilling(true))
            })
        }));
        assert!(thrown.is_err());
        assert_eq!(Strong::strong_count(&winner), 1);
    }
}
