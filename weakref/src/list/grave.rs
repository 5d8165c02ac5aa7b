//! The shared part of a graveyard: the stack on which deaths leave their notices, and who frees it.
//!
//! A notice is the header or the [`Registration`] whose berth it is about.
//!
//! Y1: a graveyard is not freed before its owner abandoned it, nor before a registration that leaves
//! has left; nor while the slot of an object is locked of which a berth is registered with it, or a
//! notice is kept back for it or was withdrawn and stands on its stack.
//!
//! It is freed by `end` only, when as many have left as the owner counted when it abandoned it. Who
//! counts and does not leave, leaks it: that is a passive one's notice that the owner did not drain.
//! What remains:
//! * Registered: its `Watched` leaves after the berth was ended, under the lock; or a waking death
//!   leaves after it took the berth and told the owner.
//! * Kept back: the death leaves after `notify`, which locks the slot.
//! * Buried: whoever has the graveyard did not count it any more when the notice was (`Lent::bury`), and the death
//!   does not leave.
//! * Withdrawn, on a waking one's stack: the death may have left. `end` drains the stack before it
//!   frees, and the drain of a withdrawn notice locks the slot; so did the owner's drain before it
//!   abandoned the graveyard.
//! * Withdrawn, on a passive one's stack: the owner counts it until it is drained, which locks the slot.
//!
//! A notice on the stack that was not withdrawn keeps nothing: it is drained without the lock (Y3), and who
//! comes to withdraw it touches the graveyard only after the exchange by which it has.
//!
//! Y2: a notice is not freed before it is drained. Its weak unit and its node are its `Watched`'s, which
//! gives both to the notice by withdrawing it; after that only who drains has them.
//!
//! Y3: who pushes a notice touches neither its berth, nor its node, nor the graveyard of a passive one after the
//! push. The notice may be drained from then on, by who does not lock the slot, and node and graveyard
//! freed while the death still has it locked. The block is not: the death has its implicit unit. So the
//! notice is counted before the push, and nodes are left before they are pushed.
//!
//! Y4: on a stack a berth's link goes from FIRED to TAKEN, by the drain, or to WITHDRAWN, by its
//! `Watched`; each by exchange, so that one of the two comes about. No berth was ever TAKEN
//! before that: `take` sets TAKEN only where nothing is registered. So TAKEN says, to who looks without the
//! lock, that the notice is drained.
//! * Drained: the drainer read the token before the exchange, and touches nothing after it. It was
//!   counted when it was pushed, and the owner counts it now.
//! * Withdrawn: only then the shape is written to the token, and the notice is not counted any more. The
//!   drainer, whose exchange fails, waits for the lock before it reads the shape.
//!
//! Withdrawals and pushes exclude each other by the lock, so that what is kept back may be withdrawn too.
//!
//! Who holds what when nobody but the racing parties is left. Claims are a look at the berth's link
//! under the slot's lock, but for the drain's and that of who finds it drained:
//!
//! | place | what it holds then | a loser may let go at once of | model |
//! |---|---|---|---|
//! | a death's `take` of the list, and `push` | the implicit weak unit; the registration, which has not left and is not drained, keeps the grave until the push | | `removal_races_death`, `drain_races_death` |
//! | `Locked::end`, of `Watched::drop`, in time | the berth's weak unit and node; it leaves the grave after the unlock | | `graveyard_drop_races_end::removal` |
//! | the same, too late: FIRED | nothing after its exchange: unit and node are the notice's, which keeps the grave until the unlock | nothing: it gave them to the notice | `removal_races_death`, `withdrawal_races_drain` |
//! | the same, after the drain: TAKEN, found with the lock or without | the berth's weak unit and node | these, and the block may go | `withdrawal_races_drain::of_one`, `::of_a_node` |
//! | `Notice::drain` | the notice's pin: the berth's unit until the exchange, or its own once withdrawn, given up after the unlock | nothing: withdrawn is drained too | `losers_let_go::a_drain_a_withdrawal_and_a_death` |
//! | a death's `wake`, and the push | the dying thread's weak unit; its death has not left, which keeps the grave | the grave, when it leaves | `waking::owner_goes` |
//! | the same, and a burial | the dying thread's weak unit; the owner's strong handle, until it was told | owner and grave, when it was told | `burials::owner_goes` |
//! | `abandon`, of the owner | all registrations that have not left | the grave: the last to leave frees it | `graveyard_drop_races_end`, `losers_let_go` |
//! | `forget_left` | the owner, who has not abandoned it | | none: `&mut` |

