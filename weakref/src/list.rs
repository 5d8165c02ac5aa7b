//! The weak list of one object: callbacks, finalizers and container registrations. Everything here
//! moves pointers under the slot's lock and runs no user code.
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
//!
//! The notice for a graveyard that wakes its owner is kept back until the death's sixth step: FIRED or
//! WITHDRAWN meanwhile, with the graveyard in place of the next notice.
//!
//! With nodes present the inline registration's graveyard is carried by the newest node. A further
//! registration of the same object is a [`Registration`] node, whose own entry goes through INLINE,
//! FIRED, WITHDRAWN and TAKEN in the same way.
//!
//! L1: every node that is linked, and every entry that is registered, comes with a weak unit that
//! was added before and is given back after it was unlinked, consumed or drained.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::Ordering::Relaxed;

use crate::slot::{Header, Shape, Slot};
use crate::sync::{Bug, Guarded, Link, Lock, Size, seeded};

mod grave;

pub(crate) use grave::{Drained, Grave, Notice};

const LIST: usize = 0;
const INLINE: usize = 1;
const TAKEN: usize = 2;
const FIRED: usize = 4;
const WITHDRAWN: usize = 6;
/// In a notice's address, and beside FIRED and WITHDRAWN for the next one: a [`Registration`], not
/// a header.
const NODE: usize = 1;
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

/// One registration: in the header for an object's first, in a node for further ones.
#[derive(Debug)]
pub(crate) struct Entry<S: Slot> {
    link: S::Link,
    token: Guarded<u64>,
}

impl<S: Slot> Entry<S> {
    pub(crate) fn vacant() -> Self {
        Self {
            link: S::Link::new(core::ptr::null_mut()),
            token: Guarded::new(0),
        }
    }
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

/// One node of a weak list. Aligned for tags.
#[derive(Debug)]
#[repr(C, align(8))]
pub(crate) struct Node<S: Slot> {
    /// The next older one. Guarded by the slot's lock; after a death took the list, by that death.
    older: Guarded<*mut Node<S>>,
    newer: Guarded<*mut Node<S>>,
    /// The graveyard of the inline registration; in the newest node only.
    carried: Guarded<*mut Grave<S>>,
    pub(crate) header: *mut Header<S>,
    kind: Kind<S>,
}

#[derive(Debug)]
enum Kind<S: Slot> {
    /// A [`Registration`].
    Registration,
    /// A callback or a finalizer.
    Action(&'static Action<S>),
}

/// What can be done with a callback or finalizer whose type is forgotten.
pub(crate) struct Action<S: Slot> {
    /// Runs it as a step of a death, keeps its panic in, and leaves it.
    pub(crate) fire: unsafe fn(*mut Node<S>),
    /// Gives one of its owners' shares up; the last frees it, and its weak unit.
    pub(crate) leave: unsafe fn(*mut Node<S>),
    /// Drops the action that was never run, and the node. The caller holds every share.
    pub(crate) cancel: unsafe fn(*mut Node<S>),
    /// Whether a handle refers to it.
    pub(crate) is_held: unsafe fn(*mut Node<S>) -> bool,
    pub(crate) is_finalizer: bool,
}

impl<S: Slot> fmt::Debug for Action<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").finish_non_exhaustive()
    }
}

impl<S: Slot> Node<S> {
    fn new(header: *mut Header<S>, kind: Kind<S>) -> Self {
        let null = core::ptr::null_mut();
        Self {
            older: Guarded::new(null),
            newer: Guarded::new(null),
            carried: Guarded::new(core::ptr::null_mut()),
            header,
            kind,
        }
    }

    /// A node by its address.
    ///
    /// # Safety
    ///
    /// 1. It is not freed while the reference is used: linked, or a share of it is the caller's.
    unsafe fn at<'a>(node: *mut Self) -> &'a Self {
        // SAFETY: (1). All that changes is interior mutable.
        unsafe { &*node }
    }

    pub(crate) fn action(header: *mut Header<S>, action: &'static Action<S>) -> Self {
        Self::new(header, Kind::Action(action))
    }
}

