//! Unsizing of handles by functions that are generic over the pointer.

use core::ptr::NonNull;

use unsize::CoerciblePtr;

use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::WeakRef;

/// With the feature `unsize`: what [`coerce!`](crate::coerce) does, for code that is generic over the pointer.
///
/// As there, the target must be [`WeakReferenceable`] with the same slot.
///
/// ```
/// use unsize::{CoerceUnsize, Coercion};
/// use weakref::{Strong, SyncSlot, WeakReferenceable};
///
/// trait Shape: WeakReferenceable<Slot = SyncSlot> {
///     fn area(&self) -> u32;
/// }
///
/// #[derive(WeakReferenceable)]
/// struct Square(u32);
///
/// impl Shape for Square {
///     fn area(&self) -> u32 {
///         self.0 * self.0
///     }
/// }
///
/// let shape = Strong::new(Square(3)).unsize(Coercion!(to dyn Shape));
/// assert_eq!(shape.area(), 9);
/// ```
// SAFETY: `replace_ptr` puts the handle together again with the pointer that it was taken apart to, as an unsizing left
// it: the same address and object, and by the bounds the same slot.
unsafe impl<T, U> CoerciblePtr<U> for Strong<T>
where
    T: WeakReferenceable,
    U: ?Sized + WeakReferenceable<Slot = T::Slot> + 'static,
{
    type Pointee = T;
    type Output = Strong<U>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.value().as_ptr()
    }

    /// # Safety
    ///
    /// 1. `new` is what an unsizing made of the pointer of `as_sized_ptr`.
    unsafe fn replace_ptr(self, new: *mut U) -> Strong<U> {
        // SAFETY: 1, the handle's own pointer, coerced to a type with the same slot (1).
        unsafe { self.retyped(|_| new.cast_const()) }
    }
}

/// With the feature `unsize`: what [`coerce!`](crate::coerce) does, for code that is generic over the pointer.
// SAFETY: as for `Strong`. Who unsizes changes metadata only, and does not ask whether there is an object.
unsafe impl<T, U> CoerciblePtr<U> for WeakRef<T>
where
    T: WeakReferenceable,
    U: ?Sized + WeakReferenceable<Slot = T::Slot> + 'static,
{
    type Pointee = T;
    type Output = WeakRef<U>;

    fn as_sized_ptr(&mut self) -> *mut T {
        self.handle().as_ptr()
    }

    /// # Safety
    ///
    /// 1. `new` is what an unsizing made of the pointer of `as_sized_ptr`.
    unsafe fn replace_ptr(self, new: *mut U) -> WeakRef<U> {
        let _given_up = self.into_handle();
        // SAFETY: not null, as the handle that it is an unsizing of (1).
        let handle = unsafe { NonNull::new_unchecked(new) };
        // SAFETY: 1, the handle just given up with its unit, coerced to a type with the same slot (1).
        unsafe { WeakRef::from_handle(handle) }
    }
}
