//! What the calls of a thread are about that have not returned, in their own frames.

use core::cell::Cell;
use core::iter;
use core::mem;
#[cfg(not(any(loom, shuttle)))]
use std::thread::LocalKey;

#[cfg(any(loom, shuttle))]
use crate::sync::explorer::thread::LocalKey;

/// The innermost call of the thread, or null.
type Chain = LocalKey<Cell<*const Call>>;

/// What a call of this thread works on. Lives in the stack frame of that call.
pub(super) struct Call {
    about: u64,
    /// The next further out, while this stands in a chain.
    outer: Cell<*const Self>,
    /// For a reader: entries that were buried in the meantime.
    owed: Cell<Option<Box<Owed>>>,
}

/// Something to be dropped.
pub(super) trait Kept {}
impl<E> Kept for E {}

/// An entry that a reader drops after it has left, the last one first.
pub(super) struct Owed<K: ?Sized = dyn Kept> {
    pub(super) type_name: fn() -> &'static str,
    earlier: Option<Box<Owed>>,
    entry: K,
}

impl Call {
    #[inline]
    pub(super) fn new(about: u64) -> Self {
        Self {
            about,
            outer: Cell::new(core::ptr::null()),
            owed: Cell::new(None),
        }
    }

    /// Puts this call in front of `chain`, from which it has to be taken off before its frame ends.
    #[inline]
    pub(super) fn enter(&self, chain: &'static Chain) {
        self.outer.set(chain.with(|top| top.replace(self)));
    }

    /// Takes this call off.
    #[inline]
    pub(super) fn leave(&self, chain: &'static Chain) {
        if core::ptr::eq(chain.with(Cell::get), self) {
            chain.with(|top| top.set(self.outer.get()));
        } else {
            self.leave_out_of_turn(chain);
        }
    }

    /// Calls of one thread that have a stack each, as coroutines do, may return in any order.
    #[cold]
    fn leave_out_of_turn(&self, chain: &'static Chain) {
        let mut top = chain.with(Cell::get);
        while !top.is_null() {
            // SAFETY: G5: it stands in a call of this thread that has not returned, as all further out.
            let call = unsafe { &*top };
            if core::ptr::eq(call.outer.get(), self) {
                return call.outer.set(self.outer.get());
            }
            top = call.outer.get();
        }
    }

    /// Whether an outer call in `chain` works on the same.
    pub(super) fn is_in(chain: &'static Chain, about: u64) -> bool {
        let mut top = chain.with(Cell::get);
        while !top.is_null() {
            // SAFETY: G5: it stands in a call of this thread that has not returned, as all further out.
            let call = unsafe { &*top };
            if call.about == about {
                return true;
            }
            top = call.outer.get();
        }
        false
    }

    /// Leaves `entry` to the outermost call that reads a shard, or gives it back if there is none (G7).
    ///
    /// # Safety
    ///
    /// 1. The entry is of a type that is `'static`.
    pub(super) unsafe fn owe<E>(entry: E, type_name: fn() -> &'static str) -> Option<E> {
        if READING.with(Cell::get).is_null() {
            return Some(entry);
        }
        // Before the chain is looked at: an allocator whose code stops a coroutine here lets calls on other stacks return.
        let mut owed = Box::new(Owed {
            type_name,
            earlier: None,
            entry,
        });
        let mut top = READING.with(Cell::get);
        let mut outermost = None;
        while !top.is_null() {
            // SAFETY: G5: it stands in a call of this thread that has not returned, as all further out.
            let call = unsafe { &*top };
            outermost = Some(call);
            top = call.outer.get();
        }
        let Some(reading) = outermost else {
            return Some(owed.entry);
        };
        owed.earlier = reading.owed.take();
        let owed: Box<Owed<dyn Kept + '_>> = owed;
        // SAFETY: only a lifetime changes, to what it is (1).
        let owed = unsafe { mem::transmute::<Box<Owed<dyn Kept + '_>>, Box<Owed>>(owed) };
        reading.owed.set(Some(owed));
        None
    }

    #[inline]
    pub(super) fn take_owed(&self) -> Option<Box<Owed>> {
        self.owed.take()
    }
}

impl Owed {
    /// What is owed, each by itself, in the order in which it was buried.
    pub(super) fn into_entries(self: Box<Self>) -> impl Iterator<Item = Box<Self>> {
        let mut first = None;
        let mut next = Some(self);
        while let Some(mut owed) = next {
            next = mem::replace(&mut owed.earlier, first);
            first = Some(owed);
        }
        iter::from_fn(move || {
            let mut owed = first.take()?;
            first = owed.earlier.take();
            Some(owed)
        })
    }
}

// Without destructors: they can be used while the thread's other locals are destroyed.
#[cfg(not(any(loom, shuttle)))]
thread_local! {
    /// The groups that the thread reads.
    pub(super) static READING: Cell<*const Call> = const { Cell::new(core::ptr::null()) };
    /// The shards whose dead the thread buries.
    pub(super) static BURYING: Cell<*const Call> = const { Cell::new(core::ptr::null()) };
}
#[cfg(any(loom, shuttle))]
crate::sync::explorer::thread_local! {
    pub(super) static READING: Cell<*const Call> = Cell::new(core::ptr::null());
    pub(super) static BURYING: Cell<*const Call> = Cell::new(core::ptr::null());
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::cell::Cell;

    use super::{Call, READING};

    #[test]
    fn calls_leave_in_any_order() {
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let calls = [0, 1, 2].map(Call::new);
            for call in &calls {
                call.enter(&READING);
            }
            let mut stand = [true; 3];
            for left in order {
                calls[left].leave(&READING);
                stand[left] = false;
                assert_eq!([0, 1, 2].map(|about| Call::is_in(&READING, about)), stand);
            }
            assert!(READING.with(Cell::get).is_null());
        }
    }
}
