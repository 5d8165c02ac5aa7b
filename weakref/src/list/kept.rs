//! What a death keeps back until its sixth step: the notices for graveyards that wake their owner.
//!
//! The owner is told of a notice before it is pushed. Mostly nobody uses what it owns: then it takes the entry
//! out at once, and there is no push, no drain, and no second entry into its lock. If not, the notice is pushed
//! and the owner woken, as whoever uses it cannot be waited for.
//!
//! | lemma | |
//! |---|---|
//! | B1 | until a notice that is kept back is pushed or buried, it is FIRED or HELD, or WITHDRAWN by its `Watched`; neither its berth, nor its node, nor its graveyard is freed |
//! | B2 | while somebody lends the `Watched` of a notice that is kept back, nobody withdraws it: it is FIRED or HELD |
//! | B3 | who buries a notice, or pushes it, does so once, on the thread of the death |
//!
//! B1: nobody drains what is on no stack; the node is freed by `Watched::drop`, if it does not withdraw, or by
//! a drain; the graveyard waits for this death (Y1). B2: only `Watched::drop` withdraws. B3: [`Kept`] is made by
//! the death, which lends it, and says whether it still stands.
//!
//! A burial writes TAKEN, as a drain does, and by B2 needs no exchange for that: the owner shows the `Watched`. From
//! then on node and weak unit are that one's alone, and the block is held by the implicit unit of the death. Whoever
//! has the graveyard takes the registration off those that will leave it (Y1), so that this death touches
//! neither the graveyard nor the node again: not even what it calls stands there ([`Grave::tell`]). The strong handle
//! by which it calls the owner keeps that until after the call.
//!
//! No lock is held when the owner is told. So what the owner locks may be held by who waits for a slot; and what it
//! drops when it has unlocked, the entry and with it other entries of the same object, may lock the slot.

use core::sync::atomic::Ordering::Relaxed;

use super::grave::berth_of;
use super::{Grave, Locked, Registration, untag};
use crate::slot::{Header, Slot};
use crate::sync::{Bug, Link, seeded};

/// A notice that a death keeps back.
pub(crate) struct Kept<S: Slot> {
    header: *mut Header<S>,
    /// Null for the inline registration.
    node: *mut Registration<S>,
    grave: *mut Grave<S>,
    standing: Standing,
}

/// What has become of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    KeptBack,
    Pushed,
    Buried,
}

impl<S: Slot> Kept<S> {
    pub(crate) fn header(&self) -> *mut Header<S> {
        self.header
    }

    pub(crate) fn is_kept_back(&self) -> bool {
        self.standing == Standing::KeptBack
    }

    /// The token of its berth, unless it is pushed, buried or withdrawn.
    pub(crate) fn token(&self) -> Option<u64> {
        if !self.is_kept_back() {
            return None;
        }
        // SAFETY: 1, the berth of a notice that is kept back (B1).
        unsafe { berth_of(self.header, self.node) }.token_if_fired()
    }

    /// Lends it to who may bury it.
    pub(crate) fn lend(&mut self) -> Lent<'_> {
        Lent {
            place: place(self.header, self.node, self.grave),
            standing: &mut self.standing,
        }
    }

    /// Gives it to its graveyard, if it is still kept back.
    pub(crate) fn push(&mut self) {
        if !self.is_kept_back() {
            return;
        }
        self.standing = Standing::Pushed;
        // SAFETY: 1, the death's weak unit, which is held while this exists.
        let locked = unsafe { Locked::new(self.header) };
        // SAFETY: 1, kept back by this death until now (B1, B3); 2, the address locked above, from the allocation.
        unsafe { locked.notify(self.header, self.node) };
    }
}

/// Where a registration stands. The flavour is forgotten: it is that of the graveyard.
type Standpoint = [*const (); 3];

fn place<S: Slot>(
    header: *mut Header<S>,
    node: *mut Registration<S>,
    grave: *mut Grave<S>,
) -> Standpoint {
    [header.cast(), node.cast(), grave.cast()]
}

/// A notice that is lent by its death, which asks for nothing else meanwhile.
pub(crate) struct Lent<'d> {
    place: Standpoint,
    standing: &'d mut Standing,
}

impl Lent<'_> {
    /// Ends the notice in the stead of a push and a drain, if it is still kept back, and is the one of a
    /// registration: of `node`, or the inline one of `header` for null, with `grave`. Says whether it is. After that
    /// the death touches neither node nor graveyard.
    ///
    /// # Safety
    ///
    /// 1. The registration was made there and has not ended; its `Watched` is lent to the caller.
    /// 2. The caller has the graveyard alone, and takes the registration off those that will leave it if this says
    ///    yes.
    pub(crate) unsafe fn bury<S: Slot>(
        &mut self,
        header: *mut Header<S>,
        node: *mut Registration<S>,
        grave: *mut Grave<S>,
    ) -> bool {
        if *self.standing != Standing::KeptBack || self.place != place(header, node, grave) {
            return false;
        }
        *self.standing = Standing::Buried;
        // SAFETY: 1, the berth of a registration that has not ended (1).
        if unsafe { berth_of(header, node) }.bury() {
            // SAFETY: it is not freed: the caller has it (2).
            let grave = unsafe { &*grave };
            // SAFETY: 1, the caller has the graveyard alone (2).
            unsafe { grave.count_drained() };
        }
        true
    }
}

/// Tells the owner of a graveyard of a notice that was kept back, and gives it to the graveyard if the owner does not
/// take the entry out.
///
/// # Safety
///
/// 1. `node` is null or a registration of this object; its berth, or the inline one, is kept back by a
///    death of this thread.
/// 2. The caller holds a weak unit of the object throughout.
/// 3. `header` came from the allocation of the object's block.
pub(super) unsafe fn wake<S: Slot>(header: *mut Header<S>, node: *mut Registration<S>) {
    // SAFETY: 1, the berth of a notice that is kept back (1, B1).
    let berth = unsafe { berth_of(header, node) };
    // Relaxed: this thread wrote it there. A withdrawal changes the tag only.
    let grave: *mut Grave<S> = untag(berth.link.load(Relaxed));
    let mut kept = Kept {
        header,
        node,
        grave,
        standing: Standing::KeptBack,
    };
    // SAFETY: 1, it is not freed before this death has left it, or the notice is buried (Y1, B1).
    unsafe { Grave::tell(grave, &mut kept) };
    if kept.standing == Standing::Buried && !seeded(Bug::BuriedLeaves) {
        return;
    }
    kept.push();
    // SAFETY: 1, the registration told of is this graveyard's, and a death leaves a waking one once.
    unsafe { Grave::leave(grave) };
}
