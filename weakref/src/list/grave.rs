//! The shared part of a graveyard: the stack on which deaths leave their notices, and who frees it.
//!
//! A notice is the header or the [`Registration`] whose entry it is about.
//!
//! Y1: a graveyard is not freed before its owner abandoned it, nor before a registration that leaves
//! has left; nor while the slot of an object is locked of which an entry is registered with it, or a
//! notice is kept back for it or stands on its stack.
//!
//! It is freed by `end` only, when as many have left as the owner counted when it abandoned it. Who
//! counts and does not leave, leaks it: that is a passive one's notice that the owner did not drain.
//! What remains:
//! * Registered: its `Watched` leaves after the entry was ended, under the lock; or a waking death
//!   leaves after it took the entry and told the owner.
//! * Kept back: the death leaves after `notify`, which locks the slot.
//! * On a waking one's stack: the death may have left. `end` drains the stack before it frees, and a
//!   drain locks the slot; so did the owner's drain before it abandoned the graveyard.
//! * On a passive one's stack: the owner counts it until it is drained, which locks the slot.
//!
//! Y2: a notice is not freed before it is drained. Its weak unit and its node are its `Watched`'s, which
//! gives both to the notice if it finds it FIRED, under the lock; after that only who drains has them.
//!
//! Who holds what when nobody but the racing parties is left. All claims are one look at the entry's
//! link, under the slot's lock:
//!
//! | place | what it holds then | a loser may let go at once of | model |
//! |---|---|---|---|
//! | a death's `take` of the list, and `push` | the implicit weak unit; the registration, which has not left, keeps the grave | | `removal_races_death` |
//! | `Locked::end`, of `Watched::drop`, in time | the entry's weak unit and node; it leaves the grave after the unlock | | `graveyard_drop_races_end::removal` |
//! | the same, too late: FIRED | nothing any more: unit and node are the notice's | nothing: it gave them to the notice under the lock | `removal_races_death`, `withdrawal_races_drain` |
//! | the same, after the drain: TAKEN | the entry's weak unit and node | these, and the block may go | `withdrawal_races_drain::dead_before` |
//! | `Notice::drain` | the notice's pin: the entry's unit, or its own once withdrawn, given up after the unlock | | `losers_let_go::a_drain_a_withdrawal_and_a_death` |
//! | a death's `wake` | the dying thread's weak unit; its death has not left, which keeps the grave | the grave, when it leaves | `waking::owner_goes` |
//! | `abandon`, of the owner | all registrations that have not left | the grave: the last to leave frees it | `graveyard_drop_races_end`, `losers_let_go` |
//! | `forget_left` | the owner, who has not abandoned it | | none: `&mut` |

use core::any::type_name;
use core::marker::PhantomData;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Held, Locked, NODE, Registration, TAKEN, WITHDRAWN, tag, tagged, untag};
use crate::raw;
use crate::slot::{Header, Shape, Slot};
use crate::sync::{Bug, Link, Size, free, order, seeded};
use crate::unraisable::{Source, report};

/// The shared part of a graveyard: where deaths leave their notices.
#[repr(align(8))]
pub(crate) struct Grave<S: Slot> {
    /// The newest notice: a header, or a [`Registration`] tagged NODE.
    stack: S::Link,
    /// Notices whose entry still stands. Counted before the push, so that it is never too low.
    pub(crate) dead: S::Size,
    /// Who has touched this for the last time: registrations that ended before their referent died,
    /// and deaths that woke the owner. Less all registrations, once the graveyard is gone: then
    /// whoever makes it 0 frees this.
    left: S::Size,
    /// Tells the owner that a notice has come.
    pub(super) waker: Option<Waker>,
}

/// Tells the owner. Of a kind that may go where the graveyard may go. Never unwinds.
pub(crate) struct Waker(Box<dyn Fn()>);

