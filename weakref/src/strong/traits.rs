//! What a strong handle has in common with every other pointer of std.

use core::any::TypeId;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::ffi::CStr;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::ffi::{CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Strong;
use crate::construct;
use crate::object::{LocalObject, Object};
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
    /// By value; handles of one text or of the same bytes are equal at once.
    fn eq(&self, other: &Self) -> bool {
        is_same(self, other) || T::eq(self, other)
    }
}

impl<T: ?Sized + WeakReferenceable + Eq> Eq for Strong<T> {}

impl<T: ?Sized + WeakReferenceable + PartialOrd> PartialOrd for Strong<T> {
    /// By value, as `==`.
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        if is_same(self, other) {
            return Some(Ordering::Equal);
        }
        T::partial_cmp(self, other)
    }
}

impl<T: ?Sized + WeakReferenceable + Ord> Ord for Strong<T> {
    /// By value, as `==`.
    fn cmp(&self, other: &Self) -> Ordering {
        if is_same(self, other) {
            return Ordering::Equal;
        }
        T::cmp(self, other)
    }
}

/// Whether both are handles of one object that is known to equal itself. Std asks for `Eq` by specialization; here it is
/// known of text and bytes, whose comparison takes longest.
fn is_same<T: ?Sized + WeakReferenceable>(a: &Strong<T>, b: &Strong<T>) -> bool {
    Strong::ptr_eq(a, b) && is_text_or_bytes(TypeId::of::<T>())
}

fn is_text_or_bytes(object: TypeId) -> bool {
    macro_rules! any {
        ($($type:ty)*) => {
            $(object == TypeId::of::<Object<$type>>() || object == TypeId::of::<LocalObject<$type>>())||*
        };
    }
    any!(str [u8] CStr OsStr Path String Vec<u8> CString OsString PathBuf)
}

impl<T: ?Sized + WeakReferenceable + Hash> Hash for Strong<T> {
    /// By value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        T::hash(self, state);
    }
}
