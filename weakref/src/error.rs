//! The error of a weak reference whose referent is dead.

use core::any::type_name;
use core::fmt;
use core::hash::{Hash, Hasher};
use std::io;

use crate::id::ShortName;

/// The referent of a weak reference is dead.
///
/// Its text names the type of the referent, where it is known. Such errors are all equal, whatever they
/// name, and the value `ReferenceError` is one that names none; a pattern is written
/// `ReferenceError { .. }`.
///
/// ```
/// use weakref::{Proxy, ReferenceError, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Image;
///
/// let proxy = Proxy::new(&Strong::new(Image));
/// let error = Proxy::get(&proxy).err().unwrap();
/// assert_eq!(error.to_string(), "weakly-referenced object of type Image no longer exists");
/// assert_eq!(error, ReferenceError);
/// assert_eq!(ReferenceError.to_string(), "weakly-referenced object no longer exists");
/// ```
#[derive(Clone, Copy, Default)]
pub struct ReferenceError {
    /// Of the referent. One word, where a name has two.
    type_name: Option<fn() -> &'static str>,
}

/// The error that names no type.
#[expect(
    non_upper_case_globals,
    reason = "reads like the value of a type without fields"
)]
#[doc(hidden)]
pub const ReferenceError: ReferenceError = ReferenceError { type_name: None };

impl ReferenceError {
    /// The error of a reference to a dead `T`: for a reference type of your own.
    ///
    /// ```
    /// # use weakref::{Object, ReferenceError};
    /// let error = ReferenceError::of::<Object<str>>();
    /// assert_eq!(error.to_string(), "weakly-referenced object of type Object<str> no longer exists");
    /// ```
    #[must_use]
    pub const fn of<T: ?Sized>() -> Self {
        Self {
            type_name: Some(type_name::<T>),
        }
    }
}

impl PartialEq for ReferenceError {
    /// Always: what is said of it is the same, whatever died.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ReferenceError {}

impl Hash for ReferenceError {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Debug for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.type_name {
            Some(name) => write!(f, "ReferenceError({})", ShortName(name())),
            None => f.write_str("ReferenceError"),
        }
    }
}

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("weakly-referenced object ")?;
        if let Some(name) = self.type_name {
            write!(f, "of type {} ", ShortName(name()))?;
        }
        f.write_str("no longer exists")
    }
}

impl core::error::Error for ReferenceError {}

impl From<ReferenceError> for io::Error {
    fn from(error: ReferenceError) -> Self {
        Self::new(io::ErrorKind::NotFound, error)
    }
}

impl From<ReferenceError> for fmt::Error {
    fn from(_: ReferenceError) -> Self {
        Self
    }
}
