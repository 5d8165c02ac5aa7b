//! Burials: what is dead is taken out alone inside, and dropped after that.
//!
//! A death whose shard is free takes its own entry out without leaving a notice ([`Shard::bury`]):
//!
//! 1. It enters by one exchange, from a word in which there is nothing: nobody is inside, nobody waits, and no
//!    notice stands for which somebody is on the way (G3). In every other case it leaves its notice, as it
//!    would have to for whoever is inside.
//! 2. It leaves as a writer does. What became pending while it was inside is its to do (G2), after its own
//!    entry was dropped.
//! 3. It drops its entry as one that was taken out by a notice: while the shard is free, and after all that this thread
//!    reads (G7).
//! 4. Such burials nest, as the deaths do, and as deep: what dies in the drop of an entry is buried before that returns.
//!    Inside of a burial of this thread it enters too where something is pending, and leaves that to the one
//!    further out, which is on the way to it (G3). So does whoever would bury by notices: those do not nest.

use core::any::type_name;
use core::sync::atomic::Ordering::{Acquire, Relaxed};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::call::{BURYING, Call, Owed};
use super::{Alone, Bury, Leave, PENDING, Shard, WRITER};
use crate::death;
use crate::sync::{Bug, Word, order};
use crate::unraisable::{Payload, Source, report};

impl<T: Bury> Shard<T> {
    /// Takes an entry out and drops it, if nobody uses the shard and nothing waits to be buried; says whether
    /// it did.
    ///
    /// For who is told of one death, before its notice is left: see [`Wake::bury`](crate::watch::Wake::bury).
    /// `take` must not run user code: the shard is locked. The entry is dropped after it was unlocked.
    /// Waits for nobody.
    ///
    /// # Panics
    ///
    /// Panics if `take` does, and with the panic of an entry's drop.
    #[inline]
    pub fn bury(&self, take: impl FnOnce(&mut T) -> Option<T::Entry>) -> bool {
        let nests = self.is_buried_here();
        // Acquire: pairs with the Release of those who left.
        let enter = |word| {
            let acquire = order(Acquire, Bug::RelaxedBury);
            let entered = self
                .word
                .compare_exchange(word, word | WRITER, acquire, Relaxed);
            entered.is_ok()
        };
        // What is pending while this thread buries here is what it is on the way to.
        if !(enter(0) || nests && enter(PENDING)) {
            return false;
        }
        let mut alone = Alone(self);
        let Some(entry) = take(alone.inside()) else {
            return false;
        };
        if nests {
            alone.leave(0);
        } else if let Err(alone) = alone.unlock() {
            // Taken back below, if nobody comes first.
            alone.unlock_pending();
        }
        self.drop_buried(entry);
        true
    }

    /// Whether the death of a member now would happen at once, and the burial of its entry would be the outermost of this
    /// thread here: the death is not queued for want of stack, and nothing is buried here further out.
    ///
    /// For who takes an entry out together with the last handle of its member, and then drops it by
    /// [`drop_buried`](Self::drop_buried): where this says no, it leaves that to the death.
    ///
    /// # Examples
    ///
    /// See [`drop_buried`](Self::drop_buried).
    #[must_use]
    pub fn buries_at_once(&self) -> bool {
        !self.is_buried_here() && death::is_free()
    }

    /// Drops an entry that was taken out by [`Shard::write`] when its member ended, as one that was buried: not before
    /// this thread has left the shards that it reads.
    ///
    /// # Panics
    ///
    /// With the panic of an entry's drop.
    ///
    /// # Examples
    ///
    /// ```
    /// use weakref::watch::{Bury, Group, Shard};
    /// use weakref::SyncSlot;
    ///
    /// struct Names(Vec<String>);
    ///
    /// impl Bury for Names {
    ///     type Slot = SyncSlot;
    ///     type Entry = String;
    ///
    ///     fn take_dead(&mut self) -> Option<String> {
    ///         None
    ///     }
    /// }
    ///
    /// let shard = Shard::new(Names(vec!["rose".to_owned()]), Group::new());
    /// assert!(shard.buries_at_once());
    /// let name = shard.write(|names| names.0.pop()).unwrap();
    /// shard.drop_buried(name);
    /// ```
    pub fn drop_buried(&self, entry: T::Entry) {
        let nests = self.is_buried_here();
        self.burying(|| {
            let first = Self::drop_entry(entry, None);
            if nests {
                // What is pending the call further out is on the way to do.
                return first;
            }
            match self.lock_pending() {
                Some(alone) => alone.bury_all(first, &mut |_| ()),
                None => first,
            }
        });
    }

    /// Whether this thread is burying in this shard, further out.
    fn is_buried_here(&self) -> bool {
        Call::is_in(&BURYING, self.key() as u64)
    }

