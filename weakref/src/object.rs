//! Ready-made objects of foreign types: newtypes that give a value a slot.

use core::any::{Any, TypeId};
use core::borrow::Borrow;
use core::fmt;
use core::ops::{Deref, DerefMut};
use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::construct::CloneValue;
use crate::finalizer_safe::FinalizerSafe;
use crate::operand::{SharedIter, SharedRead, SharedSeek, SharedWrite};
use crate::referenceable::{Internal, WeakReferenceable};
use crate::strong::Strong;

mod compare;
mod convert;
#[cfg(any(unix, windows))]
mod system;
mod uninit;

/// An object of a type that is not [`WeakReferenceable`] itself, such as one of another crate.
///
/// It derefs to the value, and is shown as the value is. A pattern, a `let (a, b) = …` and a bound `Deref<Target = T>` see the
/// newtype: they need `.0`, and an object of a tuple has its first field at `object.0.0`. Unsized values come from a box; slices from arrays, slices, `Vec`s, iterators
/// and `Cow`s; `str`, `Path`, `OsStr` and `CStr` from what std's `Arc` makes them from, and `str` from an
/// iterator of text; each time into one allocation. For objects that stay on one thread, see [`LocalObject`].
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong, WeakRef, coerce};
///
/// let words = Strong::new(Object(vec!["weak", "reference"]));
/// let weak = Strong::downgrade(&words);
/// assert_eq!(weak.with(|words| words.len()), Some(2));
///
/// let text: Strong<Object<str>> = "a name shared by many".into();
/// let numbers: Strong<Object<[u32]>> = vec![1, 2, 3].into();
/// assert_eq!((text.len(), numbers[1]), (21, 2));
/// let squares: Strong<Object<[u32]>> = numbers.iter().map(|n| n * n).collect();
/// let squares: Strong<Object<[u32; 3]>> = squares.try_into().unwrap();
/// assert_eq!(squares.0, [1, 4, 9]);
/// assert_eq!(format!("{squares:?}"), "[1, 4, 9]");
/// let mut sum = 0;
/// for square in &*squares {
///     sum += square;
/// }
/// assert_eq!(sum, 14);
/// let bytes: Strong<Object<[u8]>> = text.into();
/// assert_eq!(bytes[0], b'a');
///
/// type Handler = dyn Fn(u32) -> u32 + Send + Sync;
/// let boxed: Box<Handler> = Box::new(|x| x + 1);
/// let handler: Strong<Object<Handler>> = boxed.into();
/// let same = coerce!(Strong::new(Object(|x: u32| x + 1)) => Object<Handler>);
/// assert_eq!((handler.0)(1), (same.0)(1));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Object<T: ?Sized>(
    /// The value.
    pub T,
);

/// An object of a foreign type that stays on one thread: an [`Object`] without atomics.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use weakref::{LocalObject, Strong};
///
/// let shared = Strong::new(LocalObject(Rc::new(Cell::new(1))));
/// shared.set(2);
/// assert_eq!(Strong::downgrade(&shared).with(|shared| shared.get()), Some(2));
///
/// let text: Strong<LocalObject<str>> = "local".into();
/// assert_eq!(*text, *"local");
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct LocalObject<T: ?Sized>(
    /// The value.
    pub T,
);

impl Object<dyn Any + Send + Sync> {
    /// Turns an object of any type into one of type `T`, if it is one.
    ///
    /// For objects behind a trait of yours, see [`Strong::downcast`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::any::Any;
    /// use weakref::{Object, Strong, coerce};
    ///
    /// let any = coerce!(Strong::new(Object(7_u32)) => Object<dyn Any + Send + Sync>);
    /// let any = Object::downcast::<String>(any).unwrap_err();
    /// let number = Object::downcast::<u32>(any).unwrap();
    /// assert_eq!(number.0, 7);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the handle back if the object is of another type.
    pub fn downcast<T: Any + Send + Sync>(
        strong: Strong<Self>,
    ) -> Result<Strong<Object<T>>, Strong<Self>> {
        if !strong.0.is::<T>() {
            return Err(strong);
        }
        // SAFETY: 1, the value is a `T`, as was asked above, hence the object an `Object<T>`; their
        // slot is the same.
        Ok(unsafe { strong.retyped(<*const _>::cast) })
    }
}

