//! A [`Strong`] in an `ArcSwapAny`.

use arc_swap::RefCnt;

use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// With the feature `arc-swap`: `ArcSwapAny<Strong<T>>` and `ArcSwapAny<Option<Strong<T>>>` hold an object that threads
/// read without waiting, and replace.
///
/// What was replaced dies, with its callbacks and finalizers, when the last guard and handle of it is dropped.
///
/// ```
/// use arc_swap::ArcSwapAny;
/// use weakref::{Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Config(u32);
///
/// let current: ArcSwapAny<_> = ArcSwapAny::new(Strong::new(Config(1)));
/// let first = Strong::downgrade(&current.load());
/// current.store(Strong::new(Config(2)));
/// assert_eq!(current.load().0, 2);
/// assert!(!first.is_alive());
/// ```
// SAFETY: `into_ptr` gives a strong unit up and `from_ptr` takes one back, at the same pointer, which `as_ptr` shows; a
// clone adds one. A strong unit is dropped by a read-modify-write of the count where threads share it, so that units
// which others added before, as arc-swap orders its debts, are counted. Two handles with the same pointer are of the
// same object: in front of every value, one of size zero too, stands its header, or the address of that, in the same
// allocation. Handles of any type share the object's one count, `Option`s too, which have the tag of what they hold.
// Counted pointers of other types may have the same address, since that of a value of size zero is the end of its
// allocation, where another may begin: hence a tag of our own. Nothing here panics but the `Drop` of the object, as
// with `Arc`. Moving a handle moves no value.
unsafe impl<T: WeakReferenceable> RefCnt for Strong<T> {
    type Base = T;

    /// Values are aligned to 8 whatever their type, so the three low bits are free. The standard `Weak` uses 1. An
    /// even tag would make an address look like one a few bytes further on, where other pointers keep values behind a
    /// count of 4 bytes.
    const TAG: usize = 5;

    fn into_ptr(me: Self) -> *mut T {
        Self::into_raw(me).cast_mut()
    }

    fn as_ptr(me: &Self) -> *mut T {
        me.value().as_ptr()
    }

    /// # Safety
    ///
    /// 1. `ptr` came from `into_ptr`, and what is made of it is given back to that or forgotten, unless a unit of the
    ///    count is its own.
    unsafe fn from_ptr(ptr: *const T) -> Self {
        // SAFETY: 1, from `into_raw` (1); and taken back once, or not dropped (1).
        unsafe { Self::from_raw(ptr) }
    }
}
