//! What stands in front of a value, and where: the one file that knows the layout.
//!
//! ```text
//! colocated (size <= 128, align <= 16)   [ .. | header ][ value ]
//! separate                               [ header | value's address ]      [ .. | header's address ][ value ]
//! ```
//!
//! The header stands flush in front of a colocated value. Which of the two it is follows from the
//! value's layout alone, which no unsizing changes.

#![expect(
    clippy::cast_ptr_alignment,
    reason = "every address here is aligned by the layout it came from"
)]

use core::alloc::Layout;
use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::ManuallyDrop;

use crate::count::{Counts, SEPARATE};
use crate::list::Berth;
use crate::sync::{Halves, Link, Size, Word, release};

/// The cells one flavour is made of.
pub(crate) trait Flavour: 'static {
    /// Whether handles may be on several threads.
    const SHARED: bool;
    type Word: Word + fmt::Debug;
    type Link: Link + fmt::Debug;
    type Size: Size + fmt::Debug;
}

/// The flavour of an object's slot: [`LocalSlot`] or [`SyncSlot`]. Sealed.
#[expect(private_bounds, reason = "seals the trait")]
pub trait Slot: Flavour + Sized + fmt::Debug {}

/// The slot of types whose handles stay on one thread: no atomic operation anywhere.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
/// use weakref::{LocalSlot, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// #[weakref(local)]
/// struct Node(Rc<str>);
///
/// fn is_local<T: WeakReferenceable<Slot = LocalSlot>>(_: &Strong<T>) {}
/// is_local(&Strong::new(Node("root".into())));
/// ```
#[derive(Debug)]
pub enum LocalSlot {}

/// The slot of types whose handles may be on several threads: what the derive chooses unless it is told
/// otherwise.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image(u32);
///
/// let image = Strong::new(Image(3));
/// let weak = Strong::downgrade(&image);
/// let other = std::thread::spawn(move || weak.with(|image| image.0));
/// assert_eq!(other.join().unwrap(), Some(3));
/// ```
#[derive(Debug)]
pub enum SyncSlot {}

impl Flavour for LocalSlot {
    const SHARED: bool = false;
    type Word = Halves;
    type Link = Cell<*mut ()>;
    type Size = Cell<usize>;
}
impl Slot for LocalSlot {}

impl Flavour for SyncSlot {
    const SHARED: bool = true;
    type Word = crate::sync::AtomicU64;
    type Link = crate::sync::AtomicPtr<()>;
    type Size = crate::sync::AtomicUsize;
}
impl Slot for SyncSlot {}

/// What every object begins with. All of it is interior mutable, so that a reference to it may
/// still exist while the last other holder frees the block.
///
/// Aligned to 8 on every target, for the three tag bits that a header's address carries: `u64` and
/// `usize` alone do not see to that where they align to 4.
#[derive(Debug)]
#[repr(C, align(8))]
pub(crate) struct Header<S: Slot> {
    /// First, so that a header's address is its inline berth's.
    pub(crate) berth: Berth<S>,
    pub(crate) counts: Counts<S::Word>,
}

/// The size on a 64-bit target is a promise; on others it may be less. A multiple of 8 puts the value
/// that stands flush behind a header on an address of its alignment.
#[cfg(not(any(loom, shuttle)))]
const _: () = {
    let (local, sync) = (
        size_of::<Header<LocalSlot>>(),
        size_of::<Header<SyncSlot>>(),
    );
    assert!(local % 8 == 0 && sync % 8 == 0);
    assert!(local <= 24 && sync <= 24);
    assert!(cfg!(not(target_pointer_width = "64")) || local == 24 && sync == 24);
};

/// The block of a separate value.
#[repr(C)]
struct Block<S: Slot> {
    header: Header<S>,
    value: *mut u8,
}

impl<S: Slot> Header<S> {
    pub(crate) fn new(counts: Counts<S::Word>) -> Self {
        Self {
            berth: Berth::vacant(),
            counts,
        }
    }
}

/// A value's layout and what follows from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape(Layout);

impl Shape {
    #[inline]
    pub(crate) const fn new(layout: Layout) -> Self {
        Self(layout)
    }