    /// Calls `bury` as a burial of this thread in the shard, and resumes the panic that it returns.
    #[inline]
    fn burying(&self, bury: impl FnOnce() -> Option<Payload>) {
        let burying = Call::new(self.key() as u64);
        burying.enter(&BURYING);
        let over = Leave(|| burying.leave(&BURYING));
        let first = bury();
        drop(over);
        resume(first, name::<T>);
    }

    /// Drops an entry that was taken out, or leaves it to a call that reads a shard; returns the first
    /// panic, `first` if it is one. Does not unwind.
    #[inline]
    fn drop_entry(entry: T::Entry, mut first: Option<Payload>) -> Option<Payload> {
        // SAFETY: 1, `Shard::new` asks for it, and what a shard is made of stays: `T` is invariant. The compiler lets the result
        // of a closure borrow where the closure itself is `'static`, which can belie any such bound, those of std too: issue
        // 84366 of rust-lang/rust.
        let entry = unsafe { Call::owe(entry, name::<T>) };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(entry))) {
            keep(&mut first, payload, name::<T>);
        }
        first
    }

    /// Leaves the shard as a reader that was left something to drop.
    #[cold]
    pub(super) fn leave_owing(&self, owed: Box<Owed>) {
        let leave = || self.leave_shared();
        let mut first = catch_unwind(AssertUnwindSafe(leave)).err();
        drop_owed(owed, &mut first);
        resume(first, name::<T>);
    }
}

impl<T: Bury> Alone<'_, T> {
    /// Shows the dead to `each` and drops them, one by one, each after unlocking. PENDING was cleared.
    ///
    /// Does not nest on one thread: a buried entry that uses the shard would otherwise need one stack frame for each
    /// of the dead. The outer call is about to take PENDING again.
    #[cold]
    pub(super) fn bury(self, each: &mut dyn FnMut(&T::Entry)) {
        let shard = self.0;
        if shard.is_buried_here() {
            return self.unlock_pending();
        }
        shard.burying(|| self.bury_all(None, each));
    }

    /// As [`Self::bury`]; returns the first panic, of which `first` is one if it is any. Does not unwind.
    fn bury_all(
        mut self,
        mut first: Option<Payload>,
        each: &mut dyn FnMut(&T::Entry),
    ) -> Option<Payload> {
        let shard = self.0;
        loop {
            let inside = self.inside();
            let entry = match catch_unwind(AssertUnwindSafe(|| inside.take_dead())) {
                Ok(Some(entry)) => entry,
                Ok(None) => match self.unlock() {
                    Ok(()) => return first,
                    Err(alone) => {
                        self = alone;
                        continue;
                    }
                },
                Err(payload) => {
                    // Nothing to repair here: whoever comes next tries again.
                    self.unlock_pending();
                    keep(&mut first, payload, name::<T>);
                    return first;
                }
            };
            // Caught on its own, so that its panic does not drop the entry here.
            let look = catch_unwind(AssertUnwindSafe(|| inside.has_dead()));
            // A notice that is pushed after this check sets PENDING itself.
            if *look.as_ref().unwrap_or(&true) {
                self.unlock_pending();
            } else if let Err(alone) = self.unlock() {
                alone.unlock_pending();
            }
            if let Err(payload) = look {
                keep(&mut first, payload, name::<T>);
            }
            // As that of the look.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| each(&entry))) {
                keep(&mut first, payload, name::<T>);
            }
            first = Shard::<T>::drop_entry(entry, first);
            let Some(alone) = shard.lock_pending() else {
                return first;
            };
            self = alone;
        }
    }
}

/// The name of the entries; the compiler's, if a hand-written one panics. Does not unwind.
pub(super) fn name<T: Bury>() -> &'static str {
    catch_unwind(T::type_name).unwrap_or_else(|payload| {
        report(Source::Burial, type_name::<T>(), payload);
        type_name::<T>()
    })
}

/// Drops what was left to a reader, which has left. Does not unwind.
pub(super) fn drop_owed(owed: Box<Owed>, first: &mut Option<Payload>) {
    for entry in owed.into_entries() {
        let name = entry.type_name;
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(entry))) {
            keep(first, payload, name);
        }
    }
}

/// Keeps the first panic, and reports further ones.
#[cold]
pub(super) fn keep(first: &mut Option<Payload>, payload: Payload, type_name: fn() -> &'static str) {
    match first {
        None => *first = Some(payload),
        Some(_) => report(Source::Burial, type_name(), payload),
    }
}

/// Resumes the first panic, unless the thread is panicking already.
pub(super) fn resume(first: Option<Payload>, type_name: fn() -> &'static str) {
    match first {
        None => {}
        Some(payload) if std::thread::panicking() => report(Source::Burial, type_name(), payload),
        Some(payload) => resume_unwind(payload),
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
