//! Weak references as plain pointers.

use core::ptr::NonNull;

use super::WeakRef;
use crate::raw;
use crate::referenceable::WeakReferenceable;

impl<T: ?Sized + WeakReferenceable> WeakRef<T> {
    /// The address of the value. Its memory may be gone, or not written yet: reading it needs a strong
    /// handle. For a reference to nothing it is some address that is not null.
    ///
    /// It is not what [`WeakRef::into_raw`] returns.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let weak = Strong::downgrade(&image);
    /// assert!(std::ptr::eq(weak.as_ptr(), &*image));
    /// ```
    pub fn as_ptr(&self) -> *const T {
        let Some(counts) = self.counts() else {
            return self.handle.as_ptr();
        };
        // SAFETY: 1, its handle, whose block its unit (W1) holds; `separate` is what the counts say. The
        // value may be gone: only its address is taken.
        unsafe { raw::value_of(self.handle, counts.is_separate()) }.as_ptr()
    }

    /// Gives the reference up for a pointer; [`WeakRef::from_raw`] takes it back, and nothing else can
    /// be done with it: unlike std's it is *not* the address of the value, whose memory does not wait
    /// for weak references.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let raw = Strong::downgrade(&image).into_raw();
    /// assert_eq!(Strong::weak_count(&image), 1);
    /// // SAFETY: it came from `into_raw`, and is taken back once.
    /// let weak = unsafe { WeakRef::from_raw(raw) };
    /// assert_eq!(weak.with(|image| image.0), Some(3));
    /// ```
    #[must_use = "the weak reference leaks unless `from_raw` takes it back"]
    pub fn into_raw(self) -> *const T {
        self.into_handle().as_ptr()
    }

    /// Takes back a reference that [`WeakRef::into_raw`] gave up.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let raw = WeakRef::<Image>::new().into_raw();
    /// // SAFETY: it came from `into_raw`, and is taken back once.
    /// assert!(!unsafe { WeakRef::from_raw(raw) }.is_alive());
    /// ```
    ///
    /// # Safety
    ///
    /// 1. `raw` came from `into_raw` of a `WeakRef<T>`, or of another reference to an object that is a
    ///    `T` with the same slot, as by a coercion. It is taken back once.
    pub unsafe fn from_raw(raw: *const T) -> Self {
        // SAFETY: not null, as the handle that it is (1).
        let handle = unsafe { NonNull::new_unchecked(raw.cast_mut()) };
        // SAFETY: 1, the handle and the unit of the reference that was given up (1, W1).
        unsafe { Self::from_handle(handle) }
    }

    /// What is registered on the object, newest first; nothing after its death.
    #[cfg(feature = "leak-trace")]
    pub(crate) fn registered(&self) -> Vec<crate::list::Registered> {
        if !self.is_alive() {
            return Vec::new();
        }
        // SAFETY: 1, its handle's header, whose block our unit (W1) holds: a reference to nothing is never alive.
        unsafe { crate::list::registered(raw::header(self.handle)) }
    }
}