    /// The shape of the value at `value`, which is there or was: it may be dropped or moved out, but
    /// its memory is not freed.
    ///
    /// Stable Rust measures what is not sized by a reference only. This one claims no more than it
    /// can:
    ///
    /// * `UnsafeCell`: another thread may be dropping the value right now, and a reference to it must
    ///   not say that nobody writes there;
    /// * `ManuallyDrop`: after its drop a value's bits are still bits of its type, as std says there.
    ///   A value that was never written has no such bits, and if its type is uninhabited no
    ///   reference to it may exist. Hence the condition, and [`Self::of_sized`].
    ///
    /// That holds for each kind of type that is not sized. What the metadata of a `dyn` names is the
    /// type of the value that was there, so that it is inhabited; the length of a slice or a `str` is
    /// that of the place. Neither is read from the value.
    ///
    /// # Safety
    ///
    /// 1. `value` carries the metadata with which it was made, and its memory is allocated.
    /// 2. A value was written there, and none was since but by its own methods and its drop.
    #[inline]
    pub(crate) unsafe fn of<T: ?Sized>(value: *const T) -> Self {
        let place = value as *const UnsafeCell<ManuallyDrop<T>>;
        // SAFETY: (1): aligned, and of the size that the metadata says. (2): bits of its type.
        Self(Layout::for_value(unsafe { &*place }))
    }

    /// The shape of every `T`, for places where none is, or ever will be.
    #[inline]
    pub(crate) const fn of_sized<T>() -> Self {
        Self(Layout::new::<T>())
    }

    #[inline]
    pub(crate) const fn is_colocated(self) -> bool {
        self.0.size() <= 128 && self.0.align() <= 16
    }

    #[inline]
    pub(crate) const fn flags(self) -> u64 {
        if self.is_colocated() { 0 } else { SEPARATE }
    }

    /// The distance from the start of an allocation to the value behind `front` bytes, and the
    /// layout of the allocation. Fails when it would be larger than `isize::MAX`.
    #[inline]
    fn behind(self, front: usize) -> (usize, Layout) {
        let align = if self.0.align() > 8 {
            self.0.align()
        } else {
            8
        };
        let offset = (front + align - 1) & !(align - 1);
        let size = offset + self.0.size();
        let Ok(layout) = Layout::from_size_align(size, align) else {
            too_large()
        };
        (offset, layout)
    }

    /// Stands for every separate shape where only the block is freed: their blocks are alike.
    pub(crate) const SEPARATE: Self = Self(Layout::new::<[u64; 17]>());

    /// What the token of a berth can hold, for whoever frees the block when the type is forgotten.
    pub(crate) const fn encode(self) -> u64 {
        if self.is_colocated() {
            (self.0.size() as u64) << 8 | self.0.align() as u64
        } else {
            0
        }
    }

    /// What [`Self::encode`] made, or [`Self::SEPARATE`].
    pub(crate) const fn decode(code: u64) -> Self {
        let (size, align) = ((code >> 8) as usize, (code & 0xff) as usize);
        match Layout::from_size_align(size, align) {
            Ok(layout) => Self(layout),
            Err(_) => Self::SEPARATE,
        }
    }
}

#[cold]
fn too_large() -> ! {
    panic!("weakref: the object would be larger than isize::MAX bytes")
}

#[inline]
fn allocate(layout: Layout) -> *mut u8 {
    // SAFETY: the layout is not empty: it holds a header or a word.
    let start = unsafe { std::alloc::alloc(layout) };
    if start.is_null() {
        std::alloc::handle_alloc_error(layout);
    }
    start
}

/// Allocates header and value, and writes the header. The value's place is returned.
#[inline]
pub(crate) fn allocate_object<S: Slot>(shape: Shape, counts: Counts<S::Word>) -> *mut u8 {
    if !shape.is_colocated() {
        return allocate_separate::<S>(shape, counts);
    }
    let (offset, layout) = shape.behind(size_of::<Header<S>>());
    // SAFETY: `offset` is inside the allocation, or one past its end for a zero-sized value.
    let value = unsafe { allocate(layout).add(offset) };
    // SAFETY: the header stands flush in front of the value.
    let header = unsafe { value.sub(size_of::<Header<S>>()) };
    // SAFETY: allocated, and aligned to at least 8, as the value is.
    unsafe { header.cast::<Header<S>>().write(Header::new(counts)) };
    value
}

fn allocate_separate<S: Slot>(shape: Shape, counts: Counts<S::Word>) -> *mut u8 {
    let (offset, layout) = shape.behind(size_of::<*mut u8>());
    // SAFETY: `offset` is inside the allocation.
    let value = unsafe { allocate(layout).add(offset) };
    let block = allocate(Layout::new::<Block<S>>()).cast::<Block<S>>();
    // SAFETY: just allocated with this layout.
    unsafe {
        block.write(Block {
            header: Header::new(counts),
            value,
        });
    };
    // SAFETY: the word in front of the value is inside its allocation.
    let back = unsafe { value.sub(size_of::<*mut u8>()) };
    // SAFETY: as above; aligned to 8, as the value is.
    unsafe { back.cast::<*mut Block<S>>().write(block) };
    value
}

