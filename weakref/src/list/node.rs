//! The nodes of weak lists and the berths of registrations, and the only ways to what is guarded in
//! them: a [`Linked`] node, a [`Held`] berth. Of a berth whose notice is on a stack, who drains it and
//! who withdraws it take the link by exchange; how these two meet is said in `grave.rs`.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use super::{FIRED, Grave, HELD, INLINE, OF_NODE, TAKEN, WITHDRAWN, tag, tagged, untag};
use crate::slot::{Header, Shape, Slot};
use crate::sync::{Bug, Guarded, Link, Word, order, seeded};
use crate::token::Origin;

/// The place of one registration: in the header for an object's first, in a node for further ones.
#[derive(Debug)]
pub(crate) struct Berth<S: Slot> {
    pub(super) link: S::Link,
    /// Atomic: who drains reads it while who withdraws may write there.
    token: S::Word,
}

impl<S: Slot> Berth<S> {
    pub(crate) fn vacant() -> Self {
        Self::new(core::ptr::null_mut(), 0)
    }

    fn new(link: *mut (), token: u64) -> Self {
        Self {
            link: S::Link::new(link),
            token: S::Word::new(token),
        }
    }

    /// The link and the token.
    pub(super) fn read(&self) -> (*mut (), u64) {
        // Relaxed: read under the lock, or by who has waited for that of a withdrawal.
        (self.link.load(Relaxed), self.token.load(Relaxed))
    }

    /// Whether its notice was drained. It has been then for good, and who drained it does not touch it any
    /// more, so that its owner may free it.
    #[inline]
    pub(super) fn is_drained(&self) -> bool {
        // Acquire: pairs with the Release of `drain`. A hint: who is told no locks and looks again.
        let link = self.link.hint(order(Acquire, Bug::RelaxedDrained));
        link.is_some_and(|link| tag(link) == TAKEN)
    }

    /// The token, unless its notice was withdrawn. Of a notice that is kept back.
    pub(super) fn token_if_fired(&self) -> Option<u64> {
        // Acquire: pairs with the Release of `withdraw`. Who reads the shape there finds it withdrawn.
        let token = self.token.load(order(Acquire, Bug::RelaxedShape));
        [FIRED, HELD]
            .contains(&tag(self.link.load(Relaxed)))
            .then_some(token)
    }

    /// Ends it, instead of a drain, and says whether it was counted. Its notice is kept back, and nobody withdraws it
    /// meanwhile.
    pub(super) fn bury(&self) -> bool {
        // Relaxed: this thread wrote it there.
        let is_counted = tag(self.link.load(Relaxed)) != HELD || seeded(Bug::HeldUncounts);
        // Relaxed: asked for by its owner, who was lending it to this thread, and by who only wants to know whether
        // the list is taken, which it was and is.
        self.link
            .store(tagged(core::ptr::null_mut::<()>(), TAKEN), Relaxed);
        is_counted
    }

    /// Takes its notice off the stack, unless it was withdrawn: returns the link and the token, and does not
    /// touch the berth any more.
    #[inline]
    pub(super) fn drain(&self) -> Option<(*mut (), u64)> {
        // Relaxed: the notice was pushed with a Release that whoever took the stack has acquired. Only a
        // withdrawal may have come since, and that fails the exchange.
        let link = self.link.load(Relaxed);
        if tag(link) & !OF_NODE != FIRED {
            return None;
        }
        // Before the exchange, after which the berth may be gone. A withdrawal writes there only after
        // its own exchange, and if that came first, this one fails.
        let mut token = self.token.load(Relaxed);
        let drained = tagged(core::ptr::null_mut::<()>(), TAKEN);
        if seeded(Bug::DrainLooks) {
            self.link.store(drained, Release);
            return Some((link, token));
        }
        // Release: pairs with the Acquire of `is_drained` and `withdraw`, after which the berth is freed.
        self.link
            .compare_exchange(link, drained, order(Release, Bug::RelaxedDrain), Relaxed)
            .ok()?;
        if seeded(Bug::TokenAfterDrain) {
            token = self.token.load(Relaxed);
        }
        Some((link, token))
    }
}

/// A berth of an object whose list the bearer has locked. Nobody else changes it meanwhile, but for who
/// drains its notice.
pub(super) struct Held<'l, S: Slot>(&'l Berth<S>);

impl<S: Slot> Clone for Held<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Slot> Copy for Held<'_, S> {}

impl<'l, S: Slot> Held<'l, S> {
    /// # Safety
    ///
    /// 1. The list of the berth's object is locked by this thread while what is returned is used.
    pub(super) unsafe fn new(berth: &'l Berth<S>) -> Self {
        Self(berth)
    }

