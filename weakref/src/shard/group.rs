//! Which shards belong together.

#![forbid(unsafe_code)]

use core::cell::Cell;

use super::READING;
use crate::sync::Sequence;

/// The shards of one container: a thread that reads one of them must change none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group(pub(super) u64);

impl Group {
    /// A new group.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Self {
        static NEXT: Sequence = Sequence::new(0);
        Self(NEXT.take(1))
    }

    /// Whether the thread is reading a shard of any group: who waits to change another may wait for a thread that
    /// waits to change this one.
    ///
    /// # Examples
    ///
    /// A closure that is given to [`Shard::read`](super::Shard::read) is told so; a `Drop` of what a shard buries never is.
    ///
    /// ```
    /// # use weakref::watch::Group;
    /// assert!(!Group::is_any_read_here());
    /// ```
    #[must_use]
    pub fn is_any_read_here() -> bool {
        !READING.with(Cell::get).is_null()
    }
}
