//! The one engine of all single-owner containers: a hash table of rows, and the graveyards that
//! learn of the deaths of their watched sides.
//!
//! What holds between any two calls, and whenever user code runs:
//!
//! 1. A row lies where its stored hash says, and its registrations carry that hash as token. No
//!    user code takes part in growing, shrinking or burying.
//! 2. Every registration in `graves` belongs to a row of `rows`, or to one that a running `&mut`
//!    call has taken out and is about to drop. Hence `rows.len() - dead` is what is alive. Rows
//!    that go all at once are first swapped out together with their graveyards.
//! 3. A death changes neither: it leaves a notice. The next `&mut` call takes the notices out one
//!    by one, each time first removing the row, then dropping it.
//! 4. Where what dead rows owned is kept (`evicted`), it is kept whichever way a row leaves that is dead by then: by its
//!    notice, or by a call that finds it dead before the notice is taken out.
//!
//! User code (`Hash`, `Eq`, drops of keys, values and referents, closures) runs only between such
//! steps, so it may panic, answer anything, and kill anything.

mod burials;
mod prefetch;
mod room;
mod rows;

use core::mem;

use hashbrown::HashTable;
use hashbrown::hash_table::{self, OccupiedEntry, VacantEntry};
use weakref::watch::drop_first;

use self::burials::Evicted;
pub(crate) use self::prefetch::Prefetched;
use self::prefetch::{AHEAD, FEW, SHORT};
use self::rows::Rows;
pub(crate) use self::rows::{Dead, IntoRows};
use crate::side::{Renew, Side, Yard};
use crate::sync::{Bug, seeded};

/// One entry, with the hash its key had when it was inserted.
#[derive(Debug)]
pub(crate) struct Row<K, V> {
    hash: u64,
    pub(crate) key: K,
    pub(crate) value: V,
}

/// The graveyards of a table's two sides.
pub(crate) struct Yards<A, B> {
    pub(crate) keys: A,
    pub(crate) values: B,
}

pub(crate) type Graves<K, V> = Yards<<K as Side>::Yard, <V as Side>::Yard>;

/// A table that names its yards. Containers with fields of this type are covariant in what they own; a projection
/// would make them invariant.
pub(crate) struct YardTable<K, V, A, B> {
    /// Dropped before the graveyards, so that its registrations end first.
    rows: Rows<K, V>,
    graves: Yards<A, B>,
    /// What dead rows owned, if that is to be kept.
    evicted: Option<Box<Evicted<K, V>>>,
    /// The bucket where `pop` looks first, so that emptying a table by `pop` is not quadratic.
    cursor: usize,
}

/// A table of two sides.
pub(crate) type Table<K, V> = YardTable<K, V, <K as Side>::Yard, <V as Side>::Yard>;

/// The place of a row that was found.
pub(crate) struct Occupied<'a, K: Side, V: Side> {
    place: OccupiedEntry<'a, Row<K, V>>,
    pub(crate) graves: &'a mut Graves<K, V>,
    evicted: &'a mut Option<Box<Evicted<K, V>>>,
}

/// The place for a row that was not found.
pub(crate) struct Vacant<'a, K: Side, V: Side> {
    place: VacantEntry<'a, Row<K, V>>,
    graves: &'a mut Graves<K, V>,
    evicted: &'a mut Option<Box<Evicted<K, V>>>,
    hash: u64,
}

/// A row, and the graveyards for a new one.
pub(crate) type Replaceable<'a, K, V> = (&'a mut Row<K, V>, &'a mut Graves<K, V>);

