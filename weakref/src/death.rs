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
use crate::slot::{self, Shape, Slot};
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
    // SAFETY: 1, the unit keeps the value alive (1).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: 1, as for its shape.
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, the unit (1) holds the block; its release below is the last use of the reference.
    let counts = &unsafe { raw::at(header) }.counts;
    match counts.release_strong(!needs_drop::<T>()) {
        End::Shared => {}
        // SAFETY: 1, told just now; 2, the only unit there was (1) kept the value alive.
        End::Last => unsafe { last(value) },
        // SAFETY: 1, told just now; 2, the unit (1) kept the value alive until it was closed.
        End::Closed => unsafe { closed(value) },
        // SAFETY: 1, of this shape, and not freed before: closed just now (C3); the value needs no drop, so
        // nobody uses its allocation any more. A colocated one has none, and its block may be gone.
        End::Left => unsafe { slot::free_value(value.as_ptr().cast(), shape) },
        End::HandedOver => {
            // SAFETY: 1, its header. The value may be gone: only its metadata is taken.
            let handle = unsafe { raw::handle_of(value, header) };
            // SAFETY: 1, a weak unit was handed over (C5).
            unsafe { raw::release_weak(handle) };
        }
    }
}

/// The death of an object without any other handle: nothing to close, no list.
///
/// # Safety
///
/// 1. The caller was told [`End::Last`]: it owns the value and the block.
/// 2. The value is initialised.
#[inline]
unsafe fn last<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    if needs_drop::<T>() {
        // SAFETY: 1, made for `T`; 2, value and block are the caller's (1), the value initialised (2).
        run(unsafe { Record::new(value, Chain::EMPTY, finish_last::<T>) });
    } else {
        // SAFETY: 1, the caller's (1); 2, the value needs no drop.
        unsafe { free(value) };
    }
}

/// Frees an object that has no unit left.
///
/// # Safety
///
/// 1. The caller owns value and block, and nobody else has a handle of any kind.
/// 2. The value is dropped or moved out, or needs no drop.
#[inline]
unsafe fn free<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the object's value, not freed before the lines below (1).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: 1, the object's value, not freed before the lines below (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, of this shape, and nobody uses the value any more (1, 2).
    unsafe { slot::free_value(value.as_ptr().cast(), shape) };
    // SAFETY: 1, its header, which nobody else uses (1), and the value was freed above; 2, its shape.
    unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
}

/// The death of an object that has weak references.
///
/// # Safety
///
/// 1. The caller was told [`End::Closed`]: it owns the implicit weak unit and the value.
/// 2. The value is initialised.
unsafe fn closed<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the value is the caller's (1) and not freed.
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, closed by the caller, who owns the implicit unit (1), once (C3); 2, computed from the
    // value.
    let chain = unsafe { list::take(header) };
    if !needs_drop::<T>() && chain.is_empty() {
        // SAFETY: 1, closed, the implicit unit the caller's (1); 2, it needs no drop; 3, taken above.
        unsafe { end_value(value, chain) };
        return;
    }
    // SAFETY: 1, made for `T`; 2, closed, value and implicit unit the caller's (1, 2), the chain taken
    // above.
    run(unsafe { Record::new(value, chain, finish_closed::<T>) });
}

/// Ends an object whose construction failed after its value was written: as a death, from the second
/// step on.
///
/// # Safety
///
/// 1. The object at `value` was never open, and the caller owns it, its value and its implicit weak unit, and
///    gives all up.
pub(crate) unsafe fn abandon<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the object's value, not freed (1); 2, it was written (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, never open, the implicit unit the caller's (1), who ends it once; 2, computed from the value.
    let chain = unsafe { list::take(header) };
    // SAFETY: 1, made for `T`; 2, closed, value and implicit unit the caller's (1), the chain taken above.
    run(unsafe { Record::new(value, chain, finish_closed::<T>) });
}

/// The same of an object whose value was never written: there is no third step.
///
/// # Safety
///
/// 1. The object at `value` was never open, and the caller owns it and its implicit weak unit, and gives
///    both up.
pub(crate) unsafe fn abandon_unwritten<T: WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the object's place, not freed (1).
    let header = unsafe { raw::header_of_place(value) };
    // SAFETY: 1, never open, the implicit unit the caller's (1), who ends it once; a sized value has the shape
    // of its type.
    let chain = unsafe { list::take_unwritten(header, Shape::of_sized::<T>()) };
    // SAFETY: 1, made for `T`; 2, closed, the implicit unit the caller's (1), the chain taken above, and no
    // value is dropped.
    run(unsafe { Record::new(value, chain, finish_unwritten::<T>) });
}

