//! The order of a death, in one place: who lost the last strong unit comes here.
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
use core::mem::{MaybeUninit, needs_drop};
use core::ptr::NonNull;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::count::{End, List};
use crate::events::{self, Began};
use crate::list::{self, Chain, Locked};
use crate::raw;
use crate::referenceable::WeakReferenceable;
use crate::slot::{self, Header, Shape, Slot};
use crate::token;

mod frame;

pub(crate) use frame::is_free;
use frame::{Panicked, finish, run, run_at_once};

/// Ends a strong unit.
///
/// # Safety
///
/// 1. The caller owns a strong unit of the object at `value`, and gives it up.
#[inline]
pub(crate) unsafe fn release_strong<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the unit keeps the value alive (1); 2, so it was written.
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: 1, the unit keeps the value alive (1); 2, so it was written.
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, the unit (1) holds the block; its release below is the last use of the reference.
    let counts = &unsafe { raw::at(header) }.counts;
    let leaves = !needs_drop::<T>() && !token::RECORDS && !events::tells_deaths();
    match counts.release_strong(leaves) {
        End::Shared => {}
        // Value and block may be gone by now, and nothing of a colocated value is left to be freed.
        End::Left if shape.is_colocated() => {}
        // SAFETY: 1, told just now; 2, the only unit there was (1) kept the value alive.
        End::Last => unsafe { last(value) },
        // SAFETY: 1, told just now; 2, of the value that the unit (1) kept alive until then.
        end => unsafe { ended(value, header, shape, end) },
    }
}

