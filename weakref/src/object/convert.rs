//! What ready-made objects are made from, beside values and boxes.

use std::borrow::{Borrow, Cow};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};
use std::ptr;

use super::{LocalObject, Object};
use crate::construct::move_in;
use crate::strong::Strong;

/// Text that is copied: `$borrowed` by its bytes, `$owned` as a box.
macro_rules! text {
    ($object:ident: $($borrowed:ty, $owned:ty;)*) => {$(
        impl From<&$borrowed> for Strong<$object<$borrowed>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(text: &$borrowed) -> Self {
                // SAFETY: 1, `text` is borrowed meanwhile, the newtype transparent, and bytes may be
                // copied; 2, nothing is done there.
                unsafe { move_in(ptr::from_ref(text) as *const $object<$borrowed>, false, || ()) }
            }
        }

        impl From<&mut $borrowed> for Strong<$object<$borrowed>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(text: &mut $borrowed) -> Self {
                Self::from(&*text)
            }
        }

        impl From<$owned> for Strong<$object<$borrowed>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(text: $owned) -> Self {
                let text: &$borrowed = text.borrow();
                text.into()
            }
        }
    )*};
}

/// An owner and what it is compared and hashed as.
macro_rules! borrow {
    ($object:ident: $($({$($params:tt)*})? $owned:ty, $borrowed:ty;)*) => {$(
        impl $(<$($params)*>)? Borrow<$borrowed> for $object<$owned> {
            fn borrow(&self) -> &$borrowed {
                &self.0
            }
        }

        impl $(<$($params)*>)? Borrow<$borrowed> for Strong<$object<$owned>> {
            fn borrow(&self) -> &$borrowed {
                &self.0
            }
        }

        impl $(<$($params)*>)? AsRef<$borrowed> for $object<$owned> {
            fn as_ref(&self) -> &$borrowed {
                &self.0
            }
        }

        impl $(<$($params)*>)? AsRef<$borrowed> for Strong<$object<$owned>> {
            fn as_ref(&self) -> &$borrowed {
                &self.0
            }
        }
    )*};
}

macro_rules! convert {
    ($object:ident) => {
        text! { $object:
            str, String;
            CStr, CString;
            OsStr, OsString;
            Path, PathBuf;
        }

        borrow! { $object:
            String, str;
            CString, CStr;
            OsString, OsStr;
            PathBuf, Path;
            {T: 'static} Vec<T>, [T];
        }

        impl<T: ?Sized + 'static> AsRef<T> for Strong<$object<T>> {
            fn as_ref(&self) -> &T {
                &self.0
            }
        }

        impl<T: 'static> From<Vec<T>> for Strong<$object<[T]>> {
            /// Moves the elements, whatever the capacity: O(size of the slice).
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(mut values: Vec<T>) -> Self {
                let slice = ptr::slice_from_raw_parts(values.as_ptr(), values.len());
                let give_up = || {
                    // SAFETY: no capacity is less, and of no elements none has to be initialised.
                    unsafe { values.set_len(0) };
                };
                // SAFETY: 1, the elements are ours, the newtype transparent, and an empty `Vec` drops
                // none; 2, `set_len` does not panic.
                unsafe { move_in(slice as *const $object<[T]>, false, give_up) }
            }
        }

        impl<T: Clone + 'static> From<&T> for Strong<$object<T>> {
            /// A clone of the value.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(value: &T) -> Self {
                Self::new($object(value.clone()))
            }
        }

        impl<T: Clone + 'static> From<&[T]> for Strong<$object<[T]>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(values: &[T]) -> Self {
                values.to_vec().into()
            }
        }

        impl<T: Clone + 'static> From<&mut [T]> for Strong<$object<[T]>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(values: &mut [T]) -> Self {
                Self::from(&*values)
            }
        }

        impl<T: 'static, const N: usize> From<[T; N]> for Strong<$object<[T]>> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(values: [T; N]) -> Self {
                $crate::coerce!(Strong::new($object(values)) => $object<[T]>)
            }
        }

        impl<'a, B> From<Cow<'a, B>> for Strong<$object<B>>
        where
            B: ?Sized + ToOwned + 'static,
            Self: From<&'a B> + From<B::Owned>,
        {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(value: Cow<'a, B>) -> Self {
                match value {
                    Cow::Borrowed(value) => value.into(),
                    Cow::Owned(value) => value.into(),
                }
            }
        }

        impl<T: 'static> FromIterator<T> for Strong<$object<[T]>> {
            /// Collects into a `Vec`, and moves the elements out of it.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
                values.into_iter().collect::<Vec<_>>().into()
            }
        }

        impl<S> FromIterator<S> for Strong<$object<str>>
        where
            String: FromIterator<S>,
        {
            /// Collects into a `String`, and copies its text.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from_iter<I: IntoIterator<Item = S>>(parts: I) -> Self {
                parts.into_iter().collect::<String>().into()
            }
        }

        impl<T: 'static> Default for Strong<$object<[T]>> {
            /// No elements.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn default() -> Self {
                Self::from(Vec::new())
            }
        }

        impl Default for Strong<$object<str>> {
            /// No text.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn default() -> Self {
                Self::from("")
            }
        }

        impl Default for Strong<$object<CStr>> {
            /// No text.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn default() -> Self {
                Self::from(c"")
            }
        }

        impl<T: 'static, const N: usize> TryFrom<Strong<$object<[T]>>>
            for Strong<$object<[T; N]>>
        {
            /// The handle, if the slice has another length.
            type Error = Strong<$object<[T]>>;

            /// The same object, as an array.
            fn try_from(slice: Strong<$object<[T]>>) -> Result<Self, Self::Error> {
                if slice.0.len() != N {
                    return Err(slice);
                }
                // SAFETY: 1, the value has as many elements as the array, as was asked above, hence is one;
                // the slot is the same.
                Ok(unsafe { slice.retyped(<*const _>::cast) })
            }
        }

        impl From<Strong<$object<str>>> for Strong<$object<[u8]>> {
            /// The same object, as bytes.
            fn from(text: Strong<$object<str>>) -> Self {
                // SAFETY: 1, text is bytes, and its length theirs; the slot is the same.
                unsafe { text.retyped(|text| text as *const $object<[u8]>) }
            }
        }
    };
}

convert!(Object);
convert!(LocalObject);
