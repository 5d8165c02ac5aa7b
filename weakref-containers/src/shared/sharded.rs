//! The one core of all shared containers: the single-owner engine, once a shard, each behind the lock
//! that dying threads never wait for.

use core::any::{TypeId, type_name};
use core::array;
use core::fmt;
use core::marker::PhantomData;
use core::sync::atomic::Ordering::Relaxed;
use std::alloc::handle_alloc_error;

use weakref::__private::Tally;
use weakref::watch::{Burial, Bury, Group, Panics, Shard, Wake};
use weakref::{Slot, Source, Strong, SyncSlot, WeakRef, WeakReferenceable};

use super::tier::Part;
use crate::error::TryReserveError;
use crate::several::Several;
use crate::side::Side;
use crate::sync::{AtomicBool, Bug, raise, seeded, shards};
use crate::table::{Dead, Graves, Row, Table};

/// What one shard's lock protects.
pub(super) struct Inside<K: Side, V: Side, S> {
    pub(super) table: Table<K, V>,
    /// Counts insertions and moves of rows, not removals. While it stays the same, a row that was found in a bucket
    /// is still there or gone.
    edition: u64,
    /// Rows whose value is being made.
    pub(super) building: usize,
    /// Whether a construction was given up by a thread that held the read lock, and so could not take its row out.
    abandoned: AtomicBool,
    /// The strong tier's part for these rows. Dropped after the table, so that what it kept alive has no rows left to
    /// bury.
    pub(super) part: Part<V::Kept<K>>,
    slot: PhantomData<S>,
}

/// A row that was taken out of a shard. It is never dropped under the lock.
pub(super) struct Gone<K: Side, V: Side> {
    pub(super) row: Row<K, V>,
    /// The tier's handle. Dropped after the row, which then needs no burial.
    _kept: Option<V::Kept<K>>,
}

/// One shard. Only its name is visible, in bounds. On cache lines of its own.
#[repr(align(128))]
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub struct Cell<K: Side, V: Side, S: Slot>(Shard<Inside<K, V, S>>);

pub(super) struct Sharded<K: Side, V: Side, S: Slot> {
    /// A power of two of them.
    shards: Box<[Strong<Cell<K, V, S>>]>,
    /// How many handles the strong tier has, for the feature `leak-trace` of the core.
    #[cfg(feature = "strong-tier")]
    tally: Tally,
}

impl<K: Side, V: Side, S: Slot> Bury for Inside<K, V, S> {
    type Slot = S;
    type Entry = Dead<K, V>;

    fn take_dead(&mut self) -> Option<Dead<K, V>> {
        if self.abandoned.load(Relaxed) {
            return self.take_abandoned();
        }
        self.table.take_dead()
    }

    fn has_dead(&self) -> bool {
        self.table.has_notices() || self.abandoned.load(Relaxed)
    }

    fn type_name() -> &'static str {
        type_name::<(K::Taken, V::Taken)>()
    }
}

// Nobody outside can name it.
#[diagnostic::do_not_recommend]
impl<K: Side, V: Side, S: Slot> WeakReferenceable for Cell<K, V, S> {
    type Slot = S;
}

impl<K: Side, V: Side, S: Slot> Wake for Cell<K, V, S> {
    fn wake(&self) {
        self.0.settle();
    }

    fn bury(&self, burial: &mut Burial<'_>) {
        self.0.bury(|inside| inside.table.take_buried(burial));
    }

    fn type_name(&self) -> &'static str {
        type_name::<(K::Taken, V::Taken)>()
    }
}

impl<K: Side, V: Side, S: Slot> Inside<K, V, S> {
    pub(super) fn len(&self) -> usize {
        // Some of the dead may belong to rows that a call has taken out and not dropped yet. So the count cannot
        // simply be subtracted, nor read twice: another member may have died in between.
        if self.building == 0 && !self.table.has_dead() {
            if seeded(Bug::CountedAgain) {
                return self.table.len();
            }
            return self.table.standing();
        }
        self.table.rows().filter(|row| row.is_alive()).count()
    }