/// The header of the value at `value`.
///
/// # Safety
///
/// 1. `value` came from [`allocate_object`] for a value of this shape, and its memory is not freed.
#[inline]
pub(crate) unsafe fn header_of<S: Slot>(value: *mut u8, shape: Shape) -> *mut Header<S> {
    if shape.is_colocated() {
        // SAFETY: (1): the header stands flush in front of the value.
        unsafe { value.sub(size_of::<Header<S>>()) }.cast()
    } else {
        // SAFETY: (1): a word stands in front of the value,
        let back = unsafe { value.sub(size_of::<*mut u8>()) };
        // SAFETY: which holds the header's address.
        unsafe { back.cast::<*mut Header<S>>().read() }
    }
}

/// The place of the value that belongs to `header`.
///
/// # Safety
///
/// 1. `header` came from [`header_of`] and its block is not freed.
/// 2. `separate` is what its counts say.
#[inline]
pub(crate) unsafe fn value_of<S: Slot>(header: *mut Header<S>, separate: bool) -> *mut u8 {
    if separate {
        // SAFETY: (2): a block that begins with the header.
        let value = unsafe { &raw const (*header.cast::<Block<S>>()).value };
        // SAFETY: the block is not freed (1), and the field was written with it.
        unsafe { value.read() }
    } else {
        // SAFETY: (1), (2): the value stands behind the header in the same allocation.
        unsafe { header.cast::<u8>().add(size_of::<Header<S>>()) }
    }
}

/// Releases the memory of a value that is dropped or was moved out. A colocated one goes with its
/// block instead.
///
/// # Safety
///
/// 1. As for [`header_of`]; the value is not used afterwards.
#[inline]
pub(crate) unsafe fn free_value(value: *mut u8, shape: Shape) {
    if shape.is_colocated() {
        return;
    }
    let (offset, layout) = shape.behind(size_of::<*mut u8>());
    // SAFETY: (1): the start of the value's allocation.
    let start = unsafe { value.sub(offset) };
    // SAFETY: (1): allocated with this layout.
    unsafe { release(start, layout) };
}

/// Releases the block.
///
/// # Safety
///
/// 1. `header` came from [`header_of`]; nobody uses it any more, and [`free_value`] was called.
/// 2. `shape` is the value's, or any separate one if the value was separate.
#[inline]
pub(crate) unsafe fn free_block<S: Slot>(header: *mut Header<S>, shape: Shape, separate: bool) {
    // Nothing but in a model, where it ends the life of the counts and the list.
    // SAFETY: valid, since it is not freed yet, and nobody uses it any more (1).
    unsafe { header.drop_in_place() };
    if separate {
        // SAFETY: (1): allocated with this layout.
        unsafe { release(header.cast(), Layout::new::<Block<S>>()) };
    } else {
        let (offset, layout) = shape.behind(size_of::<Header<S>>());
        // SAFETY: (1): the value stands flush behind the header,
        let value = unsafe { header.add(1) }.cast::<u8>();
        // SAFETY: and `offset` bytes behind the start.
        let start = unsafe { value.sub(offset) };
        // SAFETY: (2): allocated with this layout.
        unsafe { release(start, layout) };
    }
}

/// A copy of `fat` with the same metadata that points at `data`.
///
/// That the data word comes first in a wide pointer is the one assumption here that the language
/// reference does not make; it is checked each time, which the optimizer folds away.
#[inline]
pub(crate) fn with_data<T: ?Sized>(fat: *const T, data: *mut u8) -> *mut T {
    const {
        assert!(
            size_of::<*const T>() % size_of::<*mut u8>() == 0
                && size_of::<*const T>() / size_of::<*mut u8>() <= 2
        );
    };
    let mut wide = fat.cast_mut();
    // SAFETY: a pointer is at least one word; that the first is the data is checked next.
    unsafe { (&raw mut wide).cast::<*mut u8>().write(data) };
    if wide.cast::<u8>() != data {
        std::process::abort();
    }
    wide
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::{Layout, Shape};

    #[test]
    fn the_front_takes_no_more_room_than_it_needs() {
        for (align, front, offset) in [
            (1, 8, 8),
            (1, 24, 24),
            (8, 24, 24),
            (16, 8, 16),
            (16, 24, 32),
            (16, 32, 32),
            (64, 8, 64),
        ] {
            for size in [0, align, 5 * align] {
                let value = Layout::from_size_align(size, align).expect("it is small");
                let block = Layout::from_size_align(offset + size, align.max(8));
                let expected = (offset, block.expect("it is small"));
                assert_eq!(Shape::new(value).behind(front), expected);
            }
        }
    }
}
