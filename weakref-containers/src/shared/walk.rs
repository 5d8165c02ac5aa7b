//! What iterates over a shared container: it looks at one shard after the other, and locks nothing between two items.

use weakref::Slot;

use super::sharded::Sharded;
use crate::several::Several;
use crate::side::Side;
use crate::table::Row;

/// Walks over a snapshot of each shard's rows, taken when the walk reaches the shard.
pub(super) struct Walk<'a, K: Side, V: Side, S: Slot, T> {
    shards: &'a Sharded<K, V, S>,
    next: usize,
    seen: Several<T>,
}

impl<'a, K: Side + 'static, V: Side + 'static, S: Slot, T> Walk<'a, K, V, S, T> {
    pub(super) fn new(shards: &'a Sharded<K, V, S>) -> Self {
        Self {
            shards,
            next: 0,
            seen: Several::new(),
        }
    }

    /// Returns what `look` makes of the next row for which it returns something. `look` runs under the read lock.
    pub(super) fn next(&mut self, look: impl Fn(&Row<K, V>) -> Option<T>) -> Option<T> {
        loop {
            if let Some(seen) = self.seen.next() {
                return Some(seen);
            }
            let shard = self.shards.shard(self.next)?;
            self.next += 1;
            // Collected into a value that outlives the lock, so that nothing is dropped under the lock if `look`
            // panics.
            let seen = &mut self.seen;
            shard.read(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                seen.extend(live.filter_map(&look));
            });
        }
    }
}
