//! How much room a table has for rows, and how many places they may stand in.

use super::Table;
use crate::error::TryReserveError;
use crate::side::Side;

impl<K: Side, V: Side> Table<K, V> {
    pub(crate) fn capacity(&self) -> usize {
        self.rows.capacity()
    }

    /// The bytes of the table itself.
    pub(crate) fn allocation_size(&self) -> usize {
        self.rows.allocation_size()
    }

    pub(crate) fn reserve(&mut self, additional: usize) {
        self.rows.reserve(additional, |row| row.hash);
    }

    pub(crate) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.rows
            .try_reserve(additional, |row| row.hash)
            .map_err(|error| TryReserveError::new(&error))
    }

    pub(crate) fn shrink_to(&mut self, capacity: usize) {
        self.rows.shrink_to(capacity, |row| row.hash);
        self.cursor = 0;
    }

    /// Whether a row can be added while all others stay where they are.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.rows.len() < self.rows.capacity()
    }

    /// The number of buckets, also of an empty table.
    pub(crate) fn all_buckets(&self) -> usize {
        self.rows.num_buckets()
    }

    /// The number of buckets, and with it the bound of `take_at`'s index.
    pub(crate) fn buckets(&self) -> usize {
        if self.rows.is_empty() {
            return 0;
        }
        self.rows.num_buckets()
    }
}
