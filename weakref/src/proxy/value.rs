//! What proxies forward of a value: formatting, comparison, errors.

use core::cmp::Ordering;
use core::error::Error;
use core::fmt;

use super::Proxy;
use crate::error::ReferenceError;
use crate::referenceable::WeakReferenceable;
use crate::weak::{WeakRef, WeakReference};

impl<T: ?Sized + WeakReferenceable, R: WeakReference<Referent = T>> Proxy<T, R> {
    /// As `to_string`, but returns the error.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert_eq!(Proxy::try_to_string(&proxy).as_deref(), Ok("forwarded"));
    /// drop(text);
    /// assert_eq!(Proxy::try_to_string(&proxy), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_to_string(this: &Self) -> Result<String, ReferenceError>
    where
        T: fmt::Display,
    {
        Self::with(this, ToString::to_string)
    }

    /// As `==` with a value of any type that the object compares with, but returns the error.
    ///
    /// ```
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let text: Strong<Object<str>> = "forwarded".into();
    /// let proxy = Proxy::new(&text);
    /// assert_eq!(Proxy::try_eq(&proxy, "forwarded"), Ok(true));
    /// drop(text);
    /// assert_eq!(Proxy::try_eq(&proxy, "forwarded"), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_eq<V: ?Sized>(this: &Self, value: &V) -> Result<bool, ReferenceError>
    where
        T: PartialEq<V>,
    {
        Self::with(this, |own| own == value)
    }

    /// As `partial_cmp` with a value of any type that the object compares with, but returns the
    /// error.
    ///
    /// ```
    /// # use std::cmp::Ordering;
    /// # use weakref::{Object, Proxy, ReferenceError, Strong};
    /// let number = Strong::new(Object(3));
    /// let proxy = Proxy::new(&number);
    /// assert_eq!(Proxy::try_partial_cmp(&proxy, &Object(4)), Ok(Some(Ordering::Less)));
    /// drop(number);
    /// assert_eq!(Proxy::try_partial_cmp(&proxy, &Object(4)), Err(ReferenceError));
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn try_partial_cmp<V: ?Sized>(
        this: &Self,
        value: &V,
    ) -> Result<Option<Ordering>, ReferenceError>
    where
        T: PartialOrd<V>,
    {
        Self::with(this, |own| own.partial_cmp(value))
    }
}

macro_rules! format {
    ($($trait:ident)*) => {
        $(
            impl<T, R> fmt::$trait for Proxy<T, R>
            where
                T: ?Sized + WeakReferenceable + fmt::$trait,
                R: WeakReference<Referent = T>,
            {
                #[track_caller]
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::$trait::fmt(&*Self::live(self), f)
                }
            }
        )*
    };
}

format!(Display LowerHex UpperHex Octal Binary LowerExp UpperExp);

impl<T, R, Q> PartialEq<Proxy<T, Q>> for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + PartialEq,
    R: WeakReference<Referent = T>,
    Q: WeakReference<Referent = T>,
{
    #[track_caller]
    fn eq(&self, other: &Proxy<T, Q>) -> bool {
        *Self::live(self) == *Proxy::live(other)
    }
}

impl<T, R> PartialEq<T> for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + PartialEq,
    R: WeakReference<Referent = T>,
{
    #[track_caller]
    fn eq(&self, other: &T) -> bool {
        *Self::live(self) == *other
    }
}

impl<T, R, Q> PartialOrd<Proxy<T, Q>> for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + PartialOrd,
    R: WeakReference<Referent = T>,
    Q: WeakReference<Referent = T>,
{
    #[track_caller]
    fn partial_cmp(&self, other: &Proxy<T, Q>) -> Option<Ordering> {
        T::partial_cmp(&Self::live(self), &Proxy::live(other))
    }
}

impl<T, R> PartialOrd<T> for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + PartialOrd,
    R: WeakReference<Referent = T>,
{
    #[track_caller]
    fn partial_cmp(&self, other: &T) -> Option<Ordering> {
        T::partial_cmp(&Self::live(self), other)
    }
}

/// Without `source`, which would borrow from the object.
impl<T, R> Error for Proxy<T, R>
where
    T: ?Sized + WeakReferenceable + Error,
    R: WeakReference<Referent = T> + AsRef<WeakRef<T>>,
{
}