/// A registration that did not find the inline entry free.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Registration<S: Slot> {
    node: Node<S>,
    pub(crate) grave: *mut Grave<S>,
    entry: Entry<S>,
}

impl<S: Slot> Registration<S> {
    pub(crate) fn new(header: *mut Header<S>, grave: *mut Grave<S>, token: u64) -> Self {
        let entry = Entry {
            link: S::Link::new(tagged(grave, INLINE)),
            token: Guarded::new(token),
        };
        Self {
            node: Node::new(header, Kind::Registration),
            grave,
            entry,
        }
    }
}

/// The list of one object, locked.
pub(crate) struct Locked<'a, S: Slot>(&'a Header<S>);

impl<S: Slot> Drop for Locked<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.0.lock.unlock();
    }
}

impl<'a, S: Slot> Locked<'a, S> {
    /// Locks.
    ///
    /// # Safety
    ///
    /// 1. The caller holds a unit of the block, or somebody does on its behalf, until it unlocked.
    #[inline]
    pub(crate) unsafe fn new(header: *mut Header<S>) -> Self {
        // SAFETY: (1): the block is not freed.
        let header = unsafe { &*header };
        header.lock.lock();
        Self(header)
    }

    /// The entry of `node`, or the inline one for null.
    ///
    /// # Safety
    ///
    /// 1. `node` is null, or a registration of this object that is not freed while this is locked.
    unsafe fn entry(&self, node: *mut Registration<S>) -> &'a Entry<S> {
        if node.is_null() {
            &self.0.entry
        } else {
            // SAFETY: (1).
            unsafe { &(*node).entry }
        }
    }

    fn link(&self) -> *mut () {
        self.0.entry.link.load(Relaxed)
    }

    /// Reads what this lock guards.
    #[expect(clippy::unused_self, reason = "the proof that the list is locked")]
    fn get<P: Copy>(&self, place: &Guarded<P>) -> P {
        // SAFETY: only places of this object's list are asked for, and the list is locked.
        unsafe { place.get() }
    }

    #[expect(clippy::unused_self, reason = "as in `get`")]
    fn set<P: Copy>(&self, place: &Guarded<P>, value: P) {
        // SAFETY: as in `get`.
        unsafe { place.set(value) };
    }

    fn set_link(&self, link: *mut ()) {
        // Relaxed: read under the lock or, by a death, after the Acquire of its close.
        self.0.entry.link.store(link, Relaxed);
    }

    /// Links `node` as the newest.
    ///
    /// # Safety
    ///
    /// 1. The object is live or under construction; `node` is valid, unlinked and comes with its
    ///    weak unit (L1).
    pub(crate) unsafe fn push(&self, node: *mut Node<S>) {
        let link = self.link();
        let mut head: *mut Node<S> = core::ptr::null_mut();
        let mut carried = core::ptr::null_mut();
        if tag(link) == INLINE {
            carried = untag(link);
        } else if !link.is_null() {
            debug_assert_eq!(tag(link), LIST);
            head = link.cast();
            // SAFETY: linked.
            let newest = unsafe { Node::at(head) };
            carried = self.get(&newest.carried);
            self.set(&newest.carried, core::ptr::null_mut());
            self.set(&newest.newer, node);
        }
        // SAFETY: (1).
        let new = unsafe { Node::at(node) };
        self.set(&new.older, head);
        self.set(&new.newer, core::ptr::null_mut());
        self.set(&new.carried, carried);
        self.set_link(node.cast());
    }

    /// Unlinks `node`; false when a death took the list before.
    ///
    /// # Safety
    ///
    /// 1. `node` is valid, was pushed to this list and not unlinked since.
    pub(crate) unsafe fn unlink(&self, node: *mut Node<S>) -> bool {
        if self.is_taken() && !seeded(Bug::LateCancelUnlinks) {
            return false;
        }
        // SAFETY: (1).
        let old = unsafe { Node::at(node) };
        let (older, newer) = (self.get(&old.older), self.get(&old.newer));
        if !older.is_null() {
            // SAFETY: linked.
            self.set(&unsafe { Node::at(older) }.newer, newer);
        }
        if !newer.is_null() {
            // SAFETY: linked.
            self.set(&unsafe { Node::at(newer) }.older, older);
            return true;
        }
        let carried = self.get(&old.carried);
        if !older.is_null() {
            // SAFETY: linked.
            self.set(&unsafe { Node::at(older) }.carried, carried);
            self.set_link(older.cast());
        } else if carried.is_null() {
            self.set_link(core::ptr::null_mut());
        } else {
            self.set_link(tagged(carried, INLINE));
        }
        true
    }

    fn is_taken(&self) -> bool {
        tag(self.link()) > INLINE
    }

    /// Registers inline; false when the inline entry is in use.
    ///
    /// # Safety
    ///
    /// 1. The object is live; `grave` is valid until the registration ends.
    pub(crate) unsafe fn register(&self, grave: *mut Grave<S>, token: u64) -> bool {
        let link = self.link();
        if tag(link) == INLINE {
            return false;
        }
        debug_assert_eq!(tag(link), LIST);
        if link.is_null() {
            self.set_link(tagged(grave, INLINE));
        } else {
            // SAFETY: linked.
            let newest = unsafe { Node::<S>::at(link.cast()) };
            if !self.get(&newest.carried).is_null() {
                return false;
            }
            self.set(&newest.carried, grave);
        }
        self.set(&self.0.entry.token, token);
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
        // SAFETY: (1).
        let entry = unsafe { self.entry(node) };
        let link = entry.link.load(Relaxed);
        match tag(link) & !NODE {
            FIRED => {
                entry
                    .link
                    .store(link.map_addr(|addr| addr | WITHDRAWN), Relaxed);
                self.set(&entry.token, shape.encode());
                // SAFETY: (1): a graveyard outlives the notices that stand in it, and this one
                // cannot be drained while the slot is locked.
                unsafe { &(*grave).dead }.fetch_sub(1, Relaxed);
                Standing::Withdrawn
            }
            TAKEN => Standing::Drained,
            _ => {
                if node.is_null() {
                    self.clear_inline();
                } else {
                    // SAFETY: (1): registered, hence linked.
                    unsafe { self.unlink(node.cast()) };
                }
                Standing::Registered
            }
        }
    }

    fn clear_inline(&self) {
        let link = self.link();
        if tag(link) == INLINE {
            self.set_link(core::ptr::null_mut());
        } else {
            // SAFETY: with nodes present, the newest carries the inline registration.
            let newest = unsafe { Node::<S>::at(link.cast()) };
            self.set(&newest.carried, core::ptr::null_mut());
        }
    }

    /// The number of linked nodes, if no handle refers to any of them and nothing is registered.
    pub(crate) fn unheld(&self) -> Option<u64> {
        if tag(self.link()) != LIST {
            return None;
        }
        let mut node: *mut Node<S> = self.link().cast();
        let mut count = 0;
        while !node.is_null() {
            // SAFETY: linked.
            let linked = unsafe { Node::at(node) };
            let Kind::Action(action) = linked.kind else {
                return None;
            };
            // SAFETY: linked, and of the type its table was made for.
            let held = unsafe { (action.is_held)(node) };
            if held || !self.get(&linked.carried).is_null() {
                return None;
            }
            count += 1;
            node = self.get(&linked.older);
        }
        Some(count)
    }

    /// Calls `visit` with every linked callback and finalizer, newest first.
    pub(crate) fn each_action(&self, mut visit: impl FnMut(NonNull<Node<S>>, &'static Action<S>)) {
        if tag(self.link()) != LIST {
            return;
        }
        let mut next = NonNull::new(self.link().cast::<Node<S>>());
        while let Some(node) = next {
            // SAFETY: linked.
            let linked = unsafe { Node::at(node.as_ptr()) };
            if let Kind::Action(action) = linked.kind {
                visit(node, action);
            }
            next = NonNull::new(self.get(&linked.older));
        }
    }

    /// The death's second step: registrations go to their graveyards, but for those that are told
    /// later; the rest is returned, newest first, and cannot be cancelled any more.
    ///
    /// `header` is the address that was locked. It goes into the notice, from which the block may be
    /// freed, so it must be the one that came from the allocation: a reference to the header may
    /// not reach beyond the header.
    fn take(&self, header: *mut Header<S>) -> Chain<S> {
        let link = self.link();
        self.set_link(tagged(core::ptr::null_mut::<()>(), TAKEN));
        let mut inline: *mut Grave<S> = core::ptr::null_mut();
        let mut node: *mut Node<S> = core::ptr::null_mut();
        if tag(link) == INLINE {
            inline = untag(link);
        } else if !link.is_null() {
            node = link.cast();
            // SAFETY: linked.
            inline = self.get(&unsafe { Node::at(node) }.carried);
        }
        let mut chain = self.take_nodes(node);
        if inline.is_null() {
            return chain;
        }
        // SAFETY: a graveyard outlives its registrations.
        let grave = unsafe { &*inline };
        grave.dead.fetch_add(1, Relaxed);
        if grave.is_waking() {
            self.set_link(tagged(inline, FIRED));
            chain.0 = tagged(chain.0, WAKES);
            return chain;
        }
        if seeded(Bug::PushOutsideLock) {
            self.0.lock.unlock();
        }
        grave.push(header.cast(), &self.0.entry, FIRED);
        if seeded(Bug::PushOutsideLock) {
            self.0.lock.lock();
        }
        chain
    }

    fn take_nodes(&self, mut node: *mut Node<S>) -> Chain<S> {
        let mut first: *mut Node<S> = core::ptr::null_mut();
        let mut last: Option<&Node<S>> = None;
        while !node.is_null() {
            // SAFETY: linked until now.
            let taken = unsafe { Node::at(node) };
            // Read before the node is given to anybody.
            let older = self.get(&taken.older);
            if self.keeps(node) {
                match last {
                    Some(last) => self.set(&last.older, node),
                    None => first = node,
                }
                last = Some(taken);
            }
            node = older;
        }
        if let Some(last) = last {
            self.set(&last.older, core::ptr::null_mut());
        }
        Chain(first.cast(), PhantomData)
    }

    /// Whether a taken node stays with the death: an action, or a registration whose graveyard is
    /// told later. Others go to their graveyards.
    #[expect(clippy::unused_self, reason = "as in `get`")]
    fn keeps(&self, node: *mut Node<S>) -> bool {
        // SAFETY: linked until now, and not given to anybody yet.
        if let Kind::Action(_) = unsafe { Node::at(node) }.kind {
            return true;
        }
        // SAFETY: of that kind.
        let registration = unsafe { &*node.cast::<Registration<S>>() };
        // SAFETY: a graveyard outlives its registrations.
        let grave = unsafe { &*registration.grave };
        grave.dead.fetch_add(1, Relaxed);
        if grave.is_waking() {
            let kept = tagged(registration.grave, FIRED);
            registration.entry.link.store(kept, Relaxed);
            return true;
        }
        grave.push(tagged(node, NODE), &registration.entry, FIRED);
        false
    }

    /// Gives a notice that a death kept back to its graveyard, which is returned: of a node, or the
    /// inline one for null.
    ///
    /// # Safety
    ///
    /// 1. The entry is FIRED or WITHDRAWN and kept back by a death of this thread.
    unsafe fn notify(&self, header: *mut Header<S>, node: *mut Registration<S>) -> *mut Grave<S> {
        // SAFETY: (1).
        let entry = unsafe { self.entry(node) };
        let link = entry.link.load(Relaxed);
        let grave: *mut Grave<S> = untag(link);
        let notice = if node.is_null() {
            header.cast()
        } else {
            tagged(node, NODE)
        };
        // SAFETY: it is not freed before this death has left it.
        unsafe { &*grave }.push(notice, entry, tag(link));
        grave
    }
}