/// What follows [`release_strong`] where weak units are left. Out of line, so that the drop of a handle that is not the
/// last is short enough to stand where it is called.
///
/// # Safety
///
/// 1. The caller was told `end`, which is not [`End::Shared`] or [`End::Last`], when it gave up a strong unit of
///    the object at `value`.
/// 2. `header` and `shape` are the object's. The value may be gone, and what it stood in.
#[inline(never)]
unsafe fn ended<T: ?Sized + WeakReferenceable>(
    value: NonNull<T>,
    header: *mut Header<T::Slot>,
    shape: Shape,
    end: End,
) {
    match end {
        // SAFETY: 1, told just now (1); 2, the unit kept the value alive until it was closed (1).
        End::Closed(list) => unsafe { closed(value, list) },
        // SAFETY: 1, of this shape (2), and not freed before: closed just now (1, C3); the value needs no drop, so
        // nobody uses its allocation any more. A colocated one has none.
        End::Left => unsafe { slot::free_value(value.as_ptr().cast(), shape) },
        End::HandedOver => {
            // SAFETY: 1, its header (2). The value may be gone: only its metadata is taken.
            let handle = unsafe { raw::handle_of(value, header) };
            // SAFETY: 1, a weak unit was handed over (1, C5).
            unsafe { release_weak(handle) };
        }
        End::Shared | End::Last => unreachable!("weakref: nothing is left to do"),
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
    // SAFETY: 1, the value is the caller's (1) and not freed; 2, it was written (2).
    token::died(|| unsafe { raw::header_of(value) });
    if needs_drop::<T>() {
        // SAFETY: 1, made for `T`; 2, value and block are the caller's (1), the value initialised (2).
        run(&mut unsafe { Record::new(value, Chain::EMPTY, finish_last::<T>, Began::death()) });
    } else {
        // SAFETY: 1, the caller's (1); 2, the value needs no drop.
        unsafe { free(value, Began::death()) };
    }
}

/// Frees an object that has no unit left, and tells of its death.
///
/// # Safety
///
/// 1. The caller owns value and block, and nobody else has a handle of any kind.
/// 2. The value is dropped or moved out, or needs no drop.
#[inline]
unsafe fn free<T: ?Sized + WeakReferenceable>(value: NonNull<T>, began: Began) {
    // SAFETY: 1, the object's value, not freed before the lines below (1); 2, it was written (2).
    let shape = unsafe { raw::shape_of(value) };
    // SAFETY: 1, the object's value, not freed before the lines below (1); 2, it was written (2).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, of this shape, and nobody uses the value any more (1, 2).
    unsafe { slot::free_value(value.as_ptr().cast(), shape) };
    began.died::<T>(header.cast());
    // SAFETY: 1, its header, which nobody else uses (1), and the value was freed above; 2, its shape.
    unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
}

/// Gives back a weak unit, and frees the block if it was the last.
///
/// # Safety
///
/// 1. The caller owns a weak unit of the block, and gives it up.
#[inline]
pub(crate) unsafe fn release_weak<T: ?Sized + WeakReferenceable>(handle: NonNull<T>) {
    // SAFETY: 1, the caller's unit holds the block up to this one operation, which gives it back (1).
    if unsafe { raw::at(raw::header(handle)) }
        .counts
        .release_weak()
    {
        // SAFETY: 1, it was the last unit, and the implicit one goes after the value.
        unsafe { free_dead(handle) };
    }
}

/// Frees the block of a dead object.
///
/// # Safety
///
/// 1. The last unit was given back, and the value is gone.
#[cold]
unsafe fn free_dead<T: ?Sized + WeakReferenceable>(handle: NonNull<T>) {
    let header = raw::header(handle);
    // SAFETY: 1, the last unit is as good as the caller's, who frees the block with it: nobody else uses it (1).
    let block = unsafe { raw::at(header) };
    let separate = block.counts.is_separate();
    // SAFETY: 1, the last unit was given back (1).
    if let Some(shape) = unsafe { list::never_written(block) } {
        // Apart from the rest, in which the shape of a sized type is known when it is compiled.
        // SAFETY: 1, nobody uses the block any more, and whoever gave the construction up freed a separate place (1);
        // 2, the shape that it left, or a separate one.
        return unsafe { slot::free_block(header, shape, separate) };
    }
    // SAFETY: 1, nobody has freed the block (1), whose counts were just asked; 2, it was written, or the header would
    // have said so.
    let shape = unsafe { raw::shape_of_handle(handle, separate) };
    // SAFETY: 1, nobody uses the block any more, and whoever dropped a separate value freed it (1); 2, the shape is
    // the value's, or a separate one.
    unsafe { slot::free_block(header, shape, separate) };
}

/// Unlocks the list, and gives a weak unit back, as [`raw::release_weak_erased`].
///
/// # Safety
///
/// 1. As for [`raw::release_weak_erased`]'s 1; `locked` is the list of this header.
/// 2. As for [`raw::release_weak_erased`]'s 2.
pub(crate) unsafe fn unlock_and_release_erased<S: Slot>(
    locked: Locked<'_, S>,
    header: *mut Header<S>,
    shape: Shape,
) {
    // Read before the unit is given back: it never changes.
    // SAFETY: 1, the caller's unit holds the block up to the operation that gives it back (1).
    let separate = unsafe { raw::at(header) }.counts.is_separate();
    if locked.release() {
        // SAFETY: 1, it was the last unit of a dead object (1), whose separate value was freed at its death; 2, the
        // shape is as asked (2).
        unsafe { slot::free_block(header, shape, separate) };
    }
}

/// The death of an object that has weak references.
///
/// # Safety
///
/// 1. The caller was told [`End::Closed`], with `list`: it owns the implicit weak unit and the value.
/// 2. The value is initialised.
unsafe fn closed<T: ?Sized + WeakReferenceable>(value: NonNull<T>, list: List) {
    // SAFETY: 1, the value is the caller's (1) and not freed; 2, it was written (2).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, the object's value, not freed before the lines below (1); 2, it was written (2).
    let shape = unsafe { raw::shape_of(value) };
    if !needs_drop::<T>()
        && shape.is_colocated()
        && !token::RECORDS
        && !events::tells_deaths()
        && is_free()
    {
        // Between the list and the implicit unit nothing is to be done, nor by others of this thread.
        // SAFETY: 1, closed by the caller, who owns the implicit unit (1), once (C3), and gives it up; 2, computed
        // from the value; 3, told just now (1).
        match unsafe { list::take_and_leave(header, list) } {
            Ok(false) => {}
            // SAFETY: 1, it was the last unit, and the value needs no drop; 2, its shape.
            Ok(true) => unsafe { slot::free_block(header, shape, false) },
            Err(chain) => {
                // SAFETY: 1, the header of the object at `value`, found above.
                let handle = unsafe { raw::handle_of(value, header) };
                // SAFETY: 1, made for `T`; 2, closed, the implicit unit still the caller's (1), the chain taken
                // from it just now.
                run_at_once(&mut unsafe { Record::new(handle, chain, fire::<T>, Began::death()) });
            }
        }
        return;
    }
    // SAFETY: 1, closed by the caller, who owns the implicit unit (1), once (C3); 2, computed from the
    // value; 3, told just now (1).
    let chain = unsafe { list::take(header, list) };
    // Not before: the list may have been locked, and this frees memory.
    token::died(|| header);
    let began = Began::death();
    if needs_drop::<T>() {
        // SAFETY: 1, made for `T`; 2, closed, value and implicit unit the caller's (1, 2), the chain taken
        // above.
        run(&mut unsafe { Record::new(value, chain, finish_closed::<T>, began) });
    } else {
        // SAFETY: 1, closed, the implicit unit the caller's (1); 2, it needs no drop; 3, the shape of the value.
        if let Some(handle) = unsafe { release(value, shape, &chain, began) } {
            // SAFETY: 1, made for `T`; 2, closed, the implicit unit not given back, the chain taken above.
            run(&mut unsafe { Record::new(handle, chain, fire::<T>, began) });
        }
    }
}

/// Ends an object whose construction failed after its value was written: as a death, from the second
/// step on.
///
/// # Safety
///
/// 1. The object at `value` was never open, and the caller owns it, its value and its implicit weak
///    unit, and gives all up.
pub(crate) unsafe fn abandon<T: ?Sized + WeakReferenceable>(value: NonNull<T>) {
    // SAFETY: 1, the object's value, not freed (1); 2, it was written (1).
    let header = unsafe { raw::header_of(value) };
    // SAFETY: 1, the implicit unit (1) holds the block.
    let list = unsafe { raw::at(header) }.counts.list();
    // SAFETY: 1, never open, the implicit unit the caller's (1), who ends it once; 2, computed from the
    // value; 3, what the counts say.
    let chain = unsafe { list::take(header, list) };
    // SAFETY: 1, made for `T`; 2, closed, value and implicit unit the caller's (1), the chain taken
    // above.
    run(&mut unsafe { Record::new(value, chain, finish_closed::<T>, Began::abandoned()) });
}

/// The same of an object whose value was never written: there is no third step.
///
/// # Safety
///
/// 1. The object at `value` was never open, and the caller owns it and its implicit weak unit, and gives
///    both up.
pub(crate) unsafe fn abandon_unwritten<T: WeakReferenceable>(value: NonNull<T>) {
    let shape = Shape::of_sized::<T>();
    // SAFETY: 1, the object's place, not freed (1).
    let header = unsafe { raw::header_of_place(value) };
    // SAFETY: 1, never open, the implicit unit the caller's (1), who ends it once; 2, computed from the
    // place; 3, a sized value has the shape of its type.
    let chain = unsafe { list::take_unwritten(header, shape) };
    let began = Began::abandoned();
    // SAFETY: 1, closed, the implicit unit the caller's (1); 2, never written; 3, the shape of its type.
    if let Some(handle) = unsafe { release(value, shape, &chain, began) } {
        // SAFETY: 1, made for `T`; 2, closed, the implicit unit not given back, the chain taken above.
        run(&mut unsafe { Record::new(handle, chain, fire::<T>, began) });
    }
}

/// The death of an object whose value is handed out instead of dropped.
///
/// # Safety
///
/// 1. With a list, the caller was told so by [`End::Closed`] or has closed the object; without, nobody
///    else has a handle of any kind. It owns the value.
/// 2. The value is initialised.
pub(crate) unsafe fn move_out<T: WeakReferenceable>(value: NonNull<T>, closed: Option<List>) -> T {
    // SAFETY: 1, the value is the caller's (1) and not freed; 2, it was written (2).
    let header = unsafe { raw::header_of(value) };
    let chain = closed.map(|list| {
        // SAFETY: 1, closed by the caller, who owns the implicit unit (1), once (C3); 2, computed from
        // the value; 3, told just now (1).
        unsafe { list::take(header, list) }
    });
    // As in `closed`.
    token::died(|| header);
    let began = Began::death();
    // SAFETY: initialised (2), the caller's (1), and nobody reads or drops it after this.
    let moved = unsafe { value.read() };
    if let Some(chain) = chain {
        // SAFETY: 1, closed, the implicit unit the caller's (1); 2, moved out above; 3, the shape of its type.
        if let Some(handle) = unsafe { release(value, Shape::of_sized::<T>(), &chain, began) } {
            // SAFETY: 1, made for `T`; 2, closed, the implicit unit not given back, the chain taken above.
            let mut record = unsafe { Record::new(handle, chain, fire::<T>, began) };
            let mut panicked = Panicked::none();
            finish(&mut record, &mut panicked);
            // So that `moved` is returned whole, what panics meanwhile is reported.
            panicked.report();
        }
    } else {
        // SAFETY: 1, nobody else has a handle (1); 2, moved out above.
        unsafe { free(value, began) };
    }
    moved
}

/// Step 4, the value's memory, and step 7, the implicit weak unit; unless there is anything between
/// them: then the object's handle is returned, and the unit is still the caller's. Runs no user code but what is
/// told of the death, before step 7.
///
/// # Safety
///
/// 1. The object at `value` is closed; the caller owns its implicit weak unit and gives it up if nothing is
///    returned.
/// 2. The value is dropped, moved out, or needs no drop, or was never written, and is not freed.
/// 3. `shape` is the value's.
#[inline]
unsafe fn release<T: ?Sized + WeakReferenceable>(
    value: NonNull<T>,
    shape: Shape,
    chain: &Chain<T::Slot>,
    began: Began,
) -> Option<NonNull<T>> {
    let place = value.as_ptr().cast::<u8>();
    // SAFETY: 1, an object's place of this shape (3), not freed before the lines below (2).
    let header = unsafe { slot::header_of(place, shape) };
    // SAFETY: 1, of this shape (3), and nobody uses the value any more: it is gone (2), and upgrades fail
    // (1).
    unsafe { slot::free_value(place, shape) };
    if !chain.is_empty() {
        // SAFETY: 1, its header. The value may be freed: only its metadata is taken.
        return Some(unsafe { raw::handle_of(value, header) });
    }
    began.died::<T>(header.cast());
    // SAFETY: 1, the implicit unit (1) holds the block; this is the operation that gives it back.
    if unsafe { raw::at(header) }.counts.release_implicit_weak() {
        // SAFETY: 1, it was the last unit, and the value was freed above; 2, its shape.
        unsafe { slot::free_block(header, shape, !shape.is_colocated()) };
    }
    None
}

/// # Safety
///
/// 1. The value is initialised and the caller's, and not used afterwards.
#[inline]
unsafe fn drop_value<T: ?Sized>(value: NonNull<T>, panicked: &mut Panicked) {
    // SAFETY: initialised, and dropped here only (1).
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| unsafe { value.drop_in_place() })) {
        panicked.keep(payload, type_name::<T>);
    }
}

