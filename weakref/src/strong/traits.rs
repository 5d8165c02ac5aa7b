//! What a strong handle has in common with every other pointer of std.

use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::Strong;
use crate::construct;
use crate::referenceable::WeakReferenceable;

impl<T: ?Sized + WeakReferenceable> AsRef<T> for Strong<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized + WeakReferenceable> Borrow<T> for Strong<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: WeakReferenceable + Default> Default for Strong<T> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: WeakReferenceable> From<T> for Strong<T> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: ?Sized + WeakReferenceable> From<Box<T>> for Strong<T> {
    /// Moves the value out of its box. Declared finalizers are attached, those of the type behind
    /// a `dyn` too, if [`WeakReferenceable`] is a supertrait of its trait.
    ///
    /// # Complexity
    ///
    /// O(size of the value): it is copied.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn from(value: Box<T>) -> Self {
        construct::build_boxed(value)
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug for Strong<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Display> fmt::Display for Strong<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Pointer for Strong<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Pointer::fmt(&Self::as_ptr(self), f)
    }
}

impl<T: ?Sized + WeakReferenceable + PartialEq> PartialEq for Strong<T> {
    /// By value.
    fn eq(&self, other: &Self) -> bool {
        T::eq(self, other)
    }
}

impl<T: ?Sized + WeakReferenceable + Eq> Eq for Strong<T> {}

impl<T: ?Sized + WeakReferenceable + PartialOrd> PartialOrd for Strong<T> {
    /// By value.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        T::partial_cmp(self, other)
    }
}

impl<T: ?Sized + WeakReferenceable + Ord> Ord for Strong<T> {
    /// By value.
    fn cmp(&self, other: &Self) -> Ordering {
        T::cmp(self, other)
    }
}

impl<T: ?Sized + WeakReferenceable + Hash> Hash for Strong<T> {
    /// By value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state);
    }
}