/// The death of an object whose value is handed out instead of dropped.
///
/// # Safety
///
/// 1. If `closed`, the caller was told [`End::Closed`] or has closed the object; if not, nobody else has
///    a handle of any kind. It owns the value.
/// 2. The value is initialised.
pub(crate) unsafe fn move_out<T: WeakReferenceable>(value: NonNull<T>, closed: bool) -> T {
    // SAFETY: 1, the value is the caller's (1) and not freed.
    let header = unsafe { raw::header_of(value) };
    let chain = if closed {
        // SAFETY: 1, closed by the caller, who owns the implicit unit (1), once (C3); 2, computed from
        // the value.
        unsafe { list::take(header) }
    } else {
        Chain::EMPTY
    };
    // SAFETY: initialised (2), the caller's (1), and nobody reads or drops it after this.
    let moved = unsafe { value.read() };
    if closed {
        // SAFETY: 1, closed, the implicit unit the caller's (1); 2, moved out above; 3, taken above. It
        // does not unwind, so that `moved` is returned whole.
        unsafe { end_value(value, chain) };
    } else {
        // SAFETY: 1, nobody else has a handle (1); 2, moved out above.
        unsafe { free(value) };
    }
    moved
}

/// Steps 4 to 7: the value's memory, what follows a death, the implicit weak unit. Never unwinds.
///
/// # Safety
///
/// 1. The object at `value` is closed; the caller owns its implicit weak unit and gives it up.
/// 2. The value is dropped, moved out, or needs no drop, and is not freed.
/// 3. `chain` was taken from the object on this thread, and not fired.
unsafe fn end_value<T: ?Sized + WeakReferenceable>(value: NonNull<T>, chain: Chain<T::Slot>) {
    // SAFETY: 1, the object's value, not freed before the line below (2); 2, it was written (2).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: 1 to 3, as for this; 4, the shape of the value.
    unsafe { end_place(value.as_ptr().cast(), shape, chain) };
}

/// As [`end_value`], by the value's shape.
///
/// # Safety
///
/// 1. As [`end_value`]'s 1.
/// 2. As [`end_value`]'s 2, but that the value may never have been written.
/// 3. As [`end_value`]'s 3.
/// 4. `shape` is the value's.
unsafe fn end_place<S: Slot>(value: *mut u8, shape: Shape, chain: Chain<S>) {
    // SAFETY: 1, an object's place of this shape (4), not freed before the lines below (2).
    let header = unsafe { slot::header_of(value, shape) };
    // SAFETY: 1, of this shape (4), and nobody uses the value any more: it is gone (2), and upgrades fail (1).
    unsafe { slot::free_value(value, shape) };
    // SAFETY: 1, taken from this header on this thread (3); 2, the implicit unit (1).
    unsafe { chain.fire(header) };
    // SAFETY: 1, the implicit unit (1) holds the block; this is the operation that gives it back.
    if unsafe { raw::at(header) }.counts.release_implicit_weak() {
        // SAFETY: 1, it was the last unit, and the value was freed above; 2, its shape.
        unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
    }
}

/// # Safety
///
/// 1. The value is initialised and the caller's, and not used afterwards.
unsafe fn drop_value<T: ?Sized>(value: NonNull<T>) -> Option<Payload> {
    // SAFETY: initialised, and dropped here only (1).
    catch_unwind(AssertUnwindSafe(|| unsafe { value.drop_in_place() })).err()
}

/// Steps 3 to 7 of [`last`].
///
/// # Safety
///
/// 1. As for [`Record::finish`]; the record was made for `T`.
/// 2. The record's maker owned value and block, the value was initialised, and nobody else had a handle.
unsafe fn finish_last<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: 1, made for `T` (1).
    let value = unsafe { record.value::<T>() };
    // SAFETY: 1, initialised and the record's (2), which is finished once (1).
    let payload = unsafe { drop_value(value) };
    // SAFETY: 1, nobody else had a handle (2), and none can be made without one; 2, dropped above.
    unsafe { free(value) };
    payload
}

/// Steps 3 to 7 of [`closed`].
///
/// # Safety
///
/// 1. As for [`Record::finish`]; the record was made for `T`.
/// 2. The record's maker owned the initialised value and the implicit weak unit of the closed object, and
///    took the chain from it on this thread.
unsafe fn finish_closed<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: 1, made for `T` (1).
    let value = unsafe { record.value::<T>() };
    // SAFETY: 1, initialised and the record's (2), which is finished once (1).
    let payload = unsafe { drop_value(value) };
    // SAFETY: 1, made for `T`, and finished by this call (1); 2, as the maker owned it (2), less the
    // value.
    unsafe { finish_moved::<T>(record) };
    payload
}