/// A found row with the answer of `hit`, or the place for a new one.
pub(crate) enum Place<'a, K: Side, V: Side, H> {
    Occupied(Occupied<'a, K, V>, H),
    Vacant(Vacant<'a, K, V>),
}

impl<A: Yard, B: Yard> Yards<A, B> {
    const EMPTY: Self = Self {
        keys: A::EMPTY,
        values: B::EMPTY,
    };

    #[inline]
    fn dead(&self) -> usize {
        self.keys.dead() + self.values.dead()
    }
}

impl<K: Side, V: Side> Table<K, V> {
    pub(crate) const fn new() -> Self {
        Self {
            rows: Rows(HashTable::new()),
            graves: Yards::EMPTY,
            evicted: None,
            cursor: 0,
        }
    }

    /// Makes an empty table with these graveyards.
    pub(crate) fn with_graves(graves: Graves<K, V>) -> Self {
        Self {
            graves,
            ..Self::new()
        }
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self {
            rows: Rows(HashTable::with_capacity(capacity)),
            ..Self::new()
        }
    }

    /// The number of live entries. O(1), but for a table with two watched sides of which some are
    /// dead: an entry can then be dead twice, and they are counted.
    pub(crate) fn len(&self) -> usize {
        let dead = self.graves.dead();
        if dead != 0 && K::Yard::MORTAL && V::Yard::MORTAL {
            return self.rows().filter(|row| row.is_alive()).count();
        }
        // Not above: of these, each is in `rows`. Saturating, because another thread may count one
        // between the two loads.
        self.rows.len().saturating_sub(dead)
    }

    /// The number of entries, dead ones among them.
    pub(crate) fn standing(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.has_no_rows() || self.len() == 0
    }

    /// Whether there are notices of deaths.
    pub(crate) fn has_dead(&self) -> bool {
        self.graves.dead() != 0
    }

    /// Whether there are no rows at all, not even dead ones; then nothing needs to be hashed.
    #[inline]
    pub(crate) fn has_no_rows(&self) -> bool {
        self.rows.is_empty()
    }

    /// The bucket of the row with `hash` that `hit` accepts.
    pub(crate) fn find_bucket(
        &self,
        hash: u64,
        mut hit: impl FnMut(&Row<K, V>) -> bool,
    ) -> Option<usize> {
        self.rows
            .find_bucket_index(hash, |row| row.hash == hash && hit(row))
    }

    /// The rows of a hash, with their buckets.
    pub(crate) fn candidates(&self, hash: u64) -> impl Iterator<Item = (usize, &Row<K, V>)> {
        self.rows.iter_hash_buckets(hash).filter_map(move |bucket| {
            let row = self.rows.get_bucket(bucket)?;
            (row.hash == hash).then_some((bucket, row))
        })
    }

    /// The row in a bucket.
    pub(crate) fn row_at(&self, bucket: usize) -> Option<&Row<K, V>> {
        self.rows.get_bucket(bucket)
    }

    /// The row in a bucket, with the graveyards for a new one in its stead.
    pub(crate) fn row_at_mut(&mut self, bucket: usize) -> Option<Replaceable<'_, K, V>> {
        Some((self.rows.get_bucket_mut(bucket)?, &mut self.graves))
    }

    /// Adds a row if none has its hash, in one probe; returns its bucket. Room is made first, so rows may have moved
    /// even if nothing was added.
    pub(crate) fn insert_first(
        &mut self,
        hash: u64,
        sides: impl FnOnce(&mut Graves<K, V>) -> (K, V),
    ) -> Option<usize> {
        let is_of_hash = |row: &Row<K, V>| row.hash == hash && !seeded(Bug::AnyCompared);
        match self.rows.entry(hash, is_of_hash, |row| row.hash) {
            hash_table::Entry::Occupied(_) => None,
            hash_table::Entry::Vacant(place) => {
                let place = place.insert(Row::new(hash, sides(&mut self.graves)));
                Some(place.bucket_index())
            }
        }
    }

    /// Adds a row whose key is not there.
    pub(crate) fn insert_new(
        &mut self,
        hash: u64,
        sides: impl FnOnce(&mut Graves<K, V>) -> (K, V),
    ) {
        // Everything that may panic comes first.
        self.reserve(1);
        let row = Row::new(hash, sides(&mut self.graves));
        self.rows.insert_unique(hash, row, |row| row.hash);
    }

    /// The row of `hash` that `hit` answers for, with its answer.
    #[inline]
    pub(crate) fn find<H>(
        &self,
        hash: u64,
        hit: impl FnMut(&Row<K, V>) -> Option<H>,
    ) -> Option<(&Row<K, V>, H)> {
        let mut answer = None;
        let row = self.rows.find(hash, asking(hash, hit, &mut answer))?;
        Some((row, answer?))
    }

    /// Fetches what is found under several hashes, so that the misses overlap: a lookup that follows waits for none.
    ///
    /// By the stored hashes alone, without any of the calls and comparisons of a lookup, on which the next would wait.
    pub(crate) fn prefetch_all<const N: usize>(&self, hashes: &[u64; N]) {
        for &hash in hashes {
            self.prefetch(hash);
        }
    }

    /// As [`Self::prefetch_all`], of one hash.
    #[inline]
    pub(crate) fn prefetch(&self, hash: u64) {
        if self.rows.len() <= FEW {
            return;
        }
        if let Some(row) = self.rows.find(hash, |row| row.hash == hash) {
            row.key.prefetch();
            row.value.prefetch();
        }
    }

    /// The place of the row of `hash` that `hit` answers for, with its answer. Makes no room for a
    /// new one.
    #[inline]
    pub(crate) fn find_place<H>(
        &mut self,
        hash: u64,
        hit: impl FnMut(&Row<K, V>) -> Option<H>,
    ) -> Option<(Occupied<'_, K, V>, H)> {
        let mut answer = None;
        let place = self.rows.find_entry(hash, asking(hash, hit, &mut answer));
        let place = Occupied {
            place: place.ok()?,
            graves: &mut self.graves,
            evicted: &mut self.evicted,
        };
        Some((place, answer?))
    }

    /// The place of the row of `hash` that `hit` answers for, with its answer, or of a new one.
    #[inline]
    pub(crate) fn place<H>(
        &mut self,
        hash: u64,
        hit: impl FnMut(&Row<K, V>) -> Option<H>,
    ) -> Place<'_, K, V, H> {
        let mut answer = None;
        let (graves, evicted) = (&mut self.graves, &mut self.evicted);
        let asking = asking(hash, hit, &mut answer);
        match self.rows.entry(hash, asking, |row| row.hash) {
            hash_table::Entry::Vacant(place) => Place::Vacant(Vacant {
                place,
                graves,
                evicted,
                hash,
            }),
            hash_table::Entry::Occupied(place) => {
                let answer = answer.expect("only a row that was answered for is found");
                let place = Occupied {
                    place,
                    graves,
                    evicted,
                };
                Place::Occupied(place, answer)
            }
        }
    }

    /// The rows of several hashes that `hit` answers for.
    ///
    /// Panics when two of them are the same.
    pub(crate) fn find_disjoint<const N: usize>(
        &mut self,
        hashes: [u64; N],
        mut hit: impl FnMut(usize, &Row<K, V>) -> bool,
    ) -> [Option<&mut Row<K, V>>; N] {
        self.rows.get_disjoint_mut(hashes, |which, row| {
            row.hash == hashes[which] && hit(which, row)
        })
    }

    /// Takes out any row for which `alive` returns something; amortised O(1) until the next insertion.
    pub(crate) fn pop<T>(
        &mut self,
        alive: impl Fn(&Row<K, V>) -> Option<T>,
    ) -> Option<(Row<K, V>, T)> {
        self.bury();
        let buckets = self.rows.num_buckets();
        if self.rows.is_empty() {
            return None;
        }
        for _ in 0..=buckets {
            if self.cursor >= buckets {
                self.cursor = 0;
            }
            let taken = self.take_with(self.cursor, |row| alive(row));
            if taken.is_some() {
                return taken;
            }
            self.cursor += 1;
        }
        None
    }

    /// Takes out the row of a bucket, if there is one and `wanted` accepts it.
    pub(crate) fn take_at(
        &mut self,
        bucket: usize,
        wanted: impl FnOnce(&mut Row<K, V>) -> bool,
    ) -> Option<Row<K, V>> {
        let mut place = self.rows.get_bucket_entry(bucket).ok()?;
        wanted(place.get_mut()).then(|| place.remove().0)
    }

    /// Takes out the row of a bucket, if there is one and `wanted` returns something for it, which is returned too.
    #[inline]
    pub(crate) fn take_with<T>(
        &mut self,
        bucket: usize,
        wanted: impl FnOnce(&mut Row<K, V>) -> Option<T>,
    ) -> Option<(Row<K, V>, T)> {
        let mut given = None;
        let row = self.take_at(bucket, |row| {
            given = wanted(row);
            given.is_some()
        })?;
        Some((row, given?))
    }

    /// In a large table, prefetches the referents of a row some buckets further on, for callers that go from bucket
    /// to bucket.
    #[inline]
    pub(crate) fn look_ahead(&self, bucket: usize) {
        if self.rows.len() <= SHORT {
            return;
        }
        if let Some(row) = self.rows.get_bucket(bucket + AHEAD) {
            row.key.prefetch();
            row.value.prefetch();
        }
    }

    /// Removes the rows for which `keep` returns false, and those for which it returns nothing, because they are dead.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&mut Row<K, V>) -> Option<bool>) {
        if self.evicted.is_none() && self.rows.len() <= SHORT {
            return self.rows.retain(|row| keep(row) == Some(true));
        }
        for bucket in 0..self.rows.num_buckets() {
            self.look_ahead(bucket);
            let mut kept = None;
            let row = self.take_at(bucket, |row| {
                kept = keep(row);
                kept != Some(true)
            });
            match row {
                Some(row) if kept.is_none() => Evicted::take_in(&mut self.evicted, row),
                row => drop(row),
            }
        }
    }

    pub(crate) fn rows_mut(&mut self) -> hash_table::IterMut<'_, Row<K, V>> {
        self.rows.iter_mut()
    }

    pub(crate) fn rows(&self) -> Prefetched<'_, K, V> {
        Prefetched::new(self.rows.iter())
    }

    /// Moves everything out, graveyards included, and leaves an empty table of the same capacity, and what was evicted.
    pub(crate) fn swap_out(&mut self) -> Self {
        self.evict();
        let empty = Self {
            evicted: self.evicted.take(),
            ..Self::with_capacity(self.capacity())
        };
        mem::replace(self, empty)
    }

    /// Takes the table apart. The rows must be dropped before the graveyards.
    pub(crate) fn into_parts(self) -> (IntoRows<K, V>, Graves<K, V>) {
        drop_first(self.evicted, (IntoRows::new(self.rows), self.graves))
    }
}