impl LocalObject<dyn Any> {
    /// Turns an object of any type into one of type `T`, if it is one.
    ///
    /// For objects behind a trait of yours, see [`Strong::downcast`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::any::Any;
    /// use weakref::{LocalObject, Strong, coerce};
    ///
    /// let any = coerce!(Strong::new(LocalObject(7_u32)) => LocalObject<dyn Any>);
    /// let number = LocalObject::downcast::<u32>(any).unwrap();
    /// assert_eq!(number.0, 7);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the handle back if the object is of another type.
    pub fn downcast<T: Any>(strong: Strong<Self>) -> Result<Strong<LocalObject<T>>, Strong<Self>> {
        if !strong.0.is::<T>() {
            return Err(strong);
        }
        // SAFETY: 1, the value is a `T`, as was asked above, hence the object a `LocalObject<T>`; their
        // slot is the same.
        Ok(unsafe { strong.retyped(<*const _>::cast) })
    }
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// Turns an object behind a trait into one of type `U`, if it is one.
    ///
    /// The trait has [`WeakReferenceable`] as a supertrait: of one for whose `dyn` it is implemented by hand nothing is
    /// found. Nor is anything in an `Object<dyn Any + Send + Sync>`, which knows the type of its value only: that is
    /// [`Object::downcast`], and of one thread [`LocalObject::downcast`].
    ///
    /// # Examples
    ///
    /// ```
    /// use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
    ///
    /// trait Shape: WeakReferenceable<Slot = SyncSlot> {}
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Square(u32);
    /// impl Shape for Square {}
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Circle(u32);
    /// impl Shape for Circle {}
    ///
    /// let shape = coerce!(Strong::new(Square(3)) => dyn Shape);
    /// let shape = Strong::downcast::<Circle>(shape).err().unwrap();
    /// let square = Strong::downcast::<Square>(shape).ok().unwrap();
    /// assert_eq!(square.0, 3);
    /// ```
    ///
    /// # Errors
    ///
    /// Gives the handle back if the object is of another type.
    pub fn downcast<U: WeakReferenceable<Slot = T::Slot> + 'static>(
        this: Self,
    ) -> Result<Strong<U>, Self> {
        if this.__type_id(Internal) != TypeId::of::<U>() {
            return Err(this);
        }
        // SAFETY: 1, the value is a `U`, as was asked above in a way that nobody can override; the slot
        // is the same.
        Ok(unsafe { this.retyped(<*const _>::cast) })
    }
}

/// What both kinds of object have in common.
macro_rules! object {
    ($object:ident) => {
        impl<T: ?Sized + FinalizerSafe> FinalizerSafe for $object<T> {}

        impl<T: ?Sized> Deref for $object<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T: ?Sized> DerefMut for $object<T> {
            fn deref_mut(&mut self) -> &mut T {
                &mut self.0
            }
        }

        impl<T: ?Sized> AsRef<T> for $object<T> {
            fn as_ref(&self) -> &T {
                &self.0
            }
        }

        impl<T: ?Sized> Borrow<T> for $object<T> {
            fn borrow(&self) -> &T {
                &self.0
            }
        }

        impl<T: ?Sized + 'static> Borrow<T> for Strong<$object<T>> {
            fn borrow(&self) -> &T {
                &self.0
            }
        }

        #[expect(clippy::into_iter_without_iter, reason = "the value has one")]
        impl<'a, T: ?Sized + SharedIter<'a>> IntoIterator for &'a $object<T> {
            type Item = T::Item;
            type IntoIter = T::IntoIter;

            fn into_iter(self) -> T::IntoIter {
                self.0.shared_iter()
            }
        }

        impl<T> From<T> for $object<T> {
            fn from(value: T) -> Self {
                Self(value)
            }
        }

        impl<T: ?Sized + PartialEq> PartialEq<T> for $object<T> {
            fn eq(&self, other: &T) -> bool {
                self.0 == *other
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $object<T> {
            /// As the value itself, as it would be behind a pointer of std.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $object<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<T: ?Sized + core::error::Error> core::error::Error for $object<T> {
            fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
                self.0.source()
            }
        }

        impl<T: ?Sized + SharedRead> Read for &$object<T> {
            fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.0.reader().read(buf)
            }
        }

        impl<T: ?Sized + SharedWrite> Write for &$object<T> {
            fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
                self.0.writer().write(buf)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.0.writer().flush()
            }
        }

        impl<T: ?Sized + SharedSeek> Seek for &$object<T> {
            fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
                self.0.seeker().seek(position)
            }
        }

        impl<T: Clone + 'static> CloneValue for $object<[T]> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn to_strong(&self) -> Strong<Self> {
                Strong::from(&self.0)
            }
        }

        impl CloneValue for $object<str> {
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn to_strong(&self) -> Strong<Self> {
                Strong::from(&self.0)
            }
        }

        impl<T: ?Sized + 'static> From<Box<T>> for Strong<$object<T>> {
            /// Moves the value out of its box: O(size of the value).
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn from(value: Box<T>) -> Self {
                let value = Box::into_raw(value) as *mut $object<T>;
                // SAFETY: from `into_raw`, and the newtype is transparent, so that the box is one of it.
                Self::from(unsafe { Box::from_raw(value) })
            }
        }
    };
}

object!(Object);
object!(LocalObject);
