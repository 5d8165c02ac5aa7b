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

/// What std compares slices, vectors and text with, beside their own type.
macro_rules! compared {
    ($($object:ident)*) => {$(
        impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for $object<[T]> {
            fn eq(&self, other: &[U; N]) -> bool {
                self.0 == *other
            }
        }

        impl<T: PartialEq<U>, U> PartialEq<Vec<U>> for $object<[T]> {
            fn eq(&self, other: &Vec<U>) -> bool {
                self.0 == **other
            }
        }

        impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for $object<Vec<T>> {
            fn eq(&self, other: &[U; N]) -> bool {
                self.0 == *other
            }
        }

        impl<T: PartialEq<U>, U> PartialEq<[U]> for $object<Vec<T>> {
            fn eq(&self, other: &[U]) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<&str> for $object<str> {
            fn eq(&self, other: &&str) -> bool {
                self.0 == **other
            }
        }

        impl PartialEq<String> for $object<str> {
            fn eq(&self, other: &String) -> bool {
                self.0 == **other
            }
        }

        impl PartialEq<str> for $object<String> {
            fn eq(&self, other: &str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<&str> for $object<String> {
            fn eq(&self, other: &&str) -> bool {
                self.0 == **other
            }
        }
    )*};
}

compared!(Object LocalObject);

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
