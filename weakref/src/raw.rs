//! The typed layer over blocks: the one file that turns handles into headers and values.
//!
//! A *value* pointer is what a strong handle holds. A *handle* pointer is what a weak reference
//! holds: the header's address with the value's metadata.
//!
//! The value may not exist: before it is written, after it is dropped, and for ever when its
//! constructor gave up. So nothing here makes a reference to it but `Shape::of`, which says what it
//! asks for, and `allocate_like`, whose caller has the value.
//!
//! | the place | its shape comes from | a reference to it |
//! |---|---|---|
//! | sized, not yet written | `shape_of_place`: the type alone | none |
//! | never written, the constructor gave up | the same; for who holds the last weak unit, and may have unsized it, the header (`list::take_unwritten`) | none |
//! | written, closed or open | `shape_of` | `&T` by `Strong`, and while finalizers are attached |
//! | dropped or moved out, not freed | `shape_of` | only that of `Shape::of` |
//! | freed | needed by nobody: only a separate value is freed before its block | none |
//!
//! The models and tests/places ask Miri, for types that are uninhabited, of size zero, `dyn`, and
//! slices.

use core::alloc::Layout;
use core::ptr::NonNull;

use crate::count::Counts;
use crate::referenceable::WeakReferenceable;
use crate::slot::{self, Header, Shape, Slot};

/// The counts of a slot.
pub(crate) type CountsOf<S> = Counts<<S as slot::Flavour>::Word>;

/// Allocates the place of a `T`, with its header.
#[inline]
pub(crate) fn allocate<T: WeakReferenceable + 'static>(open: bool) -> NonNull<T> {
    let shape = Shape::of_sized::<T>();
    let counts = if open {
        Counts::open(shape.flags())
    } else {
        Counts::closed(shape.flags())
    };
    let value = slot::allocate_object::<T::Slot>(shape, counts).cast();
    // SAFETY: allocation aborts rather than return null.
    unsafe { NonNull::new_unchecked(value) }
}

/// Allocates a place like that of `value`, with its header.
///
/// # Safety
///
/// 1. `value` is valid for reads, and nobody else uses it.
pub(crate) unsafe fn allocate_like<T: ?Sized + WeakReferenceable + 'static>(
    value: *const T,
) -> NonNull<T> {
    // SAFETY: it is valid for reads, and nobody writes there meanwhile (1).
    let shape = Shape::new(Layout::for_value(unsafe { &*value }));
    let place = slot::allocate_object::<T::Slot>(shape, Counts::closed(shape.flags()));
    // SAFETY: allocation aborts rather than return null.
    unsafe { NonNull::new_unchecked(slot::with_data(value, place)) }
}

/// Allocates the place of an object that is open from the start, with the metadata of `like`.
///
/// # Safety
///
/// 1. `layout` is that of a value with the metadata of `like`.
pub(crate) unsafe fn allocate_open<T: ?Sized + WeakReferenceable + 'static>(
    like: *const T,
    layout: Layout,
) -> NonNull<T> {
    let shape = Shape::new(layout);
    let place = slot::allocate_object::<T::Slot>(shape, Counts::open(shape.flags()));
    // SAFETY: allocation aborts rather than return null.
    unsafe { NonNull::new_unchecked(slot::with_data(like, place)) }
}

/// The shape of the value.
///
/// # Safety
///
/// 1. `value` came from this file, and its memory is not freed.
/// 2. The value was written; it may be gone.
#[inline]
pub(crate) unsafe fn shape_of<T: ?Sized>(value: NonNull<T>) -> Shape {
    // SAFETY: 1, the metadata came with the value, or from unsizing its pointer, and the memory is not freed (1);
    // 2, it was written (2), and only the value's owner writes there.
    unsafe { Shape::of(value.as_ptr()) }
}

/// The header of the place at `value`, whether a value was written there or not.
///
/// # Safety
///
/// 1. `value` came from this file, and its memory is not freed.
#[inline]
pub(crate) unsafe fn header_of_place<T: WeakReferenceable>(
    value: NonNull<T>,
) -> *mut Header<T::Slot> {
    // SAFETY: 1, it came from `allocate_object` and is not freed (1), and the place of a sized value has the
    // shape of its type.
    unsafe { slot::header_of(value.as_ptr().cast(), Shape::of_sized::<T>()) }
}

/// The header of the object at `value`.
///
/// # Safety
///
/// 1. `value` came from this file, and its memory is not freed.
/// 2. The value was written; it may be gone.
#[inline]
pub(crate) unsafe fn header_of<T: ?Sized + WeakReferenceable>(
    value: NonNull<T>,
) -> *mut Header<T::Slot> {
    // SAFETY: 1, from this file and not freed (1); 2, it was written (2).
    let shape = unsafe { shape_of(value) };
    // SAFETY: 1, it came from `allocate_object` for a value of this shape, and is not freed (1).
    unsafe { slot::header_of(value.as_ptr().cast(), shape) }
}

/// The handle of the object at `value`.
///
/// # Safety
///
/// 1. `header` is the header of the object at `value`.
#[inline]
pub(crate) unsafe fn handle_of<T: ?Sized + WeakReferenceable>(
    value: NonNull<T>,
    header: *mut Header<T::Slot>,
) -> NonNull<T> {
    // SAFETY: not null, since it is the address of a header (1).
    unsafe { NonNull::new_unchecked(slot::with_data(value.as_ptr(), header.cast())) }
}

/// The header a handle points at.
#[inline]
pub(crate) fn header<T: ?Sized + WeakReferenceable>(handle: NonNull<T>) -> *mut Header<T::Slot> {
    handle.as_ptr().cast()
}