    /// Marks rows of failed constructions to be taken out with the dead. Called under the read lock, by a thread that
    /// settles afterwards.
    pub(super) fn abandon(&self) {
        // Relaxed, like the loads: the lock orders them.
        self.abandoned.store(true, Relaxed);
    }

    #[cold]
    fn take_abandoned(&mut self) -> Option<Dead<K, V>> {
        self.abandoned.store(false, Relaxed);
        let mut rows = self.take_all(|row| row.value.is_abandoned());
        self.building -= rows.len();
        match rows.next() {
            Some(first) => Some(Dead::new(first, rows)),
            // Other threads came first.
            None => self.table.take_dead(),
        }
    }

    /// Called after an insertion: what other calls found before is no longer valid.
    pub(super) fn entered(&mut self) {
        raise(&mut self.edition);
    }

    /// Makes room for a row before it is inserted. Rows may move; the tier follows them.
    #[inline]
    fn make_room(&mut self) {
        if self.part.is_some() && !self.table.has_room() {
            self.reserve(1);
        }
    }

    #[cold]
    fn reserve(&mut self, rows: usize) {
        self.resize(|table| table.reserve(rows));
    }

    /// Resizes the table. All rows may move: the tier follows them, and what other calls found before is no longer
    /// valid.
    fn resize<R>(&mut self, resize: impl FnOnce(&mut Table<K, V>) -> R) -> R {
        self.entered();
        let result = resize(&mut self.table);
        let table = &self.table;
        self.part
            .follow(table.all_buckets(), |hash, kept, is_free| {
                let is_it = |(bucket, row): &(usize, &Row<K, V>)| {
                    is_free(*bucket) && row.value.is_kept(&row.key, kept)
                };
                let (bucket, _) = table.candidates(hash).find(is_it)?;
                Some(bucket)
            });
        result
    }

    /// Takes out the row of a bucket, if there is one.
    pub(super) fn take_at(&mut self, bucket: usize) -> Option<Gone<K, V>> {
        let kept = self.part.vacate(bucket);
        let row = self.table.take_at(bucket, |_| true)?;
        Some(Gone { row, _kept: kept })
    }

    /// Inserts a row if none has its hash, so that nothing needs to be compared. Returns its bucket.
    pub(super) fn put_first(
        &mut self,
        hash: u64,
        sides: impl FnOnce(&mut Graves<K, V>) -> (K, V),
    ) -> Option<usize> {
        // Needed even if no row is inserted: the probe makes room before it looks, which may move the others.
        self.entered();
        self.make_room();
        self.table.insert_first(hash, sides)
    }

    /// Replaces the row in `bucket`, if it is still there, and returns the old one. The new sides are made once
    /// nothing can fail any more.
    pub(super) fn put(
        &mut self,
        hash: u64,
        bucket: Option<usize>,
        sides: impl FnOnce(&mut Graves<K, V>) -> (K, V),
    ) -> Option<Gone<K, V>> {
        self.entered();
        let there = bucket.and_then(|bucket| Some((bucket, self.table.row_at_mut(bucket)?)));
        if let Some((bucket, (row, graves))) = there {
            let new = Row::new(hash, sides(graves));
            let row = core::mem::replace(row, new);
            let kept = self.part.vacate(bucket);
            return Some(Gone { row, _kept: kept });
        }
        self.make_room();
        self.table.insert_new(hash, sides);
        None
    }

    /// Takes out all rows that `wanted` accepts.
    pub(super) fn take_all(&mut self, wanted: impl Fn(&Row<K, V>) -> bool) -> Several<Row<K, V>> {
        let mut rows = Several::with_capacity(self.table.len());
        for bucket in 0..self.table.buckets() {
            rows.extend(self.table.take_at(bucket, |row| wanted(row)));
        }
        rows
    }
}

