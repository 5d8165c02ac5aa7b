//! What proxies forward to a value behind a cell or a lock.

use core::cell::RefCell;
use std::sync::Mutex;

use super::Proxy;
use crate::ending::drop_first;
use crate::error::ReferenceError;
use crate::referenceable::WeakReferenceable;
use crate::weak::WeakReference;

/// A cell or lock that gives exclusive access to its value through a shared reference, so that a
/// proxy of it forwards what needs `&mut`: iteration, and `Extend`.
///
/// Implement it for a lock of your own to the same end.
///
/// # Examples
///
/// ```
/// use std::cell::RefCell;
/// use weakref::{Proxy, Strong};
///
/// let countdown = Strong::new(RefCell::new((1..=3).rev()));
/// let mut proxy = Proxy::new(&countdown);
/// assert_eq!(proxy.next(), Some(3));
/// assert_eq!(countdown.borrow_mut().next(), Some(2));
/// assert_eq!(proxy.next(), Some(1));
///
/// let words = Strong::new(RefCell::new(vec!["weak"]));
/// Proxy::new(&words).extend(["reference"]);
/// assert_eq!(*words.borrow(), ["weak", "reference"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` gives no exclusive access through a shared reference",
    label = "neither a `RefCell` nor a `Mutex`",
    note = "a proxy forwards iteration and `Extend` to the value in a `RefCell` or `Mutex`; for a lock of your own, implement `Interior`"
)]
pub trait Interior {
    /// What is inside.
    type Value: ?Sized;

    /// Calls `f` with exclusive access.
    ///
    /// # Panics
    ///
    /// Panics when that is impossible: for a `RefCell` if it is borrowed, for a `Mutex` if it is
    /// poisoned.
    fn with_mut<O>(&self, f: impl FnOnce(&mut Self::Value) -> O) -> O;
}

impl<T: ?Sized> Interior for RefCell<T> {
    type Value = T;

    #[track_caller]
    fn with_mut<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        f(&mut self.borrow_mut())
    }
}

impl<T: ?Sized> Interior for Mutex<T> {
    type Value = T;

    #[track_caller]
    fn with_mut<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        let Ok(mut value) = self.lock() else {
            panic!("weakref: a proxy forwarded to a poisoned `Mutex`")
        };
        f(&mut value)
    }
}

impl<T, R> Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Interior,
    R: WeakReference<Referent = T>,
{
    /// As `next`, but returns the error.
    ///
    /// ```
    /// # use std::sync::Mutex;
    /// # use weakref::{Proxy, ReferenceError, Strong};
    /// let numbers = Strong::new(Mutex::new(1..3));
    /// let proxy = Proxy::new(&numbers);
    /// assert_eq!(Proxy::try_next(&proxy), Ok(Some(1)));
    /// drop(numbers);
    /// assert_eq!(Proxy::try_next(&proxy), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    ///
    /// # Panics
    ///
    /// As [`Interior::with_mut`].
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_next(this: &Self) -> Result<Option<<T::Value as Iterator>::Item>, ReferenceError>
    where
        T::Value: Iterator,
    {
        Self::with(this, |object| object.with_mut(Iterator::next))
    }
}

impl<T, R> Iterator for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Interior<Value: Iterator>,
    R: WeakReference<Referent = T>,
{
    type Item = <T::Value as Iterator>::Item;

    #[track_caller]
    fn next(&mut self) -> Option<Self::Item> {
        let strong = Self::live(self);
        let item = strong.with_mut(Iterator::next);
        drop_first(strong, item)
    }

    #[track_caller]
    fn size_hint(&self) -> (usize, Option<usize>) {
        Self::live(self).with_mut(|iterator| iterator.size_hint())
    }
}

impl<T, R> DoubleEndedIterator for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Interior<Value: DoubleEndedIterator>,
    R: WeakReference<Referent = T>,
{
    #[track_caller]
    fn next_back(&mut self) -> Option<Self::Item> {
        let strong = Self::live(self);
        let item = strong.with_mut(DoubleEndedIterator::next_back);
        drop_first(strong, item)
    }
}

impl<T, R> ExactSizeIterator for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Interior<Value: ExactSizeIterator>,
    R: WeakReference<Referent = T>,
{
    #[track_caller]
    fn len(&self) -> usize {
        Self::live(self).with_mut(|iterator| iterator.len())
    }
}

impl<A, T, R> Extend<A> for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Interior<Value: Extend<A>>,
    R: WeakReference<Referent = T>,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = A>>(&mut self, items: I) {
        Self::live(self).with_mut(|collection| collection.extend(items));
    }
}
