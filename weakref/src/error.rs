//! The error of a weak reference whose referent is dead.

use core::fmt;
use std::io;

/// The referent of a weak reference is dead.
///
/// ```
/// assert_eq!(weakref::ReferenceError.to_string(), "weakly-referenced object no longer exists");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReferenceError;

impl fmt::Display for ReferenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("weakly-referenced object no longer exists")
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