use core::marker::PhantomData;
use core::mem::MaybeUninit;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{Berth, Held, Kept, Locked, OF_NODE, Registration, tag, tagged, untag};
use crate::raw;
use crate::slot::{Header, Shape, Slot};
use crate::sync::{Bug, Guarded, Link, Size, free, order, seeded};

/// The shared part of a graveyard: where deaths leave their notices.
#[repr(align(8))]
pub(crate) struct Grave<S: Slot> {
    /// The newest notice: a header, or a [`Registration`] tagged `OF_NODE`.
    stack: S::Link,
    /// Notices whose entry stands, and those that were drained and not taken off yet. Counted before the
    /// push, so that it is never too low.
    pub(super) dead: S::Size,
    /// Who has touched this for the last time: registrations that ended before their referent died,
    /// and deaths that woke the owner. Less all registrations, once the graveyard is gone: then
    /// whoever makes it 0 frees this.
    left: S::Size,
    /// Of one that is only looked at: so many of those that `dead` counts were drained. Changed by the owner only,
    /// who takes them off seldom, since that needs no other thread's line then. Beside `waker`, which any thread reads.
    drained: Guarded<usize>,
    /// Tells the owner of a notice before it comes, or that it has come. One that has none is only looked at.
    waker: Option<Box<Waker<S>>>,
}

/// So many drained notices are counted before they are taken off those of the dead: that is far from the limit
/// of their count. Fewer in tests, which reach it.
pub(crate) const DRAINED_AT_ONCE: usize = if cfg!(test) { 1 << 4 } else { 1 << 16 };

/// How the owner is told. Of a kind that may go where the graveyard may go.
pub(crate) struct Waker<S: Slot> {
    owner: Owner,
    calls: &'static Calls<S>,
}

/// A weak reference to an owner, given up for a pointer whose type is forgotten.
pub(crate) type Owner = MaybeUninit<[*mut (); 2]>;

/// What can be done with an owner whose type is forgotten.
pub(crate) struct Calls<S: Slot> {
    /// Tells it of a notice that is kept back: it takes the entry out, or is woken after the notice was pushed.
    /// Never unwinds.
    ///
    /// # Safety
    ///
    /// 1. The owner is of the table's type, and was not released; nor is it before a strong handle was made of it, or
    ///    none can be.
    pub(crate) tell: unsafe fn(Owner, &mut Kept<S>),
    /// Gives the reference up.
    ///
    /// # Safety
    ///
    /// 1. The owner is of the table's type, and was not released.
    pub(crate) release: unsafe fn(Owner),
}

impl<S: Slot> Waker<S> {
    /// # Safety
    ///
    /// 1. `owner` is of the type that the table `calls` was made for, and the waker's.
    pub(crate) unsafe fn new(owner: Owner, calls: &'static Calls<S>) -> Self {
        Self { owner, calls }
    }
}

impl<S: Slot> Drop for Waker<S> {
    fn drop(&mut self) {
        // SAFETY: 1, of the table's type, and the waker's (`new`, 1), which goes.
        unsafe { (self.calls.release)(self.owner) };
    }
}

impl<S: Slot> Grave<S> {
    pub(crate) fn new(waker: Option<Waker<S>>) -> Self {
        Self {
            stack: S::Link::new(core::ptr::null_mut()),
            dead: S::Size::new(0),
            left: S::Size::new(0),
            drained: Guarded::new(0),
            waker: waker.map(Box::new),
        }
    }

