//! Objects whose value is written after they are allocated.

use core::alloc::Layout;
use core::mem::MaybeUninit;
use core::ptr;

use super::{LocalObject, Object};
use crate::construct::build_of_bits;
use crate::strong::Strong;

fn layout_of<T>(len: usize) -> Layout {
    let Ok(layout) = Layout::array::<T>(len) else {
        panic!("weakref: the slice would be larger than isize::MAX bytes")
    };
    layout
}

macro_rules! uninit {
    ($object:ident, $name:literal) => {
        impl<T: 'static> Strong<$object<T>> {
            /// Allocates an object whose value is yet to be written: nothing is moved through the stack.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let mut pixels = Strong::<", $name, "<[u8; 4096]>>::new_uninit();")]
            /// Strong::get_mut(&mut pixels).unwrap().write([7; 4096]);
            /// // SAFETY: written above.
            /// let pixels = unsafe { pixels.assume_init() };
            /// assert_eq!(pixels[4095], 7);
            /// ```
            #[must_use]
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn new_uninit() -> Strong<$object<MaybeUninit<T>>> {
                let layout = Layout::new::<T>();
                // SAFETY: 1, a `MaybeUninit` is any bits, and an object of a foreign type declares none; 2,
                // a `MaybeUninit` has the layout of its type, and the newtype is transparent.
                unsafe { build_of_bits(ptr::null(), layout, false) }
            }

            /// As [`Self::new_uninit`], with zeros in it.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let counters = Strong::<", $name, "<[u64; 512]>>::new_zeroed();")]
            /// // SAFETY: zeros are numbers.
            /// let counters = unsafe { counters.assume_init() };
            /// assert_eq!(counters[511], 0);
            /// ```
            #[must_use]
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn new_zeroed() -> Strong<$object<MaybeUninit<T>>> {
                let layout = Layout::new::<T>();
                // SAFETY: 1, a `MaybeUninit` is any bits, and an object of a foreign type declares none; 2,
                // a `MaybeUninit` has the layout of its type, and the newtype is transparent.
                unsafe { build_of_bits(ptr::null(), layout, true) }
            }
        }

        impl<T: 'static> Strong<$object<[T]>> {
            /// Allocates a slice whose elements are yet to be written.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let mut squares = Strong::<", $name, "<[usize]>>::new_uninit_slice(4);")]
            /// for (n, place) in Strong::get_mut(&mut squares).unwrap().iter_mut().enumerate() {
            ///     place.write(n * n);
            /// }
            /// // SAFETY: all are written above.
            /// let squares = unsafe { squares.assume_init() };
            /// assert_eq!(squares.0, [0, 1, 4, 9]);
            /// ```
            ///
            /// # Panics
            ///
            /// Panics if the slice would be larger than `isize::MAX` bytes.
            #[must_use]
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn new_uninit_slice(len: usize) -> Strong<$object<[MaybeUninit<T>]>> {
                let like = ptr::slice_from_raw_parts(ptr::null::<MaybeUninit<T>>(), len);
                // SAFETY: 1, a `MaybeUninit` is any bits, and an object of a foreign type declares none; 2,
                // it is that of so many elements, and the newtype is transparent.
                unsafe { build_of_bits(like as *const $object<_>, layout_of::<T>(len), false) }
            }

            /// As [`Self::new_uninit_slice`], with zeros in it.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let counters = Strong::<", $name, "<[u64]>>::new_zeroed_slice(3);")]
            /// // SAFETY: zeros are numbers.
            /// let counters = unsafe { counters.assume_init() };
            /// assert_eq!(counters.0, [0, 0, 0]);
            /// ```
            ///
            /// # Panics
            ///
            /// Panics if the slice would be larger than `isize::MAX` bytes.
            #[must_use]
            #[cfg_attr(feature = "leak-trace", track_caller)]
            pub fn new_zeroed_slice(len: usize) -> Strong<$object<[MaybeUninit<T>]>> {
                let like = ptr::slice_from_raw_parts(ptr::null::<MaybeUninit<T>>(), len);
                // SAFETY: 1, a `MaybeUninit` is any bits, and an object of a foreign type declares none; 2,
                // it is that of so many elements, and the newtype is transparent.
                unsafe { build_of_bits(like as *const $object<_>, layout_of::<T>(len), true) }
            }
        }

        impl<T: 'static> Strong<$object<MaybeUninit<T>>> {
            /// Says that the value was written.
            ///
            /// Weak references made before stay what they are, and upgrade to handles of a
            /// `MaybeUninit`: if one of those is the last to be dropped, the value is not.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let mut text = Strong::<", $name, "<String>>::new_uninit();")]
            /// Strong::get_mut(&mut text).unwrap().write("written".to_owned());
            /// // SAFETY: written above.
            /// let text = unsafe { text.assume_init() };
            /// assert_eq!(text.len(), 7);
            /// ```
            ///
            /// # Safety
            ///
            /// 1. The value is initialised, and will be while handles of the returned type exist.
            #[must_use]
            pub unsafe fn assume_init(self) -> Strong<$object<T>> {
                // SAFETY: 1, the value is a `T` (1), hence the object one of it, as the newtypes are
                // transparent; the slot is the same.
                unsafe { self.retyped(<*const _>::cast) }
            }
        }

        impl<T: 'static> Strong<$object<[MaybeUninit<T>]>> {
            /// Says that all elements were written.
            ///
            /// Weak references made before stay what they are, and upgrade to handles of a
            /// `MaybeUninit`: if one of those is the last to be dropped, the elements are not.
            ///
            /// ```
            #[doc = concat!("use weakref::{", $name, ", Strong};")]
            ///
            #[doc = concat!("let none = Strong::<", $name, "<[String]>>::new_uninit_slice(0);")]
            /// // SAFETY: there are none.
            /// assert!(unsafe { none.assume_init() }.is_empty());
            /// ```
            ///
            /// # Safety
            ///
            /// 1. The elements are initialised, and will be while handles of the returned type exist.
            #[must_use]
            pub unsafe fn assume_init(self) -> Strong<$object<[T]>> {
                // SAFETY: 1, the elements are `T` (1), hence the object a slice of them, as the newtypes are
                // transparent; the slot is the same.
                unsafe { self.retyped(|value| value as *const $object<[T]>) }
            }
        }
    };
}

uninit!(Object, "Object");
uninit!(LocalObject, "LocalObject");
