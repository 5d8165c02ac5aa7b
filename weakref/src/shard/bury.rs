//! Burials: what is dead is taken out alone inside, and dropped after that.

use core::any::type_name;
use core::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::frame::{BURYING, Frame, Owed};
use super::{Alone, Bury, Leave, Shard};
use crate::unraisable::{Payload, Source, report};

impl<T: Bury> Shard<T> {
    /// Calls `bury` as what this thread does in the shard, and goes on with the panic that it returns.
    #[inline]
    fn burying(&self, bury: impl FnOnce() -> Option<Payload>) {
        let outer = BURYING.with(Cell::get);
        let burying = Frame::new(self.key() as u64, outer);
        BURYING.with(|top| top.set(&raw const burying));
        let over = Leave(|| BURYING.with(|top| top.set(outer)));
        let first = bury();
        drop(over);
        resume(first, name::<T>);
    }

    /// Drops an entry that was taken out, or leaves it to a call that reads a shard of the group; returns the first
    /// panic, `first` if it is one. Does not unwind.
    #[inline]
    fn drop_entry(&self, entry: T::Entry, mut first: Option<Payload>) -> Option<Payload> {
        let entry = Frame::owe(self.group.0, entry, name::<T>);
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(entry))) {
            keep(&mut first, payload, name::<T>);
        }
        first
    }

    /// Leaves, for a reader to whom something was left to be dropped.
    #[cold]
    pub(super) fn leave_owing(&self, owed: Box<Owed>) {
        let leave = || self.leave_shared();
        let mut first = catch_unwind(AssertUnwindSafe(leave)).err();
        drop_owed(owed, &mut first);
        resume(first, name::<T>);
    }
}

impl<T: Bury> Alone<'_, T> {
    /// Drops the dead one by one, each after unlocking. PENDING was cleared.
    ///
    /// Does not nest on one thread: else what is buried would need a stack as deep as the dead are
    /// many, if it uses the shard. The call further out is on the way to take PENDING again.
    #[cold]
    pub(super) fn bury(self) {
        let shard = self.0;
        if Frame::is_in(&BURYING, shard.key() as u64) {
            return self.unlock_pending();
        }
        shard.burying(|| self.bury_all(None));
    }

    /// As [`Self::bury`]; returns the first panic, of which `first` is one if it is any. Does not unwind.
    fn bury_all(mut self, mut first: Option<Payload>) -> Option<Payload> {
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
                    // Not ours to mend: whoever comes next tries again.
                    self.unlock_pending();
                    keep(&mut first, payload, name::<T>);
                    return first;
                }
            };
            // By itself, so that its panic does not drop the entry here.
            let look = catch_unwind(AssertUnwindSafe(|| inside.has_dead()));
            // What is pushed after that look comes with a PENDING of its own.
            if *look.as_ref().unwrap_or(&true) {
                self.unlock_pending();
            } else if let Err(alone) = self.unlock() {
                alone.unlock_pending();
            }
            if let Err(payload) = look {
                keep(&mut first, payload, name::<T>);
            }
            first = shard.drop_entry(entry, first);
            let Some(alone) = shard.lock_pending() else {
                return first;
            };
            self = alone;
        }
    }
}

/// What the entries are called: by the compiler, if a hand-written name panics. Does not unwind.
pub(super) fn name<T: Bury>() -> &'static str {
    catch_unwind(T::type_name).unwrap_or_else(|payload| {
        report(Source::Burial, type_name::<T>(), payload);
        type_name::<T>()
    })
}

/// Drops what was left to a reader, which has left. Does not unwind.
pub(super) fn drop_owed(owed: Box<Owed>, first: &mut Option<Payload>) {
    for (entry, name) in owed.into_entries() {
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

/// Goes on with the first panic, unless there is another under way.
pub(super) fn resume(first: Option<Payload>, type_name: fn() -> &'static str) {
    match first {
        None => {}
        Some(payload) if std::thread::panicking() => report(Source::Burial, type_name(), payload),
        Some(payload) => resume_unwind(payload),
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