    pub(crate) fn is_waking(&self) -> bool {
        self.waker.is_some()
    }

    /// Tells the owner of a notice that is kept back. What is called does not stand in the graveyard, which may be gone
    /// before it returns, if the notice is buried.
    ///
    /// # Safety
    ///
    /// 1. The graveyard is not freed before `kept` is buried, nor, if that is pushed, before the caller has left it.
    pub(super) unsafe fn tell(grave: *const Self, kept: &mut Kept<S>) {
        // SAFETY: it is not freed before the notice is buried (1), which is after this.
        let Some(waker) = (unsafe { &(*grave).waker }) else {
            return;
        };
        let (owner, calls) = (waker.owner, waker.calls);
        // SAFETY: 1, of the table's type (`Waker::new`, 1); released with the graveyard, which is not before the
        // notice was buried (1), by the owner then, of whom a strong handle is held.
        unsafe { (calls.tell)(owner, kept) };
    }

    /// Notices whose entry stands.
    ///
    /// # Safety
    ///
    /// 1. The owner does not drain meanwhile.
    pub(crate) unsafe fn dead(&self) -> usize {
        // SAFETY: 1, written by the owner's drains only, and none is under way (1).
        let drained = unsafe { self.drained.get() };
        // Not below zero: each that was drained was counted before it was pushed, and so before it was
        // drained; each that was withdrawn, before that.
        self.dead.load(Relaxed) - drained
    }

    /// The owner has drained a notice.
    ///
    /// # Safety
    ///
    /// 1. The caller drains for the owner, and nobody else does, or asks how many are dead.
    pub(super) unsafe fn count_drained(&self) {
        if self.is_waking() {
            self.dead.fetch_sub(1, Relaxed);
            return;
        }
        let drained = &self.drained;
        // SAFETY: 1, the caller alone reads or writes it now (1).
        let mut count = unsafe { drained.get() } + 1;
        if count == DRAINED_AT_ONCE {
            self.dead.fetch_sub(count, Relaxed);
            count = 0;
        }
        // SAFETY: 1, the caller alone reads or writes it now (1).
        unsafe { drained.set(count) };
    }

    /// Counts a notice that a death is about to push or to keep back; says which: true if it is kept back,
    /// to wake the owner.
    ///
    /// # Safety
    ///
    /// 1. The graveyard is not freed meanwhile.
    pub(super) unsafe fn count(grave: *const Self) -> bool {
        // SAFETY: it is not freed meanwhile (1), and all of it that changes is interior mutable.
        let this = unsafe { &*grave };
        let waking = this.is_waking();
        if waking || !seeded(Bug::CountedAfterPush) {
            this.dead.retain(Relaxed);
        }
        waking
    }

    pub(crate) fn is_empty(&self) -> bool {
        // Relaxed: whoever takes the stack acquires it.
        self.stack.hint(Relaxed).is_some_and(<*mut ()>::is_null)
    }

    /// Takes the whole stack; the caller reads it with [`Notice::drain`].
    pub(crate) fn take(&self) -> Notice<S> {
        // Acquire: pairs with the Release of the push, so that the berths' links and tokens are seen, and
        // nothing the pusher did comes after what the drain frees: it takes no lock.
        Notice(
            self.stack
                .swap(core::ptr::null_mut(), order(Acquire, Bug::RelaxedTake)),
            PhantomData,
        )
    }