    pub(super) fn link(self) -> *mut () {
        self.0.link.load(Relaxed)
    }

    /// As [`Self::link`], for who may find that its notice was drained.
    pub(super) fn link_of_owner(self) -> *mut () {
        // Acquire: as in `Berth::is_drained`.
        self.0.link.load(order(Acquire, Bug::RelaxedDrained))
    }

    /// Before its notice is on a stack.
    pub(super) fn set_link(self, link: *mut ()) {
        // Relaxed: read under the lock, or by a death after the Acquire of its close, or by who drains
        // after the Acquire of the stack.
        self.0.link.store(link, Relaxed);
    }

    /// Gives its notice the weak unit and the node, unless it was drained. `link` was FIRED or HELD.
    pub(super) fn withdraw(self, link: *mut (), shape: Shape) -> bool {
        if seeded(Bug::ShapeBeforeExchange) {
            self.set_token(shape.encode());
        }
        let next = if tag(link) == HELD { untag(link) } else { link };
        let withdrawn = tagged::<()>(next, WITHDRAWN);
        if seeded(Bug::WithdrawalLooks) {
            self.set_link(withdrawn);
        } else if self
            .0
            .link
            // Relaxed: who drains it locks, to read what is written below. Acquire: as in `link_of_owner`.
            .compare_exchange(
                link,
                withdrawn,
                Relaxed,
                order(Acquire, Bug::RelaxedDrained),
            )
            .is_err()
        {
            return false;
        }
        // Not before: who drains may have read neither link nor token yet. Release: pairs with the Acquire of
        // `token_if_fired`.
        let shape = shape.encode();
        self.0.token.store(shape, order(Release, Bug::RelaxedShape));
        true
    }

    pub(super) fn token(self) -> u64 {
        self.0.read().1
    }

    pub(super) fn set_token(self, token: u64) {
        // Relaxed: as the link.
        self.0.token.store(token, Relaxed);
    }
}

/// One node of a weak list. Aligned for tags.
#[derive(Debug)]
#[repr(C, align(8))]
pub(crate) struct Node<S: Slot> {
    /// Guarded by the slot's lock; after a death took the list, by that death.
    links: Guarded<Links<S>>,
    pub(crate) header: *mut Header<S>,
    kind: Kind<S>,
    origin: Origin,
}

/// Where a node stands in its list.
#[derive(Debug)]
pub(super) struct Links<S: Slot> {
    pub(super) older: *mut Node<S>,
    pub(super) newer: *mut Node<S>,
    /// The graveyard of the inline registration; in the newest node only.
    pub(super) carried: *mut Grave<S>,
}

impl<S: Slot> Clone for Links<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Slot> Copy for Links<S> {}

#[derive(Debug)]
enum Kind<S: Slot> {
    /// It begins a [`Registration`].
    Registration,
    /// It begins a callback or a finalizer.
    Action(&'static Action<S>),
}

/// What can be done with a callback or finalizer whose type is forgotten.
///
/// Each function has conditions of its own, which its caller keeps and on which the function that
/// stands there may build. Condition 1 of each is that the node begins a value of the type that the
/// table was made for, as every node does that was pushed with it.
pub(crate) struct Action<S: Slot> {
    /// Runs it as a step of a death. Never unwinds.
    ///
    /// # Safety
    ///
    /// 1. The node is of the table's type.
    /// 2. A death of this thread took it, and fires it once; the list's share, which is that death's,
    ///    is given up.
    /// 3. The caller holds a weak unit of the object throughout.
    pub(crate) fire: unsafe fn(*mut Node<S>),
    /// Gives a share up; the last frees the node, and its weak unit if it still has it. Never unwinds.
    ///
    /// # Safety
    ///
    /// 1. The node is of the table's type.
    /// 2. The share is the caller's, who does not use the node afterwards.
    pub(crate) leave: unsafe fn(*mut Node<S>),
    /// Drops the action that was never run, and the node. Unwinds if the drop does.
    ///
    /// # Safety
    ///
    /// 1. The node is of the table's type.
    /// 2. Every share is the caller's, who does not use the node afterwards.
    /// 3. Nobody has taken the action.
    pub(crate) cancel: unsafe fn(*mut Node<S>),
    /// Whether a handle refers to it.
    ///
    /// # Safety
    ///
    /// 1. The node is of the table's type.
    /// 2. It is not freed meanwhile: linked, and its list locked by the caller.
    pub(crate) is_held: unsafe fn(*mut Node<S>) -> bool,
    pub(crate) is_finalizer: bool,
}

impl<S: Slot> fmt::Debug for Action<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").finish_non_exhaustive()
    }
}