impl Waker {
    /// One that calls `tell`, for an owner of type `W`, and keeps its panic in.
    pub(crate) fn new<W: ?Sized>(tell: impl Fn() + 'static) -> Self {
        Self(Box::new(move || {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(&tell)) {
                report(Source::Burial, type_name::<W>(), payload);
            }
        }))
    }

    pub(super) fn wake(&self) {
        (self.0)();
    }
}

impl<S: Slot> Grave<S> {
    pub(crate) fn new(waker: Option<Waker>) -> Self {
        Self {
            stack: S::Link::new(core::ptr::null_mut()),
            dead: S::Size::new(0),
            left: S::Size::new(0),
            waker,
        }
    }

    pub(crate) fn is_waking(&self) -> bool {
        self.waker.is_some()
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Relaxed: whoever takes the stack acquires it.
        self.stack.hint(Relaxed).is_some_and(<*mut ()>::is_null)
    }

    /// Takes the whole stack; the caller reads it with [`Notice::drain`].
    pub(crate) fn take(&self) -> Notice<S> {
        // Acquire: pairs with the Release of the push, so that the entries' links are seen.
        // The slot's lock, which the push holds and the drain takes, would do alone.
        Notice(
            self.stack
                .swap(core::ptr::null_mut(), order(Acquire, Bug::RelaxedTake)),
            PhantomData,
        )
    }

    /// Puts a notice on the stack, in the state FIRED or WITHDRAWN.
    ///
    /// # Safety
    ///
    /// 1. `notice` is the header, or the registration tagged NODE, in which `entry` stands, by the
    ///    address that came from its allocation; it comes with its weak unit.
    /// 2. The entry was registered with this graveyard, or its notice kept back for it, until now.
    pub(super) unsafe fn push(&self, notice: *mut (), entry: Held<'_, S>, state: usize) {
        let mut top = self.stack.load(Relaxed);
        loop {
            entry.set_link(tagged(top, state));
            if seeded(Bug::PushOverwrites) {
                self.stack.store(notice, Release);
                return;
            }
            // Release: pairs with the Acquire of `take`.
            match self.stack.compare_exchange(
                top,
                notice,
                order(Release, Bug::RelaxedPush),
                Relaxed,
            ) {
                Ok(_) => return,
                Err(now) => top = now,
            }
        }
    }

    /// The caller has touched the grave for the last time: its registration ended before a death,
    /// or its death has told the owner.
    ///
    /// # Safety
    ///
    /// 1. The registration is one of this graveyard's, and nobody left for it before.
    pub(crate) unsafe fn leave(grave: *mut Self) {
        // SAFETY: it is not freed before this registration has left (1, Y1).
        let left = unsafe { &(*grave).left };
        // Release: pairs with the Acquire of whoever frees it.
        let old = left.wrapping_add(1, order(Release, Bug::RelaxedWithdrawal));
        if old == usize::MAX {
            // SAFETY: 1, the owner's count was taken off, and this is the last that it counted.
            unsafe { Self::end(grave) };
        }
    }

