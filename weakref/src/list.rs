//! The weak list of one object: callbacks, finalizers and container registrations. Everything here
//! moves pointers under the slot's lock and runs no user code. Only a notice is drained without the lock:
//! by exchange of FIRED for TAKEN.
//!
//! The first word of a header says what there is:
//!
//! | tag | the rest of the word | state |
//! |---|---|---|
//! | LIST | null, or the newest node | live; nodes are doubly linked, newest first |
//! | INLINE | a graveyard | live; one registration and no node |
//! | TAKEN | | the death took the list; nothing of it can be cancelled or withdrawn |
//! | FIRED | next notice | the inline registration stands on its graveyard's stack |
//! | WITHDRAWN | next notice | the same, but its entry is gone: the notice owns the weak unit, and the token holds the value's shape |
//! | TAKEN | 8 | as TAKEN, of an object whose value was never written: the token holds the shape it would have |
//! | HELD | a graveyard | the inline registration's notice is kept back, and not counted yet |
//!
//! The notice for a graveyard that wakes its owner is kept back until the death's sixth step: FIRED, HELD or
//! WITHDRAWN meanwhile, with the graveyard in place of the next notice. Then it is pushed, or the owner takes
//! the entry out at once and no notice is left (`kept.rs`). It is HELD where nothing comes between the second
//! step and the sixth: then mostly nobody ever has to count it.
//!
//! With nodes present the inline registration's graveyard is carried by the newest node. A further
//! registration of the same object is a [`Registration`] node, whose own berth goes through INLINE,
//! FIRED, WITHDRAWN and TAKEN in the same way.
//!
//! | lemma | |
//! |---|---|
//! | L1 | every node that is linked, and every berth that is in use, comes with a weak unit that was added before and is given back after it was unlinked, consumed or drained |
//! | L2 | while the list is locked, its LIST word and the links of its nodes name nodes that are linked in it, or nothing; none of them is freed |
//! | L3 | a node begins what its kind says: a [`Registration`], or a value of the type that its table was made for |
//! | L4 | a death alone reaches the links of what it took, and owns the list's share of each action, and the notice of each registration, until it fired or told it |
//!
//! L2: only `push`, `unlink` and `take` change what links to what, under the lock. Each node is pushed
//! once, before it may be freed (`push`, 2), and freed by who unlinked it, or whoever is last after a
//! death took it: `push` links it to the newest, `unlink` leaves no link to it, `take` leaves none at
//! all. L3: `push`, 3; a registration is made as one. L4: `take` is called once for an object (`take`,
//! 2), after which `unlink` and `end` touch no links, and nobody else gives the share up (`fire`, 2).

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;

use crate::slot::{Header, Shape, Slot};
use crate::sync::{Bug, Size, seeded};

mod grave;
mod kept;
mod node;
#[cfg(feature = "leak-trace")]
mod registered;
mod taken;

#[cfg(all(test, not(loom)))]
pub(crate) use grave::DRAINED_AT_ONCE;
pub(crate) use grave::{Calls, Drained, Grave, Notice, Owner, Waker, is_drained};
pub(crate) use kept::{Kept, Lent};
pub(crate) use node::{Action, Berth, Node, Registration};
use node::{Held, Linked, Links, Nodes};
#[cfg(feature = "leak-trace")]
pub(crate) use registered::{Registered, registered};
use taken::WAKES;
pub(crate) use taken::{Chain, clear, never_written, take, take_and_leave, take_unwritten};

const LIST: usize = 0;
const INLINE: usize = 1;
const TAKEN: usize = 2;
const FIRED: usize = 4;
const WITHDRAWN: usize = 6;
const HELD: usize = 3;
/// In a notice's address, and beside FIRED and WITHDRAWN for the next one: a [`Registration`], not
/// a header.
const OF_NODE: usize = 1;
const TAG: usize = 7;

fn tag(word: *mut ()) -> usize {
    word.addr() & TAG
}

fn untag<P>(word: *mut ()) -> *mut P {
    word.map_addr(|addr| addr & !TAG).cast()
}

fn tagged<P>(pointer: *mut P, tag: usize) -> *mut () {
    pointer.cast::<()>().map_addr(|addr| addr | tag)
}

/// How a registration stood when its owner gave it up.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its referent lived: it is gone now.
    Registered,
    /// Its notice was waiting: node and weak unit belong to the notice now.
    Withdrawn,
    /// Its notice had been drained.
    Drained,
}

/// The list of one object, locked.
pub(crate) struct Locked<'a, S: Slot>(&'a Header<S>);

impl<S: Slot> Drop for Locked<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.counts.unlock();
    }
}

