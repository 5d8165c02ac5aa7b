//! How strong handles are compared: by value, and with a look at the pointers where the value is a ready-made object of text
//! or bytes.

use core::any::TypeId;
use core::cmp::Ordering;
use core::ffi::CStr;
use std::ffi::{CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::{LocalObject, Object};
use crate::referenceable::{WeakReferenceable, type_id};
use crate::strong::Strong;

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
    Strong::ptr_eq(a, b) && is_text_or_bytes(type_id::<T>())
}

fn is_text_or_bytes(object: TypeId) -> bool {
    macro_rules! any {
        ($($type:ty)*) => {
            $(object == TypeId::of::<Object<$type>>() || object == TypeId::of::<LocalObject<$type>>())||*
        };
    }
    any!(str [u8] CStr OsStr Path String Vec<u8> CString OsString PathBuf)
}