    /// Puts a notice on the stack, in the state FIRED or WITHDRAWN. After that neither the berth, nor its
    /// node, nor the graveyard of a passive one is touched: they may be gone (Y3).
    ///
    /// By address: a reference to the whole graveyard would have to last until this returns.
    ///
    /// # Safety
    ///
    /// 1. `notice` is the header, or the registration tagged `OF_NODE`, in which `berth` stands, by the
    ///    address that came from its allocation; it comes with its weak unit.
    /// 2. The berth was registered with this graveyard, or its notice kept back for it, until now. The
    ///    caller counted the notice.
    pub(super) unsafe fn push(
        grave: *const Self,
        notice: *mut (),
        berth: Held<'_, S>,
        state: usize,
    ) {
        // SAFETY: it is not freed before the exchange below (2, Y1).
        let stack = unsafe { &(*grave).stack };
        let mut top = stack.load(Relaxed);
        loop {
            berth.set_link(tagged(top, state));
            if seeded(Bug::PushOverwrites) {
                stack.store(notice, Release);
                return;
            }
            // Release: pairs with the Acquire of `take`.
            match stack.compare_exchange(top, notice, order(Release, Bug::RelaxedPush), Relaxed) {
                Ok(_) => break,
                Err(now) => top = now,
            }
        }
        if seeded(Bug::CountedAfterPush) {
            // SAFETY: it may be: that is the mistake.
            unsafe { &(*grave).dead }.retain(Relaxed);
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
    pub(crate) fn counted(&self) -> usize {
        self.dead.load(Relaxed)
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
    /// 1. What is left of the stack was taken from the graveyard `grave`. The caller has that alone: nobody
    ///    else drains it, or asks how many are dead.
    #[inline]
    pub(crate) unsafe fn drain(&mut self, grave: &Grave<S>) -> Option<Drained<S>> {
        if self.0.is_null() {
            return None;
        }
        let node = if tag(self.0) == OF_NODE {
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
        // SAFETY: 1, the berth of a notice that is not drained yet (Y2).
        let berth = unsafe { berth_of(header, node) };
        if let Some((link, token)) = berth.drain() {
            self.0 = next(link);
            // SAFETY: 1, the caller has the graveyard alone (1).
            unsafe { grave.count_drained() };
            return Some(Drained::Dead(header, token));
        }
        // Withdrawn. Who did that is done with the token and the graveyard when the lock is free.
        if !seeded(Bug::WithdrawnUnlocked) {
            // SAFETY: 1, the notice's weak unit, which came with the withdrawal (Y2).
            drop(unsafe { Locked::new(header) });
        }
        let (link, token) = berth.read();
        self.0 = next(link);
        if !node.is_null() {
            // SAFETY: 1, from a box; withdrawn, it was the notice's, and is now the caller's alone (Y2).
            unsafe { free(node) };
        }
        Some(Drained::Withdrawn(header, Shape::decode(token)))
    }
}

/// The notice that a link names.
fn next(link: *mut ()) -> *mut () {
    if tag(link) & OF_NODE == 0 {
        untag(link)
    } else {
        tagged(untag::<()>(link), OF_NODE)
    }
}

/// The berth of `node`, or the inline one of `header` for null.
///
/// # Safety
///
/// 1. It is a berth that is not freed while the reference is used.
pub(super) unsafe fn berth_of<'a, S: Slot>(
    header: *const Header<S>,
    node: *const Registration<S>,
) -> &'a Berth<S> {
    if node.is_null() {
        // SAFETY: the header whose berth this is, which is not freed (1).
        unsafe { &(*header).berth }
    } else {
        // SAFETY: the node whose berth this is, which is not freed (1).
        unsafe { &(*node).berth }
    }
}

/// Whether the notice of a registration was drained: of `node`, or the inline one of `header` for null. Then it
/// has ended, and `node` and its weak unit are its owner's alone.
///
/// # Safety
///
/// 1. The registration was made there and has not ended, and the caller owns it.
#[inline]
pub(crate) unsafe fn is_drained<S: Slot>(
    header: *const Header<S>,
    node: *const Registration<S>,
) -> bool {
    // SAFETY: 1, its owner frees node and unit, after this (1), or gives them to the notice.
    unsafe { berth_of(header, node) }.is_drained()
}

/// As large as without a waker: the first registration with a graveyard allocates it.
#[cfg(all(target_pointer_width = "64", not(any(loom, shuttle))))]
const _: () = assert!(size_of::<Grave<crate::slot::SyncSlot>>() <= 40);