impl<K: Renew, V: Renew> Clone for Table<K, V> {
    fn clone(&self) -> Self {
        let mut copy = Self::with_capacity(self.len());
        for row in self.rows() {
            let Yards { keys, values } = &mut copy.graves;
            let Some(key) = row.key.renew(keys, row.hash) else {
                continue;
            };
            let Some(value) = row.value.renew(values, row.hash) else {
                continue;
            };
            let row = Row {
                hash: row.hash,
                key,
                value,
            };
            copy.rows.insert_unique(row.hash, row, |row| row.hash);
        }
        copy
    }
}

impl<K: Side, V: Side> Row<K, V> {
    pub(crate) fn new(hash: u64, (key, value): (K, V)) -> Self {
        Self { hash, key, value }
    }

    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        self.key.is_alive() && self.value.is_alive()
    }

    #[inline]
    pub(crate) fn take(self) -> Option<(K::Taken, V::Taken)> {
        Some((self.key.take()?, self.value.take()?))
    }
}

impl<'a, K: Side, V: Side> Occupied<'a, K, V> {
    #[inline]
    pub(crate) fn row(&self) -> &Row<K, V> {
        self.place.get()
    }

    #[inline]
    pub(crate) fn row_mut(&mut self) -> &mut Row<K, V> {
        self.place.get_mut()
    }

