//! The strong tier of a shared container: handles that keep alive what was used last.
//!
//! A weak container forgets a value with its last handle, so a value that is wanted again a moment later is made
//! again. The tier holds handles in its stead, and asks two questions that a plain cache does not ask:
//!
//! * **Who else holds it?** Letting go of a value that others hold frees nothing: it stays alive, and the container
//!   finds it. Its handle costs nothing either, as long as they hold it. So it is a useless victim, and needs no place.
//!   What is in use when its turn comes is set *aside*, and comes back as the newest one when it is seen to be held by
//!   nobody else: a value that was just released is what the tier is for.
//! * **Does it still stand in the container?** What was removed must not be kept alive.
//!
//! A release runs no code of the tier, so what is aside is looked at by calls that enter something, some handles
//! each. That it is looked at late must not make the tier unbounded. Hence two queues, each within the capacity.
//!
//! The tier is divided as the container is: each shard has a [`Ring`] beside its table, under the same lock.
//!
//! | invariant | |
//! |---|---|
//! | T1 | `recent` has values of at most the shard's budget; the budgets of all shards are the capacity together, but for what one call carries from one to another |
//! | T2 | `aside` has values that others held when the hand came to them in `recent`, of at most the budget too |
//! | T3 | a row has one handle in the tier at most, and the mark of its bucket is the seat of that; no other bucket has a mark |
//! | T4 | no user code runs under the lock: what is let go is dropped after it, and values are weighed before it |
//! | T5 | whatever is in the tier stands in the container: a row's seat is vacated in the step that takes the row out, and its value entered only in one that sees it there |
//! | T6 | rows stay in their buckets until room is made for others, and the ring follows them in the same step |
//!
//! A value that is let go, and that nobody refers to but the tier and its row, goes with that: its registration ends
//! without a lock, its row is taken out in the same step, and its death has nothing to tell
//! ([`Graveyard::unwatch`](weakref::watch::Graveyard::unwatch)). That takes 8 locked instructions for an insertion and an
//! eviction, where 14 were needed before. Any other one dies as values do, and is buried then; so does one whose death, or
//! burial, would not happen at once.
//!
//! A hit finds the bucket of its row, and sets the USED bit in the mark of that bucket, if it is not set: a hot value
//! is read, and nothing is written for it but its count. That store is the one that needs no exclusive lock. The
//! model is `tests/model/use_races_eviction.rs`.
//!
//! # Which one goes
//!
//! The ring is a clock (FIFO with a second chance): the hand looks at the oldest one, which goes if it was not used
//! since it came, and is the newest one if it was. Hits in percent of 400,000 uses, measured by `hits` below, of a tier
//! of 1,000 in one part and in eight:
//!
//! | uses | least recently used | clock | in eight | SIEVE |
//! |---|---|---|---|---|
//! | Zipf 0.7 of 10,000 | 32.8 | 34.1 | 34.0 | 42.0 |
//! | Zipf 1.0 of 10,000 | 67.5 | 68.6 | 68.5 | 73.7 |
//! | Zipf 1.2 of 10,000 | 86.1 | 86.6 | 86.6 | 88.9 |
//! | Zipf 1.0 whose favourites change, one each 40 uses | 65.9 | 66.6 | 66.5 | 58.5 |
//! | Zipf 1.0, and scans | 44.9 | 45.3 | 45.3 | 51.2 |
//! | 500 in use, and a scan half of the time | 67.9 | 71.6 | 71.4 | 74.9 |
//! | 800 in use, others each 5,000 uses | 84.0 | 81.1 | 81.2 | 38.9 |
//! | 900 in a loop | 99.8 | 99.8 | 85.8 | 99.8 |
//! | 1,100 in a loop | 0.0 | 0.0 | 0.0 | 0.0 |
//!
//! SIEVE, which leaves used ones where they are, has more where what is wanted does not change. It lets go of what came
//! last, though, as long as its hand is among the new, and so loses by far where it changes: a tier is for what was
//! just released.
//!
//! Of the caches on crates.io, `moka` cannot ask about liveness; `quick_cache` can
//! ([`Lifecycle::is_pinned`](https://docs.rs/quick_cache/latest/quick_cache/trait.Lifecycle.html)), but counts what is
//! pinned, and its table would be a second one beside ours: with a lock, a lookup and a copy of the key for each use,
//! and no order between the two locks in which T5 holds without looking again.

