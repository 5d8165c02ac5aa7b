//! Moving the value out.

use core::mem::ManuallyDrop;

use super::Strong;
use crate::count::End;
use crate::death;
use crate::ending::drop_first;
use crate::raw;
use crate::referenceable::WeakReferenceable;

impl<T: WeakReferenceable> Strong<T> {
    /// Moves the value out, if this is the only strong handle; else gives the handle back.
    ///
    /// It is a death: weak references are dead from here on, and callbacks and finalizers, declared ones
    /// too, have run when it returns, unless it is called so deep inside of other deaths that these are
    /// queued. What must not be done to a value that lives on, [`Finalizer::detach`](crate::Finalizer::detach)
    /// takes off first.
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable, Debug, PartialEq)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let other = image.clone();
    /// let image = Strong::try_unwrap(image).unwrap_err();
    /// drop(other);
    /// assert_eq!(Strong::try_unwrap(image), Ok(Image(3)));
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the handle if there are others.
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        // SAFETY: 1, our unit (S1) holds the block; it is given up by `move_out` only.
        let counts = &unsafe { raw::at(this.header()) }.counts;
        let closed = if counts.is_unique() {
            None
        } else {
            match counts.take_unique() {
                Some(list) => Some(list),
                None => return Err(this),
            }
        };
        let this = ManuallyDrop::new(this);
        // SAFETY: 1, closed just now, or no other handle was there to make one (`is_unique`); 2, our unit
        // (S1) kept the value alive.
        Ok(unsafe { death::move_out(this.value, closed) })
    }

    /// Drops the handle, and moves the value out if it was the last.
    ///
    /// Of several threads that call it on the last handles exactly one gets the value, unless a
    /// weak reference is upgraded meanwhile. It is a death, as with [`Strong::try_unwrap`].
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable, Debug, PartialEq)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let other = image.clone();
    /// assert_eq!(Strong::into_inner(image), None);
    /// assert_eq!(Strong::into_inner(other), Some(Image(3)));
    /// ```
    pub fn into_inner(this: Self) -> Option<T> {
        let this = ManuallyDrop::new(this);
        let header = this.header();
        this.token.end(|| header);
        // SAFETY: 1, our unit (S1) holds the block; this is the operation that gives it back.
        match unsafe { raw::at(header) }.counts.release_strong(false) {
            End::Shared => None,
            // SAFETY: 1, told just now that nobody else has a handle; 2, our unit (S1) kept the value
            // alive.
            End::Last => Some(unsafe { death::move_out(this.value, None) }),
            // SAFETY: 1, told just now; 2, our unit (S1) kept the value alive until it was closed.
            End::Closed(list) => Some(unsafe { death::move_out(this.value, Some(list)) }),
            End::Left => unreachable!("weakref: the value is still needed"),
            End::HandedOver => {
                // SAFETY: 1, its header. The value may be gone: only its metadata is taken.
                let handle = unsafe { raw::handle_of(this.value, header) };
                // SAFETY: 1, a weak unit was handed over (C5).
                unsafe { death::release_weak(handle) };
                None
            }
        }
    }

    /// Moves the value out, if this is the only strong handle; else clones it and drops the handle.
    ///
    /// Moving out is a death, as with [`Strong::try_unwrap`].
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable, Clone, Debug, PartialEq)]
    /// # struct Image(u32);
    /// let image = Strong::new(Image(3));
    /// let other = image.clone();
    /// assert_eq!(Strong::unwrap_or_clone(image), Image(3)); // cloned
    /// let weak = Strong::downgrade(&other);
    /// assert_eq!(Strong::unwrap_or_clone(other), Image(3)); // moved
    /// assert!(!weak.is_alive());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `T::clone` does; the handle is dropped then. Also if others drop theirs meanwhile, and the `Drop` of the
    /// value that was cloned panics.
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        match Self::try_unwrap(this) {
            Ok(value) => value,
            Err(this) => {
                let clone = T::clone(&this);
                drop_first(this, clone)
            }
        }
    }
}