impl<K: Side + 'static, V: Side + 'static, S: Slot> Sharded<K, V, S> {
    /// Makes at most `most` empty shards of a container with this name, each with the graveyards that `graves` returns for it.
    pub(super) fn new(
        container: &'static str,
        most: usize,
        graves: impl Fn(&WeakRef<Cell<K, V, S>>) -> Graves<K, V>,
    ) -> Self {
        let group = Group::new();
        let tally = Tally::new();
        let shard = || {
            let shard = Strong::new_cyclic(|this| {
                let inside = Inside {
                    table: Table::with_graves(graves(this)),
                    edition: 0,
                    building: 0,
                    abandoned: AtomicBool::new(false),
                    part: Part::none(),
                    slot: PhantomData,
                };
                Cell(Shard::new(inside, group))
            });
            let held = [("keys", K::held()), ("values", V::held())];
            tally.tell(&shard, container, type_name::<V::Kept<K>>(), held);
            shard
        };
        let count = if is_shared::<S>() {
            shards().min(most)
        } else {
            1
        };
        Self {
            shards: (0..count).map(|_| shard()).collect(),
            #[cfg(feature = "strong-tier")]
            tally,
        }
    }

    #[cfg(feature = "strong-tier")]
    pub(super) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The shard of a hash.
    pub(super) fn of(&self, hash: u64) -> &Shard<Inside<K, V, S>> {
        &self.shards[self.index_of(hash)].0
    }

    /// The index of the shard of a hash.
    pub(super) fn index_of(&self, hash: u64) -> usize {
        // Multiplies by the golden ratio, which also spreads hashes that differ in few bits, and uses other bits of
        // the hash than the table does.
        let spread = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        usize::try_from(spread).unwrap_or(0) & (self.shards.len() - 1)
    }

    /// Calls `read` with the shards of several hashes. Their rows are prefetched first, so that the cache misses
    /// overlap.
    pub(super) fn read_many<const N: usize, R>(
        &self,
        hashes: &[u64; N],
        read: impl FnOnce([&Inside<K, V, S>; N]) -> R,
    ) -> R {
        let shards = array::from_fn(|which| self.of(hashes[which]));
        Shard::read_many(shards, |insides: [&Inside<K, V, S>; N]| {
            for (inside, &hash) in insides.iter().zip(hashes) {
                inside.table.prefetch(hash);
            }
            read(insides)
        })
    }

    pub(super) fn shards(&self) -> impl ExactSizeIterator<Item = &Shard<Inside<K, V, S>>> {
        self.shards.iter().map(|cell| &cell.0)
    }

    pub(super) fn shard(&self, index: usize) -> Option<&Shard<Inside<K, V, S>>> {
        Some(&self.shards.get(index)?.0)
    }

    /// Changes one shard after the other, passes each result to `then`, and buries what has died there. A panic in
    /// one shard does not spare the others; the first one resumes at the end.
    pub(super) fn change_each<R>(
        &self,
        mut change: impl FnMut(&mut Inside<K, V, S>) -> R,
        mut then: impl FnMut(R),
    ) {
        let mut panics = Panics::of::<(K::Taken, V::Taken)>(Source::Burial);
        for shard in self.shards() {
            let changed = shard.write_only(&mut change);
            panics.run(|| then(changed));
            panics.run(|| shard.settle());
        }
        panics.resume();
    }

    /// Reserves room for so many more rows, assuming that they spread evenly. What fails panics after the shard is
    /// unlocked: the panic hook is user code.
    pub(super) fn reserve(&self, rows: usize) {
        let each = rows.div_ceil(self.shards.len());
        let mut failed = None;
        self.change_each(
            |inside| inside.resize(|table| table.try_reserve(each)),
            |reserved| failed = failed.or(reserved.err()),
        );
        match failed {
            None => {}
            Some(TryReserveError::AllocError { layout }) => handle_alloc_error(layout),
            Some(TryReserveError::CapacityOverflow) => panic!("weakref: capacity overflow"),
        }
    }

    pub(super) fn shrink_to_fit(&self) {
        self.change_each(|inside| inside.resize(|table| table.shrink_to(0)), drop);
    }