impl<S: Slot> Locked<'_, S> {
    /// Locks.
    ///
    /// # Safety
    ///
    /// 1. `header` is an object's, and a unit of its block is held, by the caller or on its behalf, until
    ///    what is returned has unlocked.
    #[inline]
    pub(crate) unsafe fn new(header: *mut Header<S>) -> Self {
        // SAFETY: a unit holds the block (1), all of which is interior mutable.
        let header = unsafe { &*header };
        header.counts.lock();
        Self(header)
    }

    /// Locks, and adds a weak unit, which is the caller's, for a registration.
    ///
    /// # Safety
    ///
    /// 1. As [`Self::new`]'s 1.
    #[inline]
    pub(crate) unsafe fn enlist(header: *mut Header<S>) -> Self {
        // SAFETY: a unit holds the block (1), all of which is interior mutable.
        let header = unsafe { &*header };
        header.counts.enlist();
        Self(header)
    }

    /// Unlocks, and gives a weak unit back; true when it was the last and the caller must free the block.
    #[inline]
    #[must_use]
    pub(crate) fn release(self) -> bool {
        core::mem::ManuallyDrop::new(self)
            .0
            .counts
            .unlock_and_release()
    }

    fn inline(&self) -> Held<'_, S> {
        // SAFETY: 1, a berth of this object, and `self` unlocks after the borrow.
        unsafe { Held::new(&self.0.berth) }
    }

    /// The berth of `node`, or the inline one for null.
    ///
    /// # Safety
    ///
    /// 1. `node` is null, or a registration of this object that is not freed while this is locked.
    unsafe fn berth(&self, node: *mut Registration<S>) -> Held<'_, S> {
        if node.is_null() {
            return self.inline();
        }
        // SAFETY: valid, and not freed while this is locked (1).
        let berth = unsafe { &(*node).berth };
        // SAFETY: 1, a berth of this object (1), and `self` unlocks after the borrow.
        unsafe { Held::new(berth) }
    }

    fn link(&self) -> *mut () {
        self.inline().link()
    }

    fn set_link(&self, link: *mut ()) {
        self.inline().set_link(link);
    }

    /// The newest node; none if there is no node, or a death took them.
    fn newest(&self) -> Option<Linked<'_, S>> {
        let link = self.link();
        if tag(link) != LIST {
            return None;
        }
        // SAFETY: 1 and 2, it is linked in this list (L2), which is locked.
        unsafe { Linked::new(link.cast()) }
    }

    /// The nodes, newest first; none after a death took them.
    fn nodes(&self) -> Nodes<'_, S> {
        let newest = self.newest().map_or(core::ptr::null_mut(), Linked::as_ptr);
        // SAFETY: 1, it and all that are older are linked in this list (L2), which is locked.
        unsafe { Nodes::new(newest) }
    }

    /// Links `node` as the newest.
    ///
    /// # Safety
    ///
    /// 1. The object is live or under construction.
    /// 2. `node` is valid, for this object, was never pushed, and comes with a weak unit. Until it is
    ///    unlinked, or taken by a death and left by it, it is not freed.
    /// 3. If it is a registration, its graveyard counts it as one that has not left (Y1); if not, it begins
    ///    a value for which the functions of its table were made.
    pub(crate) unsafe fn push(&self, node: *mut Node<S>) {
        let link = self.link();
        debug_assert!(tag(link) <= INLINE);
        let newest = self.newest();
        let carried = match newest {
            Some(newest) => newest.links().carried,
            None => untag(link),
        };
        if let Some(newest) = newest {
            newest.update(|links| {
                links.newer = node;
                links.carried = core::ptr::null_mut();
            });
        }
        // SAFETY: 1, it is valid (2); 2, it is in no list yet (2), and found by nobody before the lock
        // is free.
        if let Some(new) = unsafe { Linked::new(node) } {
            new.set_links(Links {
                older: newest.map_or(core::ptr::null_mut(), Linked::as_ptr),
                newer: core::ptr::null_mut(),
                carried,
            });
        }
        self.set_link(node.cast());
    }

    /// Unlinks `node`, which is the caller's then; false when a death took the list before.
    ///
    /// # Safety
    ///
    /// 1. `node` was pushed to this list and not unlinked since, and is not freed: if a death took it,
    ///    a share of it is the caller's.
    pub(crate) unsafe fn unlink(&self, node: *mut Node<S>) -> bool {
        if self.is_taken() && !seeded(Bug::LateCancelUnlinks) {
            return false;
        }
        // SAFETY: 1, not freed (1); 2, no death took it, so it is linked in this list, which is locked.
        let Some(old) = (unsafe { Linked::new(node) }) else {
            return false;
        };
        let links = old.links();
        // SAFETY: 1 and 2, what a linked node names is linked too (L2), and the list is locked.
        let older = unsafe { Linked::new(links.older) };
        if let Some(older) = older {
            older.update(|older| older.newer = links.newer);
        }
        // SAFETY: 1 and 2, what a linked node names is linked too (L2), and the list is locked.
        if let Some(newer) = unsafe { Linked::new(links.newer) } {
            newer.update(|newer| newer.older = links.older);
            return true;
        }
        if let Some(older) = older {
            older.update(|older| older.carried = links.carried);
            self.set_link(links.older.cast());
        } else if links.carried.is_null() {
            self.set_link(core::ptr::null_mut());
        } else {
            self.set_link(tagged(links.carried, INLINE));
        }
        true
    }

    fn is_taken(&self) -> bool {
        tag(self.link()) > INLINE
    }

    /// Registers inline; false when the inline berth is in use.
    ///
    /// # Safety
    ///
    /// 1. The object is live, and the registration comes with a weak unit (L1).
    /// 2. `grave` counts the registration as one that has not left (Y1).
    pub(crate) unsafe fn register(&self, grave: *mut Grave<S>, token: u64) -> bool {
        let link = self.link();
        if tag(link) == INLINE {
            return false;
        }
        debug_assert_eq!(tag(link), LIST);
        match self.newest() {
            None => self.set_link(tagged(grave, INLINE)),
            Some(newest) if newest.links().carried.is_null() => {
                newest.update(|links| links.carried = grave);
            }
            Some(_) => return false,
        }
        self.inline().set_token(token);
        true
    }

    /// Ends a registration: the inline one for null.
    ///
    /// # Safety
    ///
    /// 1. `node` is null or a valid [`Registration`]; it was registered here, with the graveyard
    ///    `grave`, and not ended yet.
    /// 2. `shape` is the referent's.
    pub(crate) unsafe fn end(
        &self,
        node: *mut Registration<S>,
        grave: *mut Grave<S>,
        shape: Shape,
    ) -> Standing {
        // SAFETY: 1, of this object, and its owner's, who ends it here (1).
        let berth = unsafe { self.berth(node) };
        let link = berth.link_of_owner();
        if tag(link) == HELD {
            // Nobody drains it, or buries it (B2), and the death locks to push it.
            berth.withdraw(link, shape);
            if seeded(Bug::HeldUncounts) {
                // SAFETY: it is not freed while the slot is locked: the notice is kept back for it (Y1).
                unsafe { &(*grave).dead }.fetch_sub(1, Relaxed);
            }
            return Standing::Withdrawn;
        }
        match tag(link) & !OF_NODE {
            FIRED => {
                if seeded(Bug::CountedBeforeExchange) {
                    // SAFETY: it is not: that is the mistake.
                    unsafe { &(*grave).dead }.fetch_sub(1, Relaxed);
                }
                if !berth.withdraw(link, shape) {
                    return Standing::Drained;
                }
                if seeded(Bug::CountedBeforeExchange) {
                    return Standing::Withdrawn;
                }
                // SAFETY: it is not freed while the slot is locked: a notice that was withdrawn just now
                // stands in it, or is kept back for it (Y1).
                unsafe { &(*grave).dead }.fetch_sub(1, Relaxed);
                Standing::Withdrawn
            }
            TAKEN => Standing::Drained,
            _ => {
                if node.is_null() {
                    self.clear_inline();
                } else {
                    // SAFETY: 1, registered and not fired, so linked and not freed (1).
                    unsafe { self.unlink(node.cast()) };
                }
                Standing::Registered
            }
        }
    }

    fn clear_inline(&self) {
        match self.newest() {
            None => self.set_link(core::ptr::null_mut()),
            Some(newest) => newest.update(|links| links.carried = core::ptr::null_mut()),
        }
    }

    /// The number of linked nodes, if no handle refers to any of them and nothing is registered.
    pub(crate) fn unheld(&self) -> Option<u64> {
        if tag(self.link()) != LIST {
            return None;
        }
        let mut count = 0;
        for node in self.nodes() {
            let action = node.action()?;
            // SAFETY: 1, of its table's type (L3); 2, linked in this list, which is locked.
            let held = unsafe { (action.is_held)(node.as_ptr()) };
            if held || !node.links().carried.is_null() {
                return None;
            }
            count += 1;
        }
        Some(count)
    }

    /// Calls `visit` with every linked callback and finalizer, newest first. It must leave the list as it
    /// is.
    pub(crate) fn each_action(&self, mut visit: impl FnMut(NonNull<Node<S>>, &'static Action<S>)) {
        for node in self.nodes() {
            if let Some(action) = node.action() {
                visit(node.as_non_null(), action);
            }
        }
    }

    /// The death's second step: registrations go to their graveyards, but for those that are told
    /// later; the rest is returned, newest first, and cannot be cancelled any more. `fires_next`: the caller
    /// goes on with that at once.
    ///
    /// # Safety
    ///
    /// 1. `header` is the address that was locked. It goes into the notice, from which the block may be
    ///    freed, so it is the one that came from the allocation: a reference to the header may not reach
    ///    beyond the header.
    /// 2. The caller closed the object, and takes its list for the first time.
    #[inline]
    unsafe fn take(&self, header: *mut Header<S>, fires_next: bool) -> Chain<S> {
        let link = self.link();
        let (newest, nodes) = (self.newest(), self.nodes());
        let inline: *mut Grave<S> = match newest {
            Some(newest) => newest.links().carried,
            None => untag(link),
        };
        // Not for a moment where a registration stands: its owner would take it for drained, unlocked.
        let taken = tagged(core::ptr::null_mut::<()>(), TAKEN);
        if inline.is_null() || seeded(Bug::TakenForAMoment) {
            self.set_link(taken);
        }
        let mut chain = Self::keep(nodes);
        if inline.is_null() {
            return chain;
        }
        // SAFETY: it is not freed while the slot is locked: the inline berth is registered with it (Y1).
        if fires_next && chain.is_empty() && unsafe { &*inline }.is_waking() {
            self.set_link(tagged(inline, HELD));
            chain.0 = tagged(chain.0, WAKES);
            return chain;
        }
        // SAFETY: 1, it is not freed while the slot is locked: the inline berth is registered with it (Y1).
        if unsafe { Grave::count(inline) } {
            self.set_link(tagged(inline, FIRED));
            chain.0 = tagged(chain.0, WAKES);
            return chain;
        }
        if seeded(Bug::PushOutsideLock) {
            self.set_link(taken);
            self.0.counts.unlock();
        }
        // SAFETY: 1, the inline berth's header (1), whose weak unit goes along (L1); 2, registered with
        // this graveyard until now.
        unsafe { Grave::push(inline, header.cast(), self.inline(), FIRED) };
        if seeded(Bug::PushOutsideLock) {
            self.0.counts.lock();
        }
        chain
    }

    /// Links those of the taken nodes that stay with the death: actions, newest first, and behind them
    /// registrations whose graveyards are told later, oldest first. The others go to their graveyards.
    fn keep<'l>(nodes: Nodes<'l, S>) -> Chain<S> {
        let mut first: *mut Node<S> = core::ptr::null_mut();
        let mut last: Option<Linked<'l, S>> = None;
        let mut told: *mut Node<S> = core::ptr::null_mut();
        for node in nodes.filter(|&node| Self::stays(node)) {
            if node.action().is_none() {
                node.update(|links| links.older = told);
                told = node.as_ptr();
                continue;
            }
            match last {
                Some(last) => last.update(|links| links.older = node.as_ptr()),
                None => first = node.as_ptr(),
            }
            last = Some(node);
        }
        match last {
            Some(last) => last.update(|links| links.older = told),
            None => first = told,
        }
        Chain(first.cast(), PhantomData)
    }

    fn stays(node: Linked<'_, S>) -> bool {
        let Some(registration) = node.registration() else {
            return true;
        };
        // SAFETY: 1, of this object, whose list is locked while a linked node is at hand.
        let berth = unsafe { Held::new(&registration.berth) };
        let grave = registration.grave;
        // SAFETY: 1, it is not freed while the slot is locked: a linked node is registered with it (Y1).
        if unsafe { Grave::count(grave) } {
            berth.set_link(tagged(grave, FIRED));
            return true;
        }
        // SAFETY: 1, the berth's node, whose weak unit goes along (L1); 2, registered with this
        // graveyard until now.
        unsafe { Grave::push(grave, tagged(node.as_ptr(), OF_NODE), berth, FIRED) };
        false
    }

    /// Gives a notice that a death kept back to its graveyard: of a node, or the inline one for null.
    ///
    /// # Safety
    ///
    /// 1. The berth is FIRED, HELD or WITHDRAWN and kept back by a death of this thread.
    /// 2. `header` is the address that was locked, as for [`Self::take`].
    unsafe fn notify(&self, header: *mut Header<S>, node: *mut Registration<S>) {
        // SAFETY: 1, of this object; a notice that is kept back is not freed (1, L4).
        let berth = unsafe { self.berth(node) };
        let link = berth.link();
        let grave: *mut Grave<S> = untag(link);
        let mut state = tag(link);
        if state == HELD {
            state = FIRED;
            if !seeded(Bug::HeldNeverCounted) {
                // SAFETY: 1, it is not freed while the slot is locked: the notice is kept back for it (1, Y1).
                unsafe { Grave::count(grave) };
            }
        }
        let notice = if node.is_null() {
            header.cast()
        } else {
            tagged(node, OF_NODE)
        };
        // SAFETY: 1, the berth's header (2) or node, whose weak unit goes along (L1); 2, kept back for
        // this graveyard until now (1).
        unsafe { Grave::push(grave, notice, berth, state) };
    }
}