    /// Counts from zero again, before the count of those who left reaches the top; returns what it was.
    /// Only before the owner has left.
    pub(crate) fn forget_left(&self) -> usize {
        let left = self.left.load(Relaxed);
        // Relaxed: those who left stay ordered before whoever frees this, across other changes.
        self.left.fetch_sub(left, Relaxed);
        left
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn pretend_left(&self, more: usize) {
        self.left.wrapping_add(more, Relaxed);
    }

    /// The owner has touched the grave for the last time: whoever leaves it last frees it.
    ///
    /// # Safety
    ///
    /// 1. The caller owns the graveyard and gives it up: it came from a box, was not abandoned, and no
    ///    more registrations are made.
    /// 2. `registered` of those that were made have left or will, or never do.
    pub(crate) unsafe fn abandon(grave: *mut Self, registered: usize) {
        // SAFETY: it is not freed before it is abandoned (1, Y1).
        let left = unsafe { &(*grave).left };
        // Release: as in `leave`.
        let old = left.fetch_sub(registered, order(Release, Bug::RelaxedAbandon));
        if old == registered || seeded(Bug::GraveNotCounted) {
            // SAFETY: 1, all that were counted (2) had left before the owner did.
            unsafe { Self::end(grave) };
        }
    }

    /// Frees the grave, and first what is left on its stack.
    ///
    /// # Safety
    ///
    /// 1. The owner has abandoned it and all that it counted have left, of whom the caller is the last.
    ///    It came from a box.
    unsafe fn end(grave: *mut Self) {
        // SAFETY: only the last frees it, which is this caller (1).
        let this = unsafe { &*grave };
        // Acquire: pairs with the Release of everybody who left.
        this.left.load(order(Acquire, Bug::RelaxedGraveEnd));
        let mut notices = this.take();
        // SAFETY: 1, taken from it just now; the owner drained, and has given it up (1).
        while let Some(drained) = unsafe { notices.drain(this) } {
            if let Drained::Withdrawn(header, shape) = drained {
                // SAFETY: 1, a drained notice's unit, of an object that died; 2, the shape that its
                // `Watched` left in the token.
                unsafe { raw::release_weak_erased(header, shape) };
            }
        }
        // SAFETY: 1, from a box, and nobody touches it any more (1): nothing stands on its stack, and
        // `this` is not used again.
        unsafe { free(grave) };
    }
}

/// A stack of notices, by its newest.
pub(crate) struct Notice<S: Slot>(*mut (), PhantomData<*mut Header<S>>);

/// What a drained notice turned out to be.
pub(crate) enum Drained<S: Slot> {
    /// The entry of this referent stands, with this token.
    Dead(*mut Header<S>, u64),
    /// The entry is gone; its weak unit is the caller's to release, for a value of this shape.
    Withdrawn(*mut Header<S>, Shape),
}

impl<S: Slot> Notice<S> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_null()
    }

    pub(crate) const fn none() -> Self {
        Self(core::ptr::null_mut(), PhantomData)
    }

    /// Takes the newest notice off.
    ///
    /// # Safety
    ///
    /// 1. What is left of the stack was taken from the graveyard `grave`, and nobody else drains it.
    pub(crate) unsafe fn drain(&mut self, grave: &Grave<S>) -> Option<Drained<S>> {
        if self.0.is_null() {
            return None;
        }
        let node = if tag(self.0) == NODE {
            untag(self.0)
        } else {
            core::ptr::null_mut::<Registration<S>>()
        };
        let header: *mut Header<S> = if node.is_null() {
            untag(self.0)
        } else {
            // SAFETY: a notice is not freed before it is drained (Y2), which is done here.
            unsafe { &*node }.header()
        };
        // SAFETY: 1, the notice's weak unit (Y2): its `Watched` gives it back only after it has locked,
        // and found the notice drained.
        let locked = unsafe { Locked::new(header) };
        // SAFETY: 1, of this header; its `Watched` frees it only after it has locked too (Y2).
        let entry = unsafe { locked.entry(node) };
        let (link, token) = (entry.link(), entry.token());
        self.0 = if tag(link) & NODE == 0 {
            untag(link)
        } else {
            tagged(untag::<()>(link), NODE)
        };
        if tag(link) & !NODE == WITHDRAWN {
            drop(locked);
            if !node.is_null() {
                // SAFETY: 1, from a box; withdrawn, it was the notice's, and is now the caller's alone
                // (Y2).
                unsafe { free(node) };
            }
            return Some(Drained::Withdrawn(header, Shape::decode(token)));
        }
        entry.set_link(tagged(core::ptr::null_mut::<()>(), TAKEN));
        grave.dead.fetch_sub(1, Relaxed);
        Some(Drained::Dead(header, token))
    }
}
