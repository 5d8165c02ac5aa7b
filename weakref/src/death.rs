//! The order of a death, in one place: who lost the last strong unit comes here. Deaths nest up to
//! a depth; past it their steps after the second wait on a queue in the outermost one's frame, so
//! that a chain of any length dies on any stack.
//!
//! 1. closed: every upgrade fails (`count`)
//! 2. the list is taken (`list`)
//! 3. the value is dropped
//! 4. its memory is released
//! 5. callbacks and finalizers run
//! 6. waking graveyards are told
//! 7. the implicit weak unit is given back
//!
//! Every step that runs user code keeps its panic in; that of the value resumes at the end.

use core::any::type_name;
use core::cell::Cell;
use core::mem::{MaybeUninit, needs_drop};
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::count::End;
use crate::list::{self, Chain};
use crate::raw;
use crate::referenceable::WeakReferenceable;
use crate::slot;
use crate::unraisable::{Payload, Source, report};

/// Deaths inside deaths on one thread, before they are queued.
const DEPTH: u32 = 128;

/// Ends a strong unit.
///
/// # Safety
///
/// 1. The caller owns a strong unit of the object at `value`, and gives it up.
#[inline]
pub(crate) unsafe fn release_strong<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: (1): the unit keeps the value alive.
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: as above.
    let header = unsafe { raw::header_of(value) };
    // SAFETY: the unit holds the block until it is given up, which is the last use of the reference.
    let counts = &unsafe { raw::at(header) }.counts;
    match counts.release_strong(!needs_drop::<T>()) {
        End::Shared => {}
        // SAFETY: (1): nobody else has any handle.
        End::Last => unsafe { last(value) },
        // SAFETY: (1): closed here.
        End::Closed => unsafe { closed(value) },
        // SAFETY: closed here, and the value needs no drop: nobody uses its allocation any more. A
        // colocated one has none, and its block may be gone.
        End::Left => unsafe { slot::free_value(value.as_ptr().cast(), shape) },
        End::HandedOver => {
            // SAFETY: it is its header; the value may be gone, and only its metadata is taken.
            let handle = unsafe { raw::handle_of(value, header) };
            // SAFETY: (1): a weak unit was handed over.
            unsafe { raw::release_weak(handle) };
        }
    }
}

/// The death of an object without any other handle: nothing to close, no list.
///
/// # Safety
///
/// 1. The caller was told [`End::Last`].
#[inline]
unsafe fn last<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    if needs_drop::<T>() {
        // SAFETY: (1).
        run(unsafe { Record::new(value, Chain::EMPTY, finish_last::<T>) });
    } else {
        // SAFETY: (1): the value needs no drop.
        unsafe { free(value) };
    }
}

/// Frees an object that has no unit left.
///
/// # Safety
///
/// 1. The caller was told [`End::Last`], and the value is dropped or moved out.
#[inline]
unsafe fn free<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: (1).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: (1).
    unsafe { slot::free_value(value.as_ptr().cast(), shape) };
    // SAFETY: (1).
    unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
}

/// The death of an object that has weak references.
///
/// # Safety
///
/// 1. The caller was told [`End::Closed`].
unsafe fn closed<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: (1): the caller holds the implicit weak unit.
    let chain = unsafe { list::take(header) };
    if !needs_drop::<T>() && chain.is_empty() {
        // SAFETY: (1).
        unsafe { end_value(value, chain) };
        return;
    }
    // SAFETY: (1).
    run(unsafe { Record::new(value, chain, finish_closed::<T>) });
}

/// Ends an object whose construction failed: as a death, from the second step on.
///
/// # Safety
///
/// 1. The caller owns the closed object at `value` and its implicit weak unit.
/// 2. `written` says whether the value is initialised.
pub(crate) unsafe fn abandon<T: ?Sized + WeakReferenceable>(value: NonNull<T>, written: bool) {
    // SAFETY: (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: (1).
    let chain = unsafe { list::take(header) };
    let finish = if written {
        finish_closed::<T>
    } else {
        finish_moved::<T>
    };
    // SAFETY: (1), (2).
    run(unsafe { Record::new(value, chain, finish) });
}