impl<S: Slot> Node<S> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn new(header: *mut Header<S>, kind: Kind<S>) -> Self {
        Self {
            links: Guarded::new(Links {
                older: core::ptr::null_mut(),
                newer: core::ptr::null_mut(),
                carried: core::ptr::null_mut(),
            }),
            header,
            kind,
            origin: Origin::here(),
        }
    }

    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub(crate) fn action(header: *mut Header<S>, action: &'static Action<S>) -> Self {
        Self::new(header, Kind::Action(action))
    }
}

/// A registration that did not find the inline berth free.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Registration<S: Slot> {
    node: Node<S>,
    pub(crate) grave: *mut Grave<S>,
    pub(super) berth: Berth<S>,
}

impl<S: Slot> Registration<S> {
    pub(crate) fn new(header: *mut Header<S>, grave: *mut Grave<S>, token: u64) -> Self {
        Self {
            node: Node::new(header, Kind::Registration),
            grave,
            berth: Berth::new(tagged(grave, INLINE), token),
        }
    }

    pub(super) fn header(&self) -> *mut Header<S> {
        self.node.header
    }
}

/// A node whose links nobody but the bearer reaches.
pub(super) struct Linked<'l, S: Slot>(NonNull<Node<S>>, PhantomData<&'l Node<S>>);

impl<S: Slot> Clone for Linked<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Slot> Copy for Linked<'_, S> {}

impl<'l, S: Slot> Linked<'l, S> {
    /// The node at `node`; `None` for null, of which nothing is asked.
    ///
    /// # Safety
    ///
    /// 1. The node is not freed while what is returned is used, and came from the allocation of what
    ///    it begins.
    /// 2. As long, only this thread reaches its links: it has locked the list in which the node is
    ///    linked, or the node is in no list and the caller's alone.
    pub(super) unsafe fn new(node: *mut Node<S>) -> Option<Self> {
        Some(Self(NonNull::new(node)?, PhantomData))
    }

    pub(super) fn as_ptr(self) -> *mut Node<S> {
        self.0.as_ptr()
    }

    pub(super) fn as_non_null(self) -> NonNull<Node<S>> {
        self.0
    }

    fn node(self) -> &'l Node<S> {
        // SAFETY: valid and not freed (`new`, 1); all that changes in it is interior mutable.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn links(self) -> Links<S> {
        // SAFETY: 1, only this thread reaches the links (`new`, 2).
        unsafe { self.node().links.get() }
    }

    pub(super) fn set_links(self, links: Links<S>) {
        // SAFETY: 1, only this thread reaches the links (`new`, 2).
        unsafe { self.node().links.set(links) };
    }

    pub(super) fn update(self, change: impl FnOnce(&mut Links<S>)) {
        let mut links = self.links();
        change(&mut links);
        self.set_links(links);
    }

    /// Where a callback or finalizer was made.
    #[cfg(feature = "leak-trace")]
    pub(super) fn origin(self) -> Origin {
        self.node().origin
    }

    /// The table of a callback or finalizer; `None` for a registration.
    pub(super) fn action(self) -> Option<&'static Action<S>> {
        match self.node().kind {
            Kind::Action(action) => Some(action),
            Kind::Registration => None,
        }
    }

    /// The registration that it begins, if it is one.
    pub(super) fn registration(self) -> Option<&'l Registration<S>> {
        if self.action().is_some() {
            return None;
        }
        // SAFETY: nodes of this kind are made by `Registration::new` only, as the first field of one;
        // it is not freed, and the address reaches all of it (`new`, 1).
        Some(unsafe { self.0.cast().as_ref() })
    }
}

/// Nodes from one to the oldest. Each is left before it is given out, so that whoever gets it may
/// link it elsewhere or free it.
pub(super) struct Nodes<'l, S: Slot>(*mut Node<S>, PhantomData<&'l Node<S>>);

impl<S: Slot> Nodes<'_, S> {
    /// Those from `first` on; none for null.
    ///
    /// # Safety
    ///
    /// 1. For `first` and all that are older the conditions of [`Linked::new`] hold until they are
    ///    given out, and while what is given out is used.
    pub(super) unsafe fn new(first: *mut Node<S>) -> Self {
        Self(first, PhantomData)
    }
}

impl<'l, S: Slot> Iterator for Nodes<'l, S> {
    type Item = Linked<'l, S>;

    fn next(&mut self) -> Option<Linked<'l, S>> {
        // SAFETY: 1 and 2 hold for every node that was not given out (`new`, 1).
        let node = unsafe { Linked::new(self.0) }?;
        self.0 = node.links().older;
        Some(node)
    }
}