#[cfg(all(test, not(any(loom, shuttle))))]
mod hits;
mod ring;
mod victims;

use core::fmt;

use weakref::__private::Tally;
use weakref::watch::{Group, Panics, Shard};
use weakref::{Slot, Source, Strong, WeakReferenceable};

use self::ring::{Occupied, Ring};
use self::victims::Victims;
use super::sharded::{Inside, Sharded};
use crate::several::Several;
use crate::side::Side;
use crate::sync::{Bug, LEAST_SHARE, seeded, shards_of_tier};
use crate::table::{Dead, Table};

/// What a shared container keeps alive by itself: see
/// [`WeakValueMap::with_strong_tier`](super::WeakValueMap::with_strong_tier).
///
/// # Examples
///
/// ```
/// # use weakref::WeakReferenceable;
/// use weakref_containers::shared::{StrongTier, WeakValueMap};
///
/// #[derive(WeakReferenceable)]
/// struct Image {
///     bytes: Vec<u8>,
/// }
///
/// let by_number: WeakValueMap<u32, Image> = WeakValueMap::with_strong_tier(StrongTier::entries(100));
/// let by_size: WeakValueMap<u32, Image> = WeakValueMap::with_strong_tier(StrongTier::weight(
///     1 << 20,
///     |image: &Image| image.bytes.len() as u64,
/// ));
/// ```
pub struct StrongTier<V: ?Sized> {
    capacity: u64,
    /// None: each value weighs one.
    weigh: Option<fn(&V) -> u64>,
}

impl<V: ?Sized> StrongTier<V> {
    /// Keeps `capacity` values, about those that were used last; none, if it is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// let names = Interner::<str>::with_strong_tier(StrongTier::entries(2));
    /// for name in ["rose", "lily", "iris"] {
    ///     names.intern(name);
    /// }
    /// assert!(names.get("rose").is_none());
    /// assert!(names.get("lily").is_some() && names.get("iris").is_some());
    /// ```
    pub const fn entries(capacity: usize) -> Self {
        Self {
            capacity: capacity as u64,
            weigh: None,
        }
    }

    /// Keeps values of up to `capacity` in total, as `weigh` measures them, about those that were used last.
    ///
    /// A value is weighed when it enters the tier, possibly by several threads at a time, and not again while it is
    /// there. What weighs nothing counts as one. What weighs more than `capacity` is not kept, and weighed at each use.
    /// What weighs more than a shard's share of it takes of the others', which let go for that, and have less until they
    /// need more than they have.
    ///
    /// Capacity and shares are counted in the unit of `weigh`, and a share is a small part of the capacity. In bytes each value
    /// may be more than a share, and then which of them goes is a matter of chance: count KiB, or take a capacity of which a
    /// share holds several values.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// # use weakref::Object;
    /// let policy = StrongTier::weight(10, |name: &Object<str>| name.len() as u64);
    /// let names = Interner::<str>::with_strong_tier(policy);
    /// for name in ["hyacinth", "rose", "lily", "delphinium and more"] {
    ///     names.intern(name);
    /// }
    /// assert!(names.get("hyacinth").is_none());
    /// assert!(names.get("rose").is_some() && names.get("lily").is_some());
    /// assert!(names.get("delphinium and more").is_none());
    /// ```
    pub const fn weight(capacity: u64, weigh: fn(&V) -> u64) -> Self {
        Self {
            capacity,
            weigh: Some(weigh),
        }
    }

    /// In how many shards a container divides this at most.
    pub(super) fn shards(&self) -> usize {
        let most = usize::try_from(self.capacity / LEAST_SHARE).unwrap_or(usize::MAX);
        (1 << most.max(1).ilog2()).min(shards_of_tier())
    }

    fn weigh(&self, value: &V) -> u64 {
        self.weigh.map_or(1, |weigh| weigh(value).max(1))
    }
}

impl<V: ?Sized> Clone for StrongTier<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: ?Sized> Copy for StrongTier<V> {}

impl<V: ?Sized> fmt::Debug for StrongTier<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrongTier")
            .field("capacity", &self.capacity)
            .finish_non_exhaustive()
    }
}