/// The death of an object whose value is handed out instead of dropped.
///
/// # Safety
///
/// 1. The caller was told [`End::Last`] or [`End::Closed`]; `closed` says which.
pub(crate) unsafe fn move_out<T: WeakReferenceable>(value: NonNull<T>, closed: bool) -> T {
    // SAFETY: (1).
    let header = unsafe { raw::header_of(value) };
    let chain = if closed {
        // SAFETY: (1).
        unsafe { list::take(header) }
    } else {
        Chain::EMPTY
    };
    // SAFETY: (1): the value is initialised, and nobody reads or drops it after this.
    let moved = unsafe { value.read() };
    if closed {
        // SAFETY: (1). Nothing unwinds out of it: every callback keeps its panic in.
        unsafe { end_value(value, chain) };
    } else {
        // SAFETY: (1).
        unsafe { free(value) };
    }
    moved
}

/// Steps 4 to 7: the value's memory, what follows a death, the implicit weak unit.
///
/// # Safety
///
/// 1. The object at `value` is closed, its value dropped or moved out, `chain` was taken from it, and
///    the caller owns its implicit weak unit and gives it up.
unsafe fn end_value<T: ?Sized + WeakReferenceable>(value: NonNull<T>, chain: Chain<T::Slot>) {
    // SAFETY: (1).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: (1).
    unsafe { slot::free_value(value.as_ptr().cast(), shape) };
    // SAFETY: (1).
    unsafe { chain.fire(header) };
    // SAFETY: (1).
    if unsafe { raw::at(header) }.counts.release_implicit_weak() {
        // SAFETY: (1): it was the last unit.
        unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
    }
}

unsafe fn drop_value<T: ?Sized>(value: NonNull<T>) -> Option<Payload> {
    // SAFETY: the caller of the record's function owns the value, and this is its only drop.
    catch_unwind(AssertUnwindSafe(|| unsafe { value.drop_in_place() })).err()
}

/// Steps 3 to 7 of [`last`].
unsafe fn finish_last<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: made by `Record::new` for this type.
    let value = unsafe { record.value::<T>() };
    // SAFETY: a record is finished once.
    let payload = unsafe { drop_value(value) };
    // SAFETY: as above.
    unsafe { free(value) };
    payload
}

/// Steps 3 to 7 of [`closed`].
unsafe fn finish_closed<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: made by `Record::new` for this type.
    let value = unsafe { record.value::<T>() };
    // SAFETY: a record is finished once.
    let payload = unsafe { drop_value(value) };
    // SAFETY: as above.
    unsafe { finish_moved::<T>(record) };
    payload
}

/// Steps 4 to 7, for a value that is gone already.
unsafe fn finish_moved<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: made by `Record::new` for this type.
    let value = unsafe { record.value::<T>() };
    // SAFETY: a record is finished once.
    unsafe { end_value(value, Chain::from_raw(record.chain)) };
    None
}

/// A death after its second step, its type forgotten.
struct Record {
    /// A pointer to the value, thin or wide.
    value: MaybeUninit<[*mut (); 2]>,
    chain: *mut (),
    /// Performs the rest; returns the panic of the value's drop. Called once.
    finish: unsafe fn(&Record) -> Option<Payload>,
    type_name: fn() -> &'static str,
}

