//! How rows of the dead are taken out, by the notices that their deaths left, or by the death itself.

use core::iter;
use core::mem;

use weakref::watch::{Burial, Notice};

use super::{Dead, Row, Table, Yards};
use crate::several::Several;
use crate::side::{Side, Yard};
use crate::sync::{Bug, seeded};

/// When nearly all of at least so many rows are buried at once, the table shrinks, so that a walk over the rest takes
/// no longer than their number requires.
const MANY: usize = 1024;

/// Rows that were buried.
pub(super) struct Evicted<K, V>(Several<Row<K, V>>);

impl<K: Side, V: Side> Table<K, V> {
    /// Removes the rows of the dead and drops them. Every `&mut` call does this first.
    ///
    /// Needed even when no row is dead: a member that died while its row was being removed has left a notice, which
    /// pins its block.
    #[inline]
    pub(crate) fn bury(&mut self) {
        if self.has_notices() {
            self.bury_dead();
        }
    }

    #[inline(never)]
    fn bury_dead(&mut self) {
        let before = self.rows.len();
        while let Some(dead) = self.has_notices().then(|| self.take_dead()).flatten() {
            if let Some(evicted) = &mut self.evicted {
                evicted.0.extend(dead);
            }
        }
        let left = self.rows.len();
        if before >= MANY && left < before / 16 {
            self.shrink_to(left * 2);
        }
    }

    /// Sets whether buried rows are kept. If not, those kept so far are dropped.
    pub(crate) fn keep_evicted(&mut self, keep: bool) {
        self.bury();
        if !keep {
            drop(self.evicted.take());
        } else if self.evicted.is_none() {
            self.evicted = Some(Box::new(Evicted(Several::new())));
        }
    }

    /// The rows that were buried since the last call.
    pub(crate) fn take_evicted(&mut self) -> Several<Row<K, V>> {
        self.bury();
        let evicted = self.evicted.as_mut();
        evicted.map_or_else(Several::new, |evicted| {
            mem::replace(&mut evicted.0, Several::new())
        })
    }

    /// Whether a notice waits.
    #[inline]
    pub(crate) fn has_notices(&self) -> bool {
        self.graves.keys.has_notices() || self.graves.values.has_notices()
    }

    /// Takes out the rows of one death. Runs no user code.
    pub(crate) fn take_dead(&mut self) -> Option<Dead<K, V>> {
        loop {
            let dead = if let Some(notice) = self.graves.keys.next_dead() {
                self.take_meant(
                    &notice,
                    |row| row.key.is_meant_by(&notice),
                    |row| row.key.is_last(),
                )
            } else {
                let notice = self.graves.values.next_dead()?;
                self.take_meant(
                    &notice,
                    |row| row.value.is_meant_by(&notice),
                    |row| row.value.is_last(),
                )
            };
            // The row is out already, and about to be dropped.
            if dead.is_some() {
                return dead;
            }
        }
    }

    /// Takes out the row that a notice means. One object may be in several rows with the same hash, whose notices are
    /// alike. All of them are taken out before any is dropped; the drops withdraw the remaining notices, in whatever
    /// order they came. None is looked for where the row `is_last` to refer to the object.
    #[inline]
    fn take_meant(
        &mut self,
        notice: &Notice,
        is_meant: impl Fn(&Row<K, V>) -> bool,
        is_last: impl Fn(&Row<K, V>) -> bool,
    ) -> Option<Dead<K, V>> {
        let hash = notice.token;
        let mut meant = || {
            let place = self.rows.find_entry(hash, |row| {
                row.hash == hash && (is_meant(row) || seeded(Bug::AnyOfHash))
            });
            Some(place.ok()?.remove().0)
        };
        let first = meant()?;
        if is_last(&first) {
            return Some(Dead::one(first));
        }
        Some(Dead::new(first, iter::from_fn(meant).collect()))
    }

    /// Takes out the row of a registration that ends without a notice. Other registrations of the same object are
    /// told on their own. Runs no user code.
    #[inline]
    pub(crate) fn take_buried(&mut self, burial: &mut Burial<'_>) -> Option<Dead<K, V>> {
        let hash = burial.notice().token;
        let Yards { keys, values } = &mut self.graves;
        let place = self.rows.find_entry(hash, |row| {
            row.hash == hash
                && (row.key.is_buried(keys, burial)
                    || row.value.is_buried(values, burial)
                    || seeded(Bug::AnyOfHash))
        });
        Some(Dead::one(place.ok()?.remove().0))
    }

    /// Takes the row of a bucket out, if it refers to `kept`, and nothing else does: its registration has ended then.
    #[cfg(feature = "strong-tier")]
    pub(crate) fn take_unwatched(
        &mut self,
        bucket: usize,
        kept: &mut V::Kept<K>,
    ) -> Option<Dead<K, V>> {
        let Yards { keys, values } = &mut self.graves;
        let mut place = self.rows.get_bucket_entry(bucket).ok()?;
        let Row { key, value, .. } = place.get_mut();
        let is_unwatched = value.unwatch_kept(key, (keys, values), kept);
        is_unwatched.then(|| Dead::one(place.remove().0))
    }
}