/// The place of the value of a handle.
///
/// # Safety
///
/// 1. The block is not freed, and `separate` is what its counts say.
#[inline]
pub(crate) unsafe fn value_of<T: ?Sized + WeakReferenceable>(
    handle: NonNull<T>,
    separate: bool,
) -> NonNull<T> {
    // SAFETY: 1, a handle has the address of its header, and the block is not freed (1); 2, `separate` is what
    // its counts say (1).
    let value = unsafe { slot::value_of(header(handle), separate) };
    // SAFETY: the place of a value is not null.
    unsafe { NonNull::new_unchecked(slot::with_data(handle.as_ptr(), value)) }
}

/// The value of a handle, which is alive.
///
/// As [`value_of`]. Of a sized type the compiler finds what the counts say in the shape: it leaves the question out, sees that
/// the header of what is returned is the one it came from, and so cancels an upgrade and its end on one thread.
///
/// # Safety
///
/// 1. The caller holds a strong unit of the object, and `separate` is what its counts say.
#[inline]
pub(crate) unsafe fn live_value_of<T: ?Sized + WeakReferenceable>(
    handle: NonNull<T>,
    separate: bool,
) -> NonNull<T> {
    // SAFETY: 1, the unit (1) holds the block; `separate` is what its counts say (1).
    let value = unsafe { value_of(handle, separate) };
    if size_of::<*const T>() != size_of::<*const ()>() {
        return value;
    }
    // SAFETY: 1, the unit keeps the value alive (1); 2, so it was written.
    let shape = unsafe { shape_of(value) };
    // SAFETY: 1, the unit (1) holds the block, whose counts were made with the flags of this shape.
    unsafe { value_of(handle, !shape.is_colocated()) }
}

/// The header, as a reference.
///
/// # Safety
///
/// 1. The caller holds a unit of the block for as long as the reference is used, but for the one
///    operation that gives the unit back.
#[inline]
pub(crate) unsafe fn at<'a, S: Slot>(header: *mut Header<S>) -> &'a Header<S> {
    // SAFETY: a unit holds the block as long (1), and the header is interior mutable throughout.
    unsafe { &*header }
}

/// The shape of a handle's value, or any separate one if the value is separate.
///
/// # Safety
///
/// 1. The block is not freed, and `separate` is what its counts say.
/// 2. The value was written; it may be gone.
#[inline]
pub(crate) unsafe fn shape_of_handle<T: ?Sized + WeakReferenceable>(
    handle: NonNull<T>,
    separate: bool,
) -> Shape {
    if separate {
        return Shape::SEPARATE;
    }
    // SAFETY: 1, the block is not freed, and its counts say that the value is colocated (1).
    let value = unsafe { value_of(handle, false) };
    // SAFETY: 1, the place of a colocated value is freed with the block, which it is not yet (1); 2, it was
    // written (2).
    unsafe { shape_of(value) }
}

/// Gives back a weak unit of a block whose type is forgotten.
///
/// # Safety
///
/// 1. The caller owns a weak unit of the block, and gives it up; the object is dead.
/// 2. `shape` is the value's, or any separate one if the value was separate.
pub(crate) unsafe fn release_weak_erased<S: Slot>(header: *mut Header<S>, shape: Shape) {
    // SAFETY: 1, the caller's unit holds the block up to the operation that gives it back (1).
    let block = unsafe { at(header) };
    // Read before the unit is given back: it never changes.
    let separate = block.counts.is_separate();
    if block.counts.release_weak() {
        // SAFETY: 1, it was the last unit of a dead object (1), whose separate value was freed at its death; 2, the
        // shape is as asked (2).
        unsafe { slot::free_block(header, shape, separate) };
    }
}

/// Asks the processor to bring the header into its cache. Nothing more than time depends on it.
#[inline(always)]
pub(crate) fn prefetch<S: Slot>(header: *mut Header<S>) {
    #[cfg(all(
        any(target_arch = "x86", target_arch = "x86_64"),
        target_feature = "sse",
        not(miri)
    ))]
    {
        #[cfg(target_arch = "x86")]
        use core::arch::x86::{_MM_HINT_T0, _mm_prefetch};
        #[cfg(target_arch = "x86_64")]
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the target has the instruction, and a hint may be about any address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(header.cast()) };
    }
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: a hint, which may be about any address, touches neither memory nor registers.
    unsafe {
        core::arch::asm!(
            "prfm pldl1keep, [{header}]",
            header = in(reg) header,
            options(nostack, preserves_flags, readonly),
        );
    };
    let _ = header;
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{Shape, shape_of_handle};
    use crate::object::{LocalObject, Object};
    use crate::strong::Strong;

    macro_rules! is_not_looked_for {
        ($object:expr) => {
            let strong = Strong::new($object);
            let weak = Strong::downgrade(&strong);
            let shape = || {
                // SAFETY: 1, the weak reference holds the block, whose value is separate; 2, it was written.
                let shape = unsafe { shape_of_handle(weak.handle(), true) };
                format!("{shape:?}")
            };
            let any = format!("{:?}", Shape::SEPARATE);
            assert_eq!(shape(), any);
            drop(strong);
            assert_eq!(shape(), any);
        };
    }

    /// Miri sees a look at where a colocated value would be, which is larger than its block.
    #[test]
    fn a_separate_value_is_not_looked_for() {
        is_not_looked_for!(Object([0_u64; 20]));
        is_not_looked_for!(LocalObject([0_u64; 20]));
    }
}