/// In a chain: the inline registration waits for the sixth step.
const WAKES: usize = 1;

/// What a death took, newest first: callbacks and finalizers, of each of which the dying thread owns
/// the list's share, and registrations whose graveyards are told after them.
pub(crate) struct Chain<S: Slot>(*mut (), PhantomData<*mut Node<S>>);

impl<S: Slot> Chain<S> {
    pub(crate) const EMPTY: Self = Self(core::ptr::null_mut(), PhantomData);

    pub(crate) fn into_raw(self) -> *mut () {
        self.0
    }

    pub(crate) fn from_raw(raw: *mut ()) -> Self {
        Self(raw, PhantomData)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_null()
    }

    /// Steps 5 and 6: runs the callbacks and finalizers, then tells the graveyards that wake their
    /// owners.
    ///
    /// # Safety
    ///
    /// 1. The chain came from [`take`] of `header`, and the value is gone.
    /// 2. The caller holds a weak unit of the object.
    pub(crate) unsafe fn fire(self, header: *mut Header<S>) {
        let mut next: *mut Node<S> = untag(self.0);
        let mut waiting: *mut Node<S> = core::ptr::null_mut();
        while !next.is_null() {
            let node = next;
            // SAFETY: (1): the dying thread holds a share in it.
            let taken = unsafe { Node::at(node) };
            // SAFETY: (1): after the list was taken, only the dying thread follows the links.
            next = unsafe { taken.older.get() };
            if let Kind::Action(action) = taken.kind {
                // SAFETY: (1), and the table was made for this node.
                unsafe { (action.fire)(node) };
            } else {
                // SAFETY: (1): as above.
                unsafe { taken.older.set(waiting) };
                waiting = node;
            }
        }
        while !waiting.is_null() {
            let node = waiting;
            // SAFETY: (1): its notice is this death's until it is given to its graveyard.
            let taken = unsafe { Node::at(node) };
            // SAFETY: (1): as above.
            waiting = unsafe { taken.older.get() };
            // SAFETY: (1), (2).
            unsafe { wake(header, node.cast()) };
        }
        if tag(self.0) == WAKES {
            // SAFETY: (1), (2).
            unsafe { wake(header, core::ptr::null_mut()) };
        }
    }
}