/// A shard's part of a tier, if the container has one.
pub(super) struct Part<H>(Option<Box<Ring<H>>>);

/// The tier of a container, if it has one: what is asked of a value before its shard is locked.
pub(super) struct MaybeTier<V: ?Sized>(Option<StrongTier<V>>);

/// The entrance of a value that a call puts in.
pub(super) struct Entrance<'s, A, B, S, V>
where
    A: Side,
    B: Side,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    weighs_one: bool,
    pub(super) has_entered: bool,
    let_go: LetGo<'s, A, B, S, V>,
}

/// What the tier lets go, to be dropped when no lock is held.
struct LetGo<'s, A, B, S, V>
where
    A: Side,
    B: Side,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    values: Victims<V>,
    /// That of the first value, if nobody else had a handle of it: then its death has nothing to bury.
    row: Option<Dead<A, B>>,
    /// Where that stood.
    shard: &'s Shard<Inside<A, B, S>>,
}

/// A value that was not entered, and how much of the budget is missing for it.
type Refused<V> = (Strong<V>, u64);

impl<H> Part<H> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    fn new(budget: u64, tally: &Tally) -> Self {
        Self(Some(Box::new(Ring::new(budget, tally.clone()))))
    }

    #[inline]
    pub(super) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    /// See [`Ring::occupied`].
    #[inline]
    pub(super) fn seat(&self, bucket: usize) -> Option<Occupied> {
        self.0.as_ref()?.occupied(bucket)
    }

    /// See [`Ring::note`].
    #[inline]
    pub(super) fn note(&self, bucket: usize, seat: Option<Occupied>) {
        if let (Some(ring), Some(seat)) = (&self.0, seat) {
            ring.note(bucket, seat);
        }
    }

    /// The row in a bucket was used; says whether it is kept.
    #[inline]
    pub(super) fn touch(&self, bucket: usize) -> bool {
        let seat = self.seat(bucket);
        self.note(bucket, seat);
        seat.is_some()
    }

    /// See [`Ring::vacate`].
    #[inline]
    pub(super) fn vacate(&mut self, bucket: usize) -> Option<H> {
        self.0.as_mut()?.vacate(bucket)
    }

    /// See [`Ring::follow`].
    pub(super) fn follow(
        &mut self,
        buckets: usize,
        find: impl Fn(u64, &H, &dyn Fn(usize) -> bool) -> Option<usize>,
    ) {
        if let Some(ring) = &mut self.0 {
            ring.follow(buckets, find);
        }
    }

    /// See [`Ring::take_all`].
    pub(super) fn take_all(&mut self, let_go: &mut Several<H>) {
        if let Some(ring) = &mut self.0 {
            ring.take_all(let_go);
        }
    }
}

impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// Gives each shard its part.
    pub(super) fn new<A, B, S>(policy: StrongTier<V>, shards: &Sharded<A, B, S>) -> Self
    where
        A: Side + 'static,
        B: Side<Kept<A> = Strong<V>> + 'static,
        S: Slot,
    {
        if policy.capacity == 0 {
            return Self::none();
        }
        let count = shards.shards().len() as u64;
        let (share, rest) = (policy.capacity / count, policy.capacity % count);
        for (shard, number) in shards.shards().zip(0..) {
            let budget = share + u64::from(number < rest);
            shard.write(|inside| inside.part = Part::new(budget, shards.tally()));
        }
        Self(Some(policy))
    }

    #[inline]
    pub(super) const fn is_some(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn entrance<'s, A: Side, B: Side, S: Slot>(
        &self,
        shard: &'s Shard<Inside<A, B, S>>,
    ) -> Entrance<'s, A, B, S, V> {
        Entrance {
            weighs_one: self.0.as_ref().is_some_and(|policy| policy.weigh.is_none()),
            has_entered: false,
            let_go: LetGo::nothing(shard),
        }
    }

    /// The value was used under a key of this hash: it is kept from now on, if its row stands. The caller holds it, and
    /// no lock.
    #[inline]
    pub(super) fn keep<A, B, S>(&self, shards: &Sharded<A, B, S>, hash: u64, value: &Strong<V>)
    where
        A: Side + 'static,
        B: Side<Kept<A> = Strong<V>> + 'static,
        S: Slot,
    {
        if self.0.is_some() && !shards.of(hash).look(|inside| inside.touch(hash, value)) {
            self.enter(shards, hash, value);
        }
    }

    /// As [`keep`](Self::keep), of a value that is not kept yet.
    #[cold]
    pub(super) fn enter<A, B, S>(&self, shards: &Sharded<A, B, S>, hash: u64, value: &Strong<V>)
    where
        A: Side + 'static,
        B: Side<Kept<A> = Strong<V>> + 'static,
        S: Slot,
    {
        let Some(policy) = &self.0 else { return };
        // By the `Eq` of a key, which may look at this and other containers, and waits for none that is changed.
        if Group::is_any_read_here() {
            return;
        }
        let shard = shards.of(hash);
        // Dropped last of all: its drops may panic, and use the container.
        let mut let_go = LetGo::nothing(shard);
        let weight = policy.weigh(value);
        if weight > policy.capacity {
            return;
        }
        let handle = value.clone();
        let entered = shard.write(|inside| inside.enter(hash, handle, weight, &mut let_go));
        if let Err((handle, missing)) = entered {
            let mut panics = Panics::of::<Strong<V>>(Source::Burial);
            let fair = policy.capacity / shards.shards().len() as u64;
            let home = shards.index_of(hash);
            let values = &mut let_go.values;
            let brought = bring(shards, home, missing, fair, values, &mut panics);
            // What was brought stays, also if others were faster and it is not enough.
            let again = shard.write(|inside| {
                inside.add_to_budget(brought);
                inside.enter(hash, handle, weight, &mut let_go)
            });
            drop((again, let_go));
            panics.resume();
        }
    }

    pub(super) fn clear<A, B, S>(&self, shards: &Sharded<A, B, S>)
    where
        A: Side + 'static,
        B: Side<Kept<A> = Strong<V>> + 'static,
        S: Slot,
    {
        let mut let_go = Several::new();
        if self.0.is_some() {
            shards.change_each(|inside| inside.part.take_all(&mut let_go), drop);
        }
    }
}

weakref::__private::if_traced! {
    #[expect(clippy::unused_self, reason = "there may be none")]
    impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
        /// Whether it keeps anything alive now, as far as is known without a lock.
        pub(super) fn has_handles<A, B, S>(&self, shards: &Sharded<A, B, S>) -> bool
        where
            A: Side + 'static,
            B: Side<Kept<A> = Strong<V>> + 'static,
            S: Slot,
        {
            !shards.tally().is_zero()
        }
    }
}

/// How many values the parts have together.
pub(super) fn len<A, B, S, V>(shards: &Sharded<A, B, S>) -> usize
where
    A: Side + 'static,
    B: Side<Kept<A> = Strong<V>> + 'static,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    let of_part = |part: &Part<Strong<V>>| part.0.as_ref().map_or(0, |ring| ring.len());
    let shards = shards.shards();
    shards
        .map(|shard| shard.look(|inside| of_part(&inside.part)))
        .sum()
}

/// Takes so much of the other shards' budgets as is `missing` in that of the shard `home`. First what they do without,
/// then what they have above a `fair` share: of these it may have such a share itself, so that it need not come again.
fn bring<A, B, S, V>(
    shards: &Sharded<A, B, S>,
    home: usize,
    missing: u64,
    fair: u64,
    let_go: &mut Victims<V>,
    panics: &mut Panics,
) -> u64
where
    A: Side + 'static,
    B: Side<Kept<A> = Strong<V>> + 'static,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    let count = shards.shards().len();
    let mut brought = 0;
    let enough = missing.max(fair);
    for (left, wanted) in [(None, enough), (Some(fair), enough), (Some(0), missing)] {
        for other in (home + 1..home + count).map(|index| index % count) {
            let Some(other) = shards.shard(other).filter(|_| brought < wanted) else {
                break;
            };
            other.write_only(|inside| {
                if let Some(ring) = &mut inside.part.0 {
                    brought += ring.spare(wanted - brought, left, let_go);
                    // Of this shard. It is buried as others are.
                    let_go.bucket = None;
                }
            });
            // A panic would lose what was brought.
            panics.run(|| other.settle());
        }
    }
    brought
}

