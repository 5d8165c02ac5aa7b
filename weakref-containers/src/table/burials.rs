//! How rows of the dead are taken out, by the notices that their deaths left, or by the death itself.

use core::iter;
use core::mem;

use hashbrown::hash_table::OccupiedEntry;
use weakref::watch::{Burial, Notice};

use super::{Dead, Row, Rows, Table, Yards};
use crate::several::Several;
use crate::side::{Side, Yard};
use crate::sync::{Bug, seeded};

/// When nearly all of at least so many rows are buried at once, the table shrinks, so that a walk over the rest takes
/// no longer than their number requires.
const MANY: usize = 1024;

/// The held sides of rows that died. Their watched sides are gone, and with them their registrations.
pub(super) struct Evicted<K, V> {
    keys: Several<K>,
    values: Several<V>,
}

impl<K: Side, V: Side> Evicted<K, V> {
    const fn new() -> Self {
        Self {
            keys: Several::new(),
            values: Several::new(),
        }
    }

    /// Keeps what a dead row owned, which is out of its table. Runs no user code.
    fn keep(&mut self, row: Row<K, V>) {
        if !K::Yard::MORTAL {
            self.keys.push_back(row.key);
        }
        if !V::Yard::MORTAL {
            self.values.push_back(row.value);
        }
    }

    /// Keeps what a dead row owned, if it is to be kept, or drops it.
    #[cold]
    pub(super) fn take_in(kept: &mut Option<Box<Self>>, row: Row<K, V>) {
        match kept {
            Some(evicted) => evicted.keep(row),
            None => drop(row),
        }
    }
}

/// The side of a row that a notice means.
enum Meant {
    Key(Notice),
    Value(Notice),
}

impl Meant {
    #[inline]
    fn is<K: Side, V: Side>(&self, row: &Row<K, V>) -> bool {
        match self {
            Self::Key(notice) => row.key.is_meant_by(notice),
            Self::Value(notice) => row.value.is_meant_by(notice),
        }
    }

    /// Whether the dead object, which is that of `row`, stands in no other row.
    #[inline]
    fn is_last<K: Side, V: Side>(&self, row: &Row<K, V>) -> bool {
        match self {
            Self::Key(_) => row.key.is_last(),
            Self::Value(_) => row.value.is_last(),
        }
    }

    /// Finds a row of the dead object.
    #[inline]
    fn find<'t, K: Side, V: Side>(
        &self,
        rows: &'t mut Rows<K, V>,
    ) -> Option<OccupiedEntry<'t, Row<K, V>>> {
        let (Self::Key(notice) | Self::Value(notice)) = self;
        let hash = notice.token;
        let is_meant =
            |row: &Row<K, V>| row.hash == hash && (self.is(row) || seeded(Bug::AnyOfHash));
        rows.find_entry(hash, is_meant).ok()
    }

    /// The row with the others of the object. One object may be in several rows with the same hash, whose notices are
    /// alike. All of them are taken out before any is dropped; the drops withdraw the remaining notices, in whatever
    /// order they came. None is looked for where the row is the last to refer to the object.
    #[inline]
    fn with_others<K: Side, V: Side>(&self, first: Row<K, V>, rows: &mut Rows<K, V>) -> Dead<K, V> {
        if self.is_last(&first) {
            return Dead::one(first);
        }
        let others = iter::from_fn(|| Some(self.find(rows)?.remove().0));
        Dead::new(first, others.collect())
    }
}

impl<K: Side, V: Side> Table<K, V> {
    /// Removes the rows of the dead and drops them; returns how many. Every `&mut` call does this first.
    ///
    /// Needed even when no row is dead: a member that died while its row was being removed has left a notice, which
    /// pins its block.
    #[inline]
    pub(crate) fn bury(&mut self) -> usize {
        if self.has_notices() {
            return self.bury_dead();
        }
        0
    }

    #[inline(never)]
    fn bury_dead(&mut self) -> usize {
        let before = self.rows.len();
        while let Some(meant) = self.next_meant() {
            let Some(place) = meant.find(&mut self.rows) else {
                continue;
            };
            if self.evicted.is_none() && meant.is_last(place.get()) {
                // As a rule. Straight to its end: each move of a row is a wait for the stores of the one before.
                drop(place.remove().0);
                continue;
            }
            let first = place.remove().0;
            let dead = meant.with_others(first, &mut self.rows);
            if let Some(evicted) = &mut self.evicted {
                dead.for_each(|row| evicted.keep(row));
            }
        }
        let left = self.rows.len();
        if before >= MANY && left < before / 16 {
            self.shrink_to(left * 2);
        }
        // Nothing else changes the table meanwhile: it is borrowed.
        before - left
    }

    /// Takes out all rows that are dead, if what they owned is kept: those too whose notices other threads are about to leave.
    pub(super) fn evict(&mut self) {
        if self.evicted.is_some() {
            self.bury();
            self.retain(|row| row.is_alive().then_some(true));
        }
    }

    /// Sets whether what dead rows owned is kept. If not, what was kept so far is dropped.
    pub(crate) fn keep_evicted(&mut self, keep: bool) {
        self.bury();
        if !keep {
            drop(self.evicted.take());
        } else if self.evicted.is_none() {
            self.evicted = Some(Box::new(Evicted::new()));
        }
    }

    /// The keys and the values of what was evicted since the last call, as far as they are held.
    pub(crate) fn take_evicted(&mut self) -> (Several<K>, Several<V>) {
        self.bury();
        let evicted = self.evicted.as_deref_mut();
        let Evicted { keys, values } = evicted.map_or_else(Evicted::new, |evicted| {
            mem::replace(evicted, Evicted::new())
        });
        (keys, values)
    }

    /// Whether a notice waits.
    #[inline]
    pub(crate) fn has_notices(&self) -> bool {
        self.graves.keys.has_notices() || self.graves.values.has_notices()
    }

    /// Takes out the rows of one death. Runs no user code.
    pub(crate) fn take_dead(&mut self) -> Option<Dead<K, V>> {
        loop {
            let meant = self.next_meant()?;
            // If there is none, the row is out already, and about to be dropped.
            if let Some(place) = meant.find(&mut self.rows) {
                let first = place.remove().0;
                return Some(meant.with_others(first, &mut self.rows));
            }
        }
    }

    #[inline]
    fn next_meant(&mut self) -> Option<Meant> {
        if let Some(notice) = self.graves.keys.next_dead() {
            return Some(Meant::Key(notice));
        }
        Some(Meant::Value(self.graves.values.next_dead()?))
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
