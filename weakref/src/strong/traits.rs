//! What a strong handle has in common with every other pointer of std; how it is compared is said in `object/compare.rs`.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::Strong;
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

impl<T: ?Sized + WeakReferenceable + Hash> Hash for Strong<T> {
    /// By value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state);
    }
}