/// Steps 3 to 7 of [`last`].
///
/// # Safety
///
/// 1. As for [`Record::step`]; the record was made for `T`.
/// 2. The record's maker owned value and block, the value was initialised, and nobody else had a handle.
unsafe fn finish_last<T: ?Sized + WeakReferenceable>(
    record: &mut Record,
    panicked: &mut Panicked,
) -> bool {
    // SAFETY: 1, made for `T` (1).
    let value = unsafe { record.pointer::<T>() };
    // SAFETY: 1, initialised and the record's (2), whose first step this is, and last (1).
    unsafe { drop_value(value, panicked) };
    // SAFETY: 1, nobody else had a handle (2), and none can be made without one; 2, dropped above.
    unsafe { free(value, record.began) };
    false
}

/// Steps 3 and 4 of [`closed`], and what follows.
///
/// # Safety
///
/// 1. As for [`Record::step`]; the record was made for `T`.
/// 2. The record's maker owned the initialised value and the implicit weak unit of the closed object, and
///    took the chain from it on this thread.
unsafe fn finish_closed<T: ?Sized + WeakReferenceable>(
    record: &mut Record,
    panicked: &mut Panicked,
) -> bool {
    // SAFETY: 1, made for `T` (1).
    let value = unsafe { record.pointer::<T>() };
    // SAFETY: 1, initialised and the record's (2), of which this is done once: the next step is another (1).
    unsafe { drop_value(value, panicked) };
    // SAFETY: 1, the object's value, not freed before the line below (2); 2, it was written (2).
    let shape = unsafe { raw::shape_of(value) };
    let chain = Chain::from_raw(record.chain);
    // SAFETY: 1, closed, the implicit unit the record's (2); 2, dropped above; 3, the shape of the value.
    let Some(handle) = (unsafe { release(value, shape, &chain, record.began) }) else {
        return false;
    };
    // SAFETY: 1, made for `T`; 2, the implicit unit was not given back, and the chain, which the maker took on this
    // thread (2), was fired by nobody.
    *record = unsafe { Record::new(handle, chain, fire::<T>, record.began) };
    true
}