impl<A, B, S, V> Inside<A, B, S>
where
    A: Side,
    B: Side<Kept<A> = Strong<V>>,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    /// The rows of a hash whose value this is.
    fn rows_of<'a>(&'a self, hash: u64, value: &'a Strong<V>) -> impl Iterator<Item = usize> + 'a {
        let rows = self.table.candidates(hash);
        rows.filter(|(_, row)| row.value.is_kept(&row.key, value))
            .map(|(bucket, _)| bucket)
    }

    /// The value was used. Says no if it is not kept, but stands here.
    fn touch(&self, hash: u64, value: &Strong<V>) -> bool {
        let mut rows = self.rows_of(hash, value).peekable();
        if rows.peek().is_none() {
            return !seeded(Bug::KeptUnseen);
        }
        // All of them: which was meant is not known.
        rows.all(|bucket| self.part.touch(bucket))
    }

    /// Enters a value if its row stands here and is not kept.
    fn enter(
        &mut self,
        hash: u64,
        value: Strong<V>,
        weight: u64,
        let_go: &mut LetGo<'_, A, B, S, V>,
    ) -> Result<(), Refused<V>> {
        let bucket = self
            .rows_of(hash, &value)
            .find(|&bucket| !self.part.touch(bucket));
        let bucket = bucket.or_else(|| seeded(Bug::KeptUnseen).then_some(u32::MAX as usize));
        let (Some(bucket), Some(ring)) = (bucket, &mut self.part.0) else {
            let_go.values.push(value);
            return Ok(());
        };
        let entered = ring.enter(bucket, hash, value, weight, &mut let_go.values);
        let_go.take_row(&mut self.table);
        entered
    }

    fn add_to_budget(&mut self, weight: u64) {
        if let Some(ring) = &mut self.part.0 {
            ring.add_to_budget(weight);
        }
    }
}

impl<A, B, S, V> Entrance<'_, A, B, S, V>
where
    A: Side,
    B: Side<Kept<A> = Strong<V>>,
    S: Slot,
    V: ?Sized + WeakReferenceable,
{
    /// Enters a value whose row was just put in a bucket, if it need not be weighed, which cannot be done under the
    /// lock.
    #[inline]
    pub(super) fn enter(
        &mut self,
        inside: &mut Inside<A, B, S>,
        bucket: usize,
        hash: u64,
        value: &Strong<V>,
    ) {
        let Some(ring) = inside.part.0.as_mut().filter(|_| self.weighs_one) else {
            return;
        };
        // Each shard has room for one.
        let entered = ring.enter(bucket, hash, value.clone(), 1, &mut self.let_go.values);
        self.let_go.take_row(&mut inside.table);
        self.has_entered = entered.is_ok();
    }
}

impl<'s, A: Side, B: Side, S: Slot, V: ?Sized + WeakReferenceable> LetGo<'s, A, B, S, V> {
    const fn nothing(shard: &'s Shard<Inside<A, B, S>>) -> Self {
        Self {
            values: Victims::under::<A>(),
            row: None,
            shard,
        }
    }

    /// To be called under the lock under which the tier has let go, before anything else is put in.
    ///
    /// The row is left to the death where that would not drop it at once, after its value: there it has its turn.
    #[inline]
    fn take_row(&mut self, table: &mut Table<A, B>)
    where
        B: Side<Kept<A> = Strong<V>>,
    {
        let Victims { first, bucket, .. } = &mut self.values;
        let (Some(bucket), Some(value)) = (bucket.take(), first) else {
            return;
        };
        if self.shard.buries_at_once() {
            self.row = table.take_unwatched(bucket, value);
        }
    }
}

impl<A: Side, B: Side, S: Slot, V: ?Sized + WeakReferenceable> Drop for LetGo<'_, A, B, S, V> {
    #[inline]
    fn drop(&mut self) {
        // As in a burial: it is told of, and its value goes, and then its row, whatever any of them throws.
        if let Some(row) = self.row.take() {
            let mut panics = Panics::of::<(A::Taken, B::Taken)>(Source::Burial);
            panics.run(|| self.values.evicted.tell());
            panics.run(|| drop(self.values.first.take()));
            panics.run(|| self.shard.drop_buried(row));
            panics.resume();
        }
    }
}
