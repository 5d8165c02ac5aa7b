//! What a death takes of a weak list, and how it goes on with that.

use core::marker::PhantomData;

use super::node::{Held, Linked};
use super::{INLINE, Locked, Node, TAKEN, kept::wake, tag, tagged, untag};
use crate::count::List;
use crate::slot::{Header, Shape, Slot};

/// In a chain: the inline registration waits for the sixth step.
pub(super) const WAKES: usize = 1;

/// What a death took, newest first: callbacks and finalizers, of each of which the dying thread owns
/// the list's share, and registrations whose graveyards are told after them.
pub(crate) struct Chain<S: Slot>(pub(super) *mut (), pub(super) PhantomData<*mut Node<S>>);

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

    /// The next of steps 5 and 6: runs the first callback or finalizer; when none is left, tells the first
    /// graveyard that wakes its owner. Never unwinds.
    ///
    /// # Safety
    ///
    /// 1. The chain is what is left of one that came from [`take`] of `header`, on this thread, and is not empty.
    /// 2. The caller holds a weak unit of the object throughout.
    pub(crate) unsafe fn fire_next(&mut self, header: *mut Header<S>) {
        // SAFETY: 1 and 2, what this death took (1) it alone reaches, and it is not freed before it was
        // fired or told (L4).
        let Some(node) = (unsafe { Linked::<S>::new(untag(self.0)) }) else {
            self.0 = core::ptr::null_mut();
            // SAFETY: 1, not empty (1), so the mark says that the inline notice is kept back; 2, the caller's
            // unit (2); 3, the address that was taken (1).
            return unsafe { wake(header, core::ptr::null_mut()) };
        };
        // Left before it is fired, which may free it.
        self.0 = tagged(node.links().older, tag(self.0));
        if let Some(action) = node.action() {
            // SAFETY: 1, of its table's type (L3); 2, taken by this death, with the list's share
            // (L4); 3, the caller's unit (2).
            unsafe { (action.fire)(node.as_ptr()) };
        } else {
            // SAFETY: 1, a registration (L3) that is kept back (L4); 2, the caller's unit (2); 3, the
            // address that was taken (1).
            unsafe { wake(header, node.as_ptr().cast()) };
        }
    }
}

/// Ends the inline registration of a live object, which is all that its list has.
///
/// # Safety
///
/// 1. No node is linked, and nobody else reaches the header meanwhile: the list is as good as locked.
pub(crate) unsafe fn clear<S: Slot>(header: &Header<S>) {
    // SAFETY: 1, as good as locked (1).
    let berth = unsafe { Held::new(&header.berth) };
    debug_assert_eq!(tag(berth.link()), INLINE);
    berth.set_link(core::ptr::null_mut());
}

/// Takes the list of a closed object.
///
/// # Safety
///
/// 1. The caller closed the object, or it never was open; it owns its implicit weak unit, and takes the
///    list for the first time.
/// 2. `header` came from the allocation of the object's block.
/// 3. `list` is what it was told when it closed, or what the counts say of an object that never was open.
#[inline]
pub(crate) unsafe fn take<S: Slot>(header: *mut Header<S>, list: List) -> Chain<S> {
    if list == List::Vacant {
        return Chain::EMPTY;
    }
    // SAFETY: 1, closed, its unit the caller's (1); 2, from the allocation (2); 3, what was told (3).
    unsafe { take_locked(header, list, false) }.0
}

/// As [`take`], of an object with nothing left to do before its implicit weak unit is given back, by a caller who
/// goes on with the chain before any other code runs on the thread. If nothing
/// is left in the list either, that is done too, and it says whether it was the last, with which the caller must
/// free the block.
///
/// # Safety
///
/// 1. As [`take`]'s 1. If no chain is returned, the implicit weak unit is given up.
/// 2. As [`take`]'s 2.
/// 3. As [`take`]'s 3.
#[inline]
pub(crate) unsafe fn take_and_leave<S: Slot>(
    header: *mut Header<S>,
    list: List,
) -> Result<bool, Chain<S>> {
    if list == List::Vacant {
        // SAFETY: the implicit unit (1) holds the block up to the operation that gives it back.
        return Ok(unsafe { &*header }.counts.release_implicit_weak());
    }
    // SAFETY: 1, closed, its unit the caller's (1); 2, from the allocation (2); 3, what was told (3).
    unsafe { leave_locked(header, list) }
}

/// The rest of a link that is TAKEN, when the constructor gave up.
const UNWRITTEN: usize = 8;

/// As [`take`], of an object whose value was never written, and leaves its shape to whoever frees the
/// block: from the handle it cannot be told without a reference to the value.
///
/// # Safety
///
/// 1. As [`take`]'s 1.
/// 2. As [`take`]'s 2.
/// 3. `shape` is that of the value's type.
#[cold]
pub(crate) unsafe fn take_unwritten<S: Slot>(header: *mut Header<S>, shape: Shape) -> Chain<S> {
    // SAFETY: 1, the implicit unit (1) holds the block.
    let locked = unsafe { Locked::new(header) };
    // SAFETY: 1, the address that was locked, from the allocation (2); 2, for the first time (1).
    let chain = unsafe { locked.take(header, false) };
    // No registration stands in the berth: those are made from strong handles, and there was none.
    locked.set_link(core::ptr::without_provenance_mut(UNWRITTEN | TAKEN));
    locked.inline().set_token(shape.encode());
    chain
}

/// The shape that [`take_unwritten`] left, if the value was never written.
///
/// # Safety
///
/// 1. The last unit of the block is the caller's, and was given back with Acquire.
pub(crate) unsafe fn never_written<S: Slot>(header: &Header<S>) -> Option<Shape> {
    // SAFETY: 1, nobody else is left (1): the list is as good as locked.
    let berth = unsafe { Held::new(&header.berth) };
    (berth.link().addr() == UNWRITTEN | TAKEN).then(|| Shape::decode(berth.token()))
}

/// Compiled once for each flavour, not into the end of every type's handles.
///
/// # Safety
///
/// 1. As [`take`]'s 1.
/// 2. As [`take`]'s 2.
/// 3. As [`take`]'s 3.
#[inline(never)]
unsafe fn take_locked<'a, S: Slot>(
    header: *mut Header<S>,
    list: List,
    fires_next: bool,
) -> (Chain<S>, Locked<'a, S>) {
    let locked = if list == List::Locked {
        // SAFETY: the implicit unit (1) is held until the death's end, and the block with it.
        Locked(unsafe { &*header })
    } else {
        // SAFETY: 1, the implicit unit (1) is held until the death's end.
        unsafe { Locked::new(header) }
    };
    // SAFETY: 1, the address locked above, from the allocation (2); 2, closed, and for the first time
    // (1).
    let chain = unsafe { locked.take(header, fires_next) };
    (chain, locked)
}

/// As [`take_and_leave`], of a list that is not vacant.
///
/// # Safety
///
/// 1. As [`take_and_leave`]'s 1.
/// 2. As [`take_and_leave`]'s 2.
/// 3. As [`take_and_leave`]'s 3.
#[inline(never)]
unsafe fn leave_locked<S: Slot>(header: *mut Header<S>, list: List) -> Result<bool, Chain<S>> {
    // SAFETY: 1, closed, its unit the caller's (1); 2, from the allocation (2); 3, what was told (3).
    let (chain, locked) = unsafe { take_locked(header, list, true) };
    if chain.is_empty() {
        Ok(locked.release())
    } else {
        Err(chain)
    }
}
