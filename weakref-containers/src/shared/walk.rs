//! What iterates over a shared container: it looks at one shard after the other, and locks nothing between two items.

use weakref::Slot;

use super::sharded::Sharded;
use crate::several::Several;
use crate::side::Side;
use crate::table::Row;

/// Walks over what was seen of the rows of each shard when the walk came to it.
pub(super) struct Walk<'a, K: Side + 'static, V: Side + 'static, S: Slot, T> {
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

    /// What `look` saw in the next row in which it saw something. It runs under the read lock.
    pub(super) fn next(&mut self, look: impl Fn(&Row<K, V>) -> Option<T>) -> Option<T> {
        loop {
            if let Some(seen) = self.seen.next() {
                return Some(seen);
            }
            let shard = self.shards.shard(self.next)?;
            self.next += 1;
            // Into what outlives the lock, so that nothing is dropped under it, should `look` panic.
            let seen = &mut self.seen;
            shard.read(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                seen.extend(live.filter_map(&look));
            });
        }
    }
}