/// Steps 4 to 7, for a value that is gone already, or was never written.
///
/// # Safety
///
/// 1. As for [`Record::finish`]; the record was made for `T`.
/// 2. The record's maker owned the implicit weak unit of the closed object, whose value is gone, and took
///    the chain from it on this thread.
unsafe fn finish_moved<T: ?Sized + WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: 1, made for `T` (1).
    let value = unsafe { record.value::<T>() };
    // SAFETY: 1, closed, the implicit unit the record's (2); 2, gone (2); 3, taken by the maker (2), and
    // fired here only, since a record is finished once (1).
    unsafe { end_value(value, Chain::from_raw(record.chain)) };
    None
}

/// As [`finish_moved`], for a value that never was.
unsafe fn finish_unwritten<T: WeakReferenceable>(record: &Record) -> Option<Payload> {
    // SAFETY: made by `Record::new` for this type.
    let value = unsafe { record.value::<T>() };
    let chain = Chain::<T::Slot>::from_raw(record.chain);
    // SAFETY: a record is finished once; a sized value has the shape of its type.
    unsafe { end_place(value.as_ptr().cast(), Shape::of_sized::<T>(), chain) };
    None
}

/// A death after its second step, its type forgotten.
struct Record {
    /// A pointer to the value, thin or wide.
    value: MaybeUninit<[*mut (); 2]>,
    chain: *mut (),
    /// Performs the rest; returns the panic of the value's drop. Never unwinds.
    ///
    /// # Safety
    ///
    /// 1. The record is that in which it stands. It is called once, on the thread that made the record.
    finish: unsafe fn(&Record) -> Option<Payload>,
    type_name: fn() -> &'static str,
}

impl Record {
    /// # Safety
    ///
    /// 1. `finish` is made for `T`, and does not unwind.
    /// 2. What it asks of the record's maker holds for the object at `value`, and for `chain`.
    unsafe fn new<T: ?Sized + WeakReferenceable>(
        value: NonNull<T>,
        chain: Chain<T::Slot>,
        finish: unsafe fn(&Self) -> Option<Payload>,
    ) -> Self {
        Self {
            value: pack(value),
            chain: chain.into_raw(),
            finish,
            type_name: type_name::<T>,
        }
    }

    /// # Safety
    ///
    /// 1. The record was made for `T`.
    unsafe fn value<T: ?Sized>(&self) -> NonNull<T> {
        // SAFETY: 1, packed by `new` as a pointer to `T` (1).
        unsafe { unpack(&self.value) }
    }

    fn finish(self) -> Option<Payload> {
        // SAFETY: 1, its own, and `self` is consumed; a record is on its thread's stack or queue only,
        // since pointers keep it from being sent.
        unsafe { (self.finish)(&self) }
    }
}

/// A pointer, thin or wide, whose type is forgotten.
pub(crate) fn pack<T: ?Sized>(pointer: NonNull<T>) -> MaybeUninit<[*mut (); 2]> {
    const { assert!(size_of::<NonNull<T>>() <= size_of::<[*mut (); 2]>()) };
    let mut place = MaybeUninit::<[*mut (); 2]>::uninit();
    // SAFETY: it is large enough, as asserted, and aligned like a pointer.
    unsafe { place.as_mut_ptr().cast::<NonNull<T>>().write(pointer) };
    place
}

/// The pointer in `place`.
///
/// # Safety
///
/// 1. It was packed as a pointer to `T`; or to a type of which pointers are wide, and `T` is sized and
///    the type of the value that it points at.
pub(crate) unsafe fn unpack<T: ?Sized>(place: &MaybeUninit<[*mut (); 2]>) -> NonNull<T> {
    // SAFETY: it begins with a `NonNull<T>`, which is the same, or the first word of a wide one (1):
    // its address, as `slot::with_data` checks.
    unsafe { place.as_ptr().cast::<NonNull<T>>().read() }
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
    let queue = NonNull::from(&mut queue);
    frame.queue.set(queue);
    frame.depth.set(1);
    let mut type_name = record.type_name;
    let mut first = record.finish();
    // SAFETY: a local of this function, of which nobody else holds a reference: `defer` has returned.
    while let Some(record) = unsafe { (*queue.as_ptr()).pop() } {
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
    // SAFETY: at depth 1 and more the outermost frame is on the stack: finishing a record does not
    // unwind. It holds no reference to its queue meanwhile.
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