/// Gives a notice that was kept back to its graveyard, and wakes the owner.
///
/// # Safety
///
/// 1. As for [`Locked::notify`]; the caller holds a weak unit of the object.
unsafe fn wake<S: Slot>(header: *mut Header<S>, node: *mut Registration<S>) {
    // SAFETY: (1).
    let locked = unsafe { Locked::new(header) };
    // SAFETY: (1).
    let grave = unsafe { locked.notify(header, node) };
    drop(locked);
    // SAFETY: nobody has left for this registration yet: what died is counted when its death leaves.
    if let Some(waker) = unsafe { &(*grave).waker } {
        waker();
    }
    // SAFETY: as above; it is not touched any more.
    unsafe { Grave::leave(grave) };
}

/// Whether the list may hold anything. After the object was closed, false stays false.
#[inline]
pub(crate) fn is_vacant<S: Slot>(header: &Header<S>) -> bool {
    // Relaxed: whoever registered held a strong unit, whose Release decrement the closer acquired.
    header
        .entry
        .link
        .hint(Relaxed)
        .is_some_and(<*mut ()>::is_null)
}

/// Takes the list of a closed object.
///
/// # Safety
///
/// 1. The caller closed the object and holds its implicit weak unit.
#[inline]
pub(crate) unsafe fn take<S: Slot>(header: *mut Header<S>) -> Chain<S> {
    // SAFETY: (1).
    if is_vacant(unsafe { &*header }) {
        return Chain::EMPTY;
    }
    // SAFETY: (1).
    unsafe { take_locked(header) }
}

/// Compiled once for each flavour, not into the end of every type's handles.
///
/// # Safety
///
/// 1. As for [`take`].
#[inline(never)]
unsafe fn take_locked<S: Slot>(header: *mut Header<S>) -> Chain<S> {
    // SAFETY: (1).
    unsafe { Locked::new(header) }.take(header)
}