    #[inline]
    pub(crate) fn into_row(self) -> &'a mut Row<K, V> {
        self.place.into_mut()
    }

    /// The token for a new registration of this row.
    pub(crate) fn hash(&self) -> u64 {
        self.place.get().hash
    }

    /// Puts another row of the same hash in the row's place, and returns that.
    #[inline]
    pub(crate) fn replace(&mut self, sides: (K, V)) -> Row<K, V> {
        let row = Row::new(self.hash(), sides);
        mem::replace(self.place.get_mut(), row)
    }

    /// Buries a row that was taken out, and turned out to be dead.
    pub(crate) fn bury(self, row: Row<K, V>) {
        Evicted::take_in(self.evicted, row);
    }

    /// Takes the row out and leaves its place.
    #[inline]
    pub(crate) fn remove(self) -> (Row<K, V>, Vacant<'a, K, V>) {
        let (row, place) = self.place.remove();
        let vacant = Vacant {
            place,
            graves: self.graves,
            evicted: self.evicted,
            hash: row.hash,
        };
        (row, vacant)
    }

    /// Buries the row, which has died since the last burial, and leaves its place.
    #[cold]
    pub(crate) fn evict(self) -> Vacant<'a, K, V> {
        let (row, vacant) = self.remove();
        Evicted::take_in(vacant.evicted, row);
        vacant
    }
}

impl<'a, K: Side, V: Side> Vacant<'a, K, V> {
    /// Makes the sides of the row with the table's graveyards and the token for them.
    #[inline]
    pub(crate) fn insert(
        self,
        sides: impl FnOnce(&mut Graves<K, V>, u64) -> (K, V),
    ) -> Occupied<'a, K, V> {
        let (key, value) = sides(self.graves, self.hash);
        let row = Row {
            hash: self.hash,
            key,
            value,
        };
        Occupied {
            place: self.place.insert(row),
            graves: self.graves,
            evicted: self.evicted,
        }
    }
}

/// Asks `hit` only about rows with this hash, and keeps its answer.
#[inline]
fn asking<K, V, H>(
    hash: u64,
    mut hit: impl FnMut(&Row<K, V>) -> Option<H>,
    answer: &mut Option<H>,
) -> impl FnMut(&Row<K, V>) -> bool {
    move |row| {
        row.hash == hash && {
            *answer = hit(row);
            answer.is_some()
        }
    }
}
