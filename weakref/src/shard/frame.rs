//! What the calls of a thread are about that have not returned, in their own frames.

use core::cell::Cell;
#[cfg(not(any(loom, shuttle)))]
use std::thread::LocalKey;

#[cfg(any(loom, shuttle))]
use crate::sync::explorer::thread::LocalKey;

/// What a call of this thread is about, in the frame of that call.
pub(super) struct Frame {
    pub(super) about: u64,
    pub(super) outer: *const Self,
}

impl Frame {
    /// Whether a call further out in `chain` is about the same.
    pub(super) fn is_in(chain: &'static LocalKey<Cell<*const Self>>, about: u64) -> bool {
        let mut top = chain.with(Cell::get);
        while !top.is_null() {
            // SAFETY: G5: it stands in a call of this thread that has not returned, as all further out.
            let frame = unsafe { &*top };
            if frame.about == about {
                return true;
            }
            top = frame.outer;
        }
        false
    }
}

// Without destructors: they can be used while the thread's other locals are destroyed.
#[cfg(not(any(loom, shuttle)))]
thread_local! {
    /// The groups that the thread reads.
    pub(super) static READING: Cell<*const Frame> = const { Cell::new(core::ptr::null()) };
    /// The shards whose dead the thread buries.
    pub(super) static BURYING: Cell<*const Frame> = const { Cell::new(core::ptr::null()) };
}
#[cfg(any(loom, shuttle))]
crate::sync::explorer::thread_local! {
    pub(super) static READING: Cell<*const Frame> = Cell::new(core::ptr::null());
    pub(super) static BURYING: Cell<*const Frame> = Cell::new(core::ptr::null());
}
