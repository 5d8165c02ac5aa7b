//! Burials: what is dead is taken out alone inside, and dropped after that.

use core::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use super::frame::{BURYING, Frame};
use super::{Alone, Bury};
use crate::unraisable::{Payload, Source, report};

impl<T: Bury> Alone<'_, T> {
    /// Drops the dead one by one, each after unlocking. PENDING was cleared.
    ///
    /// Does not nest on one thread: else what is buried would need a stack as deep as the dead are
    /// many, if it uses the shard. The call further out is on the way to take PENDING again.
    #[cold]
    pub(super) fn bury(self) {
        let about = self.0.key() as u64;
        if Frame::is_in(&BURYING, about) {
            return self.unlock_pending();
        }
        let outer = BURYING.with(Cell::get);
        let burying = Frame { about, outer };
        BURYING.with(|top| top.set(&raw const burying));
        let first = self.bury_all();
        BURYING.with(|top| top.set(outer));
        resume(first, T::type_name());
    }

    /// As [`Self::bury`]; returns the first panic. Does not unwind.
    fn bury_all(mut self) -> Option<Payload> {
        let shard = self.0;
        let mut first = None;
        loop {
            let inside = self.inside();
            let take = || inside.take_dead().map(|entry| (entry, inside.has_dead()));
            let (entry, may_be_more) = match catch_unwind(AssertUnwindSafe(take)) {
                Ok(Some(taken)) => taken,
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
                    keep(&mut first, payload, T::type_name());
                    return first;
                }
            };
            // What is pushed after that look comes with a PENDING of its own.
            if may_be_more {
                self.unlock_pending();
            } else if let Err(alone) = self.unlock() {
                alone.unlock_pending();
            }
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(entry))) {
                keep(&mut first, payload, T::type_name());
            }
            let Some(alone) = shard.lock_pending() else {
                return first;
            };
            self = alone;
        }
    }
}

/// Keeps the first panic, and reports further ones.
pub(super) fn keep(first: &mut Option<Payload>, payload: Payload, type_name: &'static str) {
    match first {
        None => *first = Some(payload),
        Some(_) => report(Source::Burial, type_name, payload),
    }
}

/// Goes on with the first panic, unless there is another under way.
pub(super) fn resume(first: Option<Payload>, type_name: &'static str) {
    match first {
        None => {}
        Some(payload) if std::thread::panicking() => report(Source::Burial, type_name, payload),
        Some(payload) => resume_unwind(payload),
    }
}