impl Record {
    /// # Safety
    ///
    /// 1. `finish` is made for `T`, and what it does is the caller's to do.
    unsafe fn new<T: ?Sized + WeakReferenceable>(
        value: NonNull<T>,
        chain: Chain<T::Slot>,
        finish: unsafe fn(&Self) -> Option<Payload>,
    ) -> Self {
        const { assert!(size_of::<NonNull<T>>() <= size_of::<[*mut (); 2]>()) };
        let mut place = MaybeUninit::<[*mut (); 2]>::uninit();
        // SAFETY: large enough, as asserted, and aligned like a pointer.
        unsafe { place.as_mut_ptr().cast::<NonNull<T>>().write(value) };
        Self {
            value: place,
            chain: chain.into_raw(),
            finish,
            type_name: type_name::<T>,
        }
    }

    /// # Safety
    ///
    /// 1. The record was made for `T`.
    unsafe fn value<T: ?Sized>(&self) -> NonNull<T> {
        // SAFETY: (1).
        unsafe { self.value.as_ptr().cast::<NonNull<T>>().read() }
    }

    fn finish(self) -> Option<Payload> {
        // SAFETY: `self` is consumed, so it is called once.
        unsafe { (self.finish)(&self) }
    }
}

/// What one thread knows of the deaths it is in the middle of.
struct Frame {
    depth: Cell<u32>,
    /// The queue of the outermost death; dangling at depth 0.
    queue: Cell<NonNull<Vec<Record>>>,
}

impl Frame {
    const fn new() -> Self {
        Self {
            depth: Cell::new(0),
            queue: Cell::new(NonNull::dangling()),
        }
    }
}

// Without a destructor: it can be used while the thread's other locals are destroyed.
#[cfg(not(any(loom, shuttle)))]
thread_local! {
    static FRAME: Frame = const { Frame::new() };
}
#[cfg(any(loom, shuttle))]
crate::sync::explorer::thread_local! {
    static FRAME: Frame = Frame::new();
}

/// Finishes a death: at once, or when the outermost one gets to it.
fn run(record: Record) {
    FRAME.with(|frame| match frame.depth.get() {
        0 => run_outermost(frame, record),
        depth if depth < DEPTH => run_nested(frame, depth, record),
        depth => {
            if let Err(record) = defer(frame, record) {
                // No memory for the queue: the stack may still do.
                run_nested(frame, depth, record);
            }
        }
    });
}

fn run_nested(frame: &Frame, depth: u32, record: Record) {
    let type_name = record.type_name;
    frame.depth.set(depth + 1);
    let payload = record.finish();
    frame.depth.set(depth);
    resume(payload, type_name);
}

fn run_outermost(frame: &Frame, record: Record) {
    let mut queue = Vec::new();
    let queue = &raw mut queue;
    // SAFETY: the address of a local is not null.
    frame.queue.set(unsafe { NonNull::new_unchecked(queue) });
    frame.depth.set(1);
    let mut type_name = record.type_name;
    let mut first = record.finish();
    // SAFETY: the queue is a local of this frame, and only this thread reaches it.
    while let Some(record) = unsafe { (*queue).pop() } {
        let next = record.type_name;
        match record.finish() {
            Some(payload) if first.is_some() => report(Source::Drop, next(), payload),
            Some(payload) => (first, type_name) = (Some(payload), next),
            None => {}
        }
    }
    frame.depth.set(0);
    frame.queue.set(NonNull::dangling());
    resume(first, type_name);
}

#[cold]
fn defer(frame: &Frame, record: Record) -> Result<(), Record> {
    let mut queue = frame.queue.get();
    // SAFETY: at depth 1 and more the outermost frame is on the stack, and it does not hold a
    // reference to its queue while it finishes a record.
    let queue = unsafe { queue.as_mut() };
    if queue.try_reserve(1).is_err() {
        return Err(record);
    }
    queue.push(record);
    Ok(())
}

/// Lets the panic of a value's drop go on, unless the thread is panicking already: two panics at
/// once would abort.
fn resume(payload: Option<Payload>, type_name: fn() -> &'static str) {
    let Some(payload) = payload else { return };
    if std::thread::panicking() {
        report(Source::Drop, type_name(), payload);
    } else {
        resume_unwind(payload);
    }
}
