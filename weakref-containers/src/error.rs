//! The errors of this crate.

use core::alloc::Layout;
use core::error::Error;
use core::fmt;

/// The error of the `try_reserve` methods.
///
/// ```
/// use weakref::{Strong, SyncSlot, WeakReferenceable};
/// use weakref_containers::{TryReserveError, WeakValueMap};
///
/// #[derive(WeakReferenceable)]
/// struct Image;
///
/// let mut map = WeakValueMap::<u32, Image>::new();
/// assert_eq!(map.try_reserve(usize::MAX), Err(TryReserveError::CapacityOverflow));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryReserveError {
    /// The capacity is more than a table can have.
    CapacityOverflow,
    /// The allocator refused.
    AllocError {
        /// What it was asked for.
        layout: Layout,
    },
}

impl TryReserveError {
    pub(crate) fn new(error: &hashbrown::TryReserveError) -> Self {
        match *error {
            hashbrown::TryReserveError::CapacityOverflow => Self::CapacityOverflow,
            hashbrown::TryReserveError::AllocError { layout } => Self::AllocError { layout },
        }
    }
}

impl fmt::Display for TryReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CapacityOverflow => f.write_str("capacity overflow"),
            Self::AllocError { layout } => write!(
                f,
                "allocation of {} bytes with alignment {} failed",
                layout.size(),
                layout.align()
            ),
        }
    }
}

impl Error for TryReserveError {}