    pub(super) fn capacity(&self) -> usize {
        let each = |inside: &Inside<K, V, S>| inside.table.capacity();
        self.shards().map(|shard| shard.look(each)).sum()
    }

    pub(super) fn allocation_size(&self) -> usize {
        let each = |inside: &Inside<K, V, S>| inside.table.allocation_size();
        self.shards().map(|shard| shard.look(each)).sum()
    }

    /// Buries in every shard what is left to be buried, unless somebody is inside, who will do it; returns how many rows
    /// of the dead this call has taken out. Treats panics as [`change_each`](Self::change_each) does.
    pub(super) fn settle(&self) -> usize {
        let mut panics = Panics::of::<(K::Taken, V::Taken)>(Source::Burial);
        let mut buried = 0;
        for shard in self.shards() {
            let mut count = |dead: &Dead<K, V>| {
                // Those of failed constructions have nobody who died.
                buried += dead.rows().filter(|row| !row.value.is_abandoned()).count();
            };
            panics.run(|| shard.settle_each(&mut count));
        }
        panics.resume();
        buried
    }

    pub(super) fn len(&self) -> usize {
        self.shards().map(|shard| shard.look(Inside::len)).sum()
    }
}

/// Whether several threads use a container of such members.
pub(super) fn is_shared<S: Slot>() -> bool {
    TypeId::of::<S>() == TypeId::of::<SyncSlot>()
}

/// What a lookup under the read lock found, and how to recognise it under the write lock.
pub(super) struct Scan<F, P> {
    pub(super) found: F,
    pub(super) seen: P,
}

/// How to recognise what a lookup found.
pub(super) trait Seen<K: Side, V: Side, S, F> {
    /// The bucket of what was found, if anything was; an error if the lookup must be repeated.
    fn again(&self, inside: &Inside<K, V, S>, found: &F) -> Result<Option<usize>, Changed>;
}

/// The shard has changed since the lookup: look again.
pub(super) struct Changed;

impl<F, P> Scan<F, P> {
    /// Changes the shard if what was found still holds.
    pub(super) fn change<K: Side, V: Side, S: Slot, R>(
        &self,
        shard: &Shard<Inside<K, V, S>>,
        change: impl FnOnce(&mut Inside<K, V, S>, Option<usize>) -> R,
    ) -> Option<R>
    where
        P: Seen<K, V, S, F>,
    {
        shard.write(|inside| {
            let bucket = self.seen.again(inside, &self.found).ok()?;
            Some(change(inside, bucket))
        })
    }

    /// [`change`](Self::change) that buries nothing, as [`Shard::write_only`].
    pub(super) fn change_only<K: Side, V: Side, S: Slot, R>(
        &self,
        shard: &Shard<Inside<K, V, S>>,
        change: impl FnOnce(&mut Inside<K, V, S>, Option<usize>) -> R,
    ) -> Option<R>
    where
        P: Seen<K, V, S, F>,
    {
        shard.write_only(|inside| {
            let bucket = self.seen.again(inside, &self.found).ok()?;
            Some(change(inside, bucket))
        })
    }
}

/// Recognises a row by its bucket, as long as nothing was inserted: for keys that only their `Eq` tells apart, which
/// must not run under the write lock. The row may be gone, and its bucket empty.
pub(super) struct AtEdition {
    edition: u64,
    bucket: Option<usize>,
}

impl AtEdition {
    pub(super) fn new<K: Side, V: Side, S>(
        inside: &Inside<K, V, S>,
        bucket: Option<usize>,
    ) -> Self {
        Self {
            edition: inside.edition,
            bucket,
        }
    }
}

impl<K: Side, V: Side, S, F> Seen<K, V, S, F> for AtEdition {
    fn again(&self, inside: &Inside<K, V, S>, _: &F) -> Result<Option<usize>, Changed> {
        let is_same = inside.edition == self.edition || seeded(Bug::AnyEdition);
        is_same.then_some(self.bucket).ok_or(Changed)
    }
}

impl<K: Side, V: Side, S: Slot> fmt::Debug for Cell<K, V, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").finish_non_exhaustive()
    }
}