/// The next of steps 5 and 6; after the last, step 7. The record points at the object's handle.
///
/// # Safety
///
/// 1. As for [`Record::step`]; the record was made for `T`.
/// 2. The record's maker owned the implicit weak unit of the closed object, whose value is gone, and took
///    the chain from it on this thread. It is not empty.
unsafe fn fire<T: ?Sized + WeakReferenceable>(record: &mut Record, _: &mut Panicked) -> bool {
    // SAFETY: 1, made for `T` (1).
    let handle = unsafe { record.pointer::<T>() };
    let mut chain = Chain::<T::Slot>::from_raw(record.chain);
    // SAFETY: 1, taken from this header on this thread (2), what is left of it; 2, the implicit unit (2).
    unsafe { chain.fire_next(raw::header(handle)) };
    if chain.is_empty() {
        record.began.died::<T>(raw::header(handle).cast());
        // SAFETY: 1, the implicit unit, which is the record's (2).
        unsafe { release_weak(handle) };
        return false;
    }
    // Its maker's unit is still the record's, and this is what is left of its chain.
    record.chain = chain.into_raw();
    true
}

/// Names the type of an object.
type TypeName = fn() -> &'static str;

/// A death after its second step, its type forgotten. It changes in its place from step to step; where it is queued,
/// the copy goes on in its stead.
#[derive(Clone, Copy)]
struct Record {
    /// A pointer to the value, or to the handle of an object whose value is gone; thin or wide.
    pointer: MaybeUninit<[*mut (); 2]>,
    chain: *mut (),
    /// Performs the next step, and says whether another follows. Never unwinds: a panic of the value is left in
    /// the second.
    ///
    /// # Safety
    ///
    /// 1. The record is that in which it stands. It is performed on the thread that made it, and not after it
    ///    has said that none follows.
    step: unsafe fn(&mut Self, &mut Panicked) -> bool,
    began: Began,
}

impl Record {
    /// # Safety
    ///
    /// 1. `step` is made for `T`, and does not unwind.
    /// 2. What it asks of the record's maker holds for the object of `pointer`, and for `chain`.
    #[inline]
    unsafe fn new<T: ?Sized + WeakReferenceable>(
        pointer: NonNull<T>,
        chain: Chain<T::Slot>,
        step: unsafe fn(&mut Self, &mut Panicked) -> bool,
        began: Began,
    ) -> Self {
        Self {
            pointer: pack(pointer),
            chain: chain.into_raw(),
            step,
            began,
        }
    }

    /// # Safety
    ///
    /// 1. The record was made for `T`.
    unsafe fn pointer<T: ?Sized>(&self) -> NonNull<T> {
        // SAFETY: 1, packed by `new` as a pointer to `T` (1).
        unsafe { unpack(&self.pointer) }
    }

    /// # Safety
    ///
    /// 1. It has not said that no step follows.
    unsafe fn step(&mut self, panicked: &mut Panicked) -> bool {
        // SAFETY: 1, its own; a record is on its thread's stack or queue only, since pointers keep it from being
        // sent; and it goes on (1).
        self.began.run(|| unsafe { (self.step)(self, panicked) })
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
