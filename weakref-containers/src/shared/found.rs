//! What a lookup finds in a shard, and by what that is known again.

use core::array;

use weakref::watch::{Shard, Watched, drop_first};
use weakref::{Slot, Strong, WeakRef, WeakReferenceable};

use super::sharded::{AtEdition, Changed, Inside, Scan, Seen, Sharded};
use super::slotted::{Construction, MapShard, Product, Slotted};
use crate::key::Lookup;
use crate::several::Several;
use crate::side::{Held, Side};
use crate::sync::{Bug, seeded};
use crate::table::{Row, Table};

/// What is stored under a key.
pub(super) enum Found<R: Product> {
    Nothing,
    /// A value that is dead and not buried yet, or a construction that has failed.
    Dead,
    Live(R::Taken),
    Building(Construction<R>),
}

impl<R: Product> Found<R> {
    fn of(value: &Slotted<R>) -> Self {
        match value {
            Slotted::Building(construction) if construction.has_failed() => Self::Dead,
            Slotted::Building(construction) => Self::Building(construction.clone()),
            Slotted::Ready(value) => match value.handle() {
                Some(value) => Self::Live(value),
                None => Self::Dead,
            },
        }
    }

    /// Whether `value` is what was found.
    fn is(&self, value: &Slotted<R>) -> bool {
        match (self, value) {
            (Self::Dead, Slotted::Ready(value)) => !value.is_alive(),
            (Self::Dead, Slotted::Building(construction)) => construction.has_failed(),
            (Self::Live(found), Slotted::Ready(value)) => value.is(found),
            (Self::Building(construction), value) => value.is(construction),
            _ => false,
        }
    }

    pub(super) fn live(self) -> Option<R::Taken> {
        match self {
            Self::Live(value) => Some(value),
            _ => None,
        }
    }
}

pub(super) type SetShard<T, S> = Shard<Inside<Watched<T>, Held<()>, S>>;

/// Looks for an owned key under the read lock; `wanted` may run its `Eq`.
pub(super) fn find_held<K, R: Product, S: Slot>(
    shard: &MapShard<Held<K>, R, S>,
    hash: u64,
    wanted: impl Fn(&K) -> bool,
) -> Scan<Found<R>, AtEdition> {
    shard.read(|inside| {
        let mut found = Found::Nothing;
        let bucket = inside.table.find_bucket(hash, |row| {
            let is_wanted = wanted(&row.key.0);
            if is_wanted {
                found = Found::of(&row.value);
            }
            is_wanted
        });
        Scan {
            found,
            seen: AtEdition::new(inside, bucket),
        }
    })
}

/// Recognises a row by the identity of its key, wherever it is by now: for weakly held keys. Unrelated insertions do
/// not matter, nor do those that an `Eq` makes.
pub(super) struct Compared<K: ?Sized + WeakReferenceable> {
    hash: u64,
    /// The key that was found. Its id is not reused while this reference exists.
    found: Option<WeakRef<K>>,
    /// The keys with the same hash that did not match; empty if one matched.
    others: Several<Strong<K>>,
}

impl<K: ?Sized + WeakReferenceable> Compared<K> {
    /// See [`Seen::again`].
    fn again_in<V: Side>(
        &self,
        table: &Table<Watched<K>, V>,
        is_same: impl Fn(&V) -> bool,
    ) -> Result<Option<usize>, Changed> {
        if let Some(key) = &self.found {
            // Next to a key that died in the meantime there may already be an equal one, inserted by a call that saw
            // it dead.
            let is_it = |row: &Row<Watched<K>, V>| {
                let may_stand = row.key.is_alive() || seeded(Bug::DeadReplaced);
                row.key.id() == key.id() && may_stand && is_same(&row.value)
            };
            let bucket = table.find_bucket(self.hash, is_it);
            let is_gone = bucket.is_none() && !seeded(Bug::AnyCompared);
            return if is_gone { Err(Changed) } else { Ok(bucket) };
        }
        // A dead key equals nothing.
        let is_new = |(_, row): (usize, &Row<Watched<K>, V>)| {
            let is_known = |key| Strong::id(key) == row.key.id();
            row.key.is_alive() && !self.others.iter().any(is_known) && !seeded(Bug::AnyCompared)
        };
        if table.candidates(self.hash).any(is_new) {
            return Err(Changed);
        }
        Ok(None)
    }
}

impl<K, R, S> Seen<Watched<K>, Slotted<R>, S, Found<R>> for Compared<K>
where
    K: ?Sized + WeakReferenceable,
    R: Product,
{
    fn again(
        &self,
        inside: &Inside<Watched<K>, Slotted<R>, S>,
        found: &Found<R>,
    ) -> Result<Option<usize>, Changed> {
        self.again_in(&inside.table, |value| found.is(value))
    }
}

impl<T: ?Sized + WeakReferenceable, S> Seen<Watched<T>, Held<()>, S, Option<Strong<T>>>
    for Compared<T>
{
    fn again(
        &self,
        inside: &Inside<Watched<T>, Held<()>, S>,
        _: &Option<Strong<T>>,
    ) -> Result<Option<usize>, Changed> {
        self.again_in(&inside.table, |_| true)
    }
}

/// Looks for a weakly held key. Under the lock, keys with its hash are only upgraded; they are compared and dropped
/// after the unlock. Dead keys are skipped, since nothing equals them.
fn find_watched<K, M, Q, V, S, F>(
    shard: &Shard<Inside<Watched<K>, V, S>>,
    hash: u64,
    query: &Q,
    look: impl Fn(&V) -> F,
) -> Result<(Strong<K>, F), Several<Strong<K>>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    V: Side,
    S: Slot,
{
    // Usually one key has the hash, or none.
    let first = shard.look(|inside| first_of(inside, hash, &look));
    find_from(first, shard, hash, query, look)
}

/// Returns the first live key with a hash. Runs no user code.
fn first_of<K, V, S, F>(
    inside: &Inside<Watched<K>, V, S>,
    hash: u64,
    look: impl Fn(&V) -> F,
) -> Option<(Strong<K>, F)>
where
    K: ?Sized + WeakReferenceable,
    V: Side,
{
    let alive = |row: &Row<Watched<K>, V>| Some((row.key.upgrade()?, look(&row.value)));
    inside.table.find(hash, alive).map(|(_, found)| found)
}

/// As [`find_watched`], where `first` is the first live key with the hash.
#[inline]
fn find_from<K, M, Q, V, S, F>(
    first: Option<(Strong<K>, F)>,
    shard: &Shard<Inside<Watched<K>, V, S>>,
    hash: u64,
    query: &Q,
    look: impl Fn(&V) -> F,
) -> Result<(Strong<K>, F), Several<Strong<K>>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    V: Side,
    S: Slot,
{
    match first {
        None => Err(Several::new()),
        Some((key, seen)) if query.is(&key) => Ok((key, seen)),
        Some((key, seen)) => {
            drop(seen);
            find_beside(shard, hash, query, look, key)
        }
    }
}

/// As [`find_watched`], where `first` was compared already. It is held in the meantime, so that its id is not reused.
#[cold]
#[inline(never)]
fn find_beside<K, M, Q, V, S, F>(
    shard: &Shard<Inside<Watched<K>, V, S>>,
    hash: u64,
    query: &Q,
    look: impl Fn(&V) -> F,
    first: Strong<K>,
) -> Result<(Strong<K>, F), Several<Strong<K>>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    V: Side,
    S: Slot,
{
    let rest: Several<_> = shard.look(|inside| {
        let rows = inside.table.candidates(hash).map(|(_, row)| row);
        let others = rows.filter(|row| row.key.id() != Strong::id(&first));
        let alive = |row: &Row<Watched<K>, V>| Some((row.key.upgrade()?, look(&row.value)));
        others.filter_map(alive).collect()
    });
    let mut others = Several::from_iter([first]);
    let mut candidates = rest.into_iter();
    for (key, seen) in candidates.by_ref() {
        if query.is(&key) {
            return Ok(drop_first((candidates, others), (key, seen)));
        }
        others.push_back(key);
    }
    Err(others)
}

/// Looks for a weakly held key in order to change what stands there.
fn look_for<K, M, Q, V, S, F>(
    shard: &Shard<Inside<Watched<K>, V, S>>,
    hash: u64,
    query: &Q,
    look: impl Fn(&V) -> F,
) -> (Option<(Strong<K>, F)>, Compared<K>)
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    V: Side,
    S: Slot,
{
    let (found, others) = match find_watched(shard, hash, query, look) {
        Ok(found) => (Some(found), Several::new()),
        Err(others) => (None, others),
    };
    let seen = Compared {
        hash,
        found: found.as_ref().map(|(key, _)| Strong::downgrade(key)),
        others,
    };
    (found, seen)
}

/// The live value of a key in a map.
pub(super) fn find_value<K, M, Q, R, S>(
    shard: &MapShard<Watched<K>, R, S>,
    hash: u64,
    query: &Q,
) -> Option<R::Taken>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    R: Product,
    S: Slot,
{
    let (_, found) = find_watched(shard, hash, query, Found::of).ok()?;
    found.live()
}

/// The live values of several keys in a map, whose misses overlap.
pub(super) fn find_values<K, M, Q, R, S, const N: usize>(
    shards: &Sharded<Watched<K>, Slotted<R>, S>,
    hashes: &[u64; N],
    queries: [&Q; N],
) -> [Option<R::Taken>; N]
where
    K: ?Sized + WeakReferenceable + 'static,
    Q: ?Sized + Lookup<K, M>,
    R: Product + 'static,
    S: Slot,
{
    find_many(shards, hashes, queries, Found::of, |key, found| {
        drop_first(key, found.live())
    })
}

/// [`find_watched`] of several keys, whose misses overlap; `taken` is what comes out of each that is found.
fn find_many<K, M, Q, V, S, F, R, const N: usize>(
    shards: &Sharded<Watched<K>, V, S>,
    hashes: &[u64; N],
    queries: [&Q; N],
    look: impl Fn(&V) -> F,
    taken: impl Fn(Strong<K>, F) -> Option<R>,
) -> [Option<R>; N]
where
    K: ?Sized + WeakReferenceable + 'static,
    Q: ?Sized + Lookup<K, M>,
    V: Side + 'static,
    S: Slot,
{
    let mut firsts = shards
        .read_many(hashes, |insides| {
            array::from_fn::<_, N, _>(|which| first_of(insides[which], hashes[which], &look))
        })
        .into_iter();
    array::from_fn(|which| {
        let (first, hash) = (firsts.next().flatten(), hashes[which]);
        let (key, found) = find_from(first, shards.of(hash), hash, queries[which], &look).ok()?;
        taken(key, found)
    })
}

/// [`look_for`] in a map.
pub(super) fn look_for_entry<K, M, Q, R, S>(
    shard: &MapShard<Watched<K>, R, S>,
    hash: u64,
    query: &Q,
) -> Scan<Found<R>, Compared<K>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    R: Product,
    S: Slot,
{
    let (found, seen) = look_for(shard, hash, query, Found::of);
    let found = found.map_or(Found::Nothing, |(key, found)| drop_first(key, found));
    Scan { found, seen }
}

/// The live member of a set.
pub(super) fn find_member<T, M, Q, S>(
    shard: &SetShard<T, S>,
    hash: u64,
    query: &Q,
) -> Option<Strong<T>>
where
    T: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<T, M>,
    S: Slot,
{
    let (member, ()) = find_watched(shard, hash, query, |_| ()).ok()?;
    Some(member)
}

/// The live members of a set, whose misses overlap.
pub(super) fn find_members<T, M, Q, S, const N: usize>(
    shards: &Sharded<Watched<T>, Held<()>, S>,
    hashes: &[u64; N],
    queries: [&Q; N],
) -> [Option<Strong<T>>; N]
where
    T: ?Sized + WeakReferenceable + 'static,
    Q: ?Sized + Lookup<T, M>,
    S: Slot,
{
    find_many(shards, hashes, queries, |_| (), |member, ()| Some(member))
}

/// As [`find_member`], and notes the use in the strong tier. Also returns whether the tier keeps the member; `false`
/// if that is unknown.
pub(super) fn use_member<T, M, Q, S>(
    shard: &SetShard<T, S>,
    hash: u64,
    query: &Q,
) -> Option<(Strong<T>, bool)>
where
    T: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<T, M>,
    S: Slot,
{
    // A member that happens to have the same hash, without being equal, may be noted too.
    let first = shard.look(|inside| {
        let mut rows = inside.table.candidates(hash);
        rows.find_map(|(bucket, row)| Some((row.key.upgrade()?, inside.part.touch(bucket))))
    });
    find_from(first, shard, hash, query, |_| false).ok()
}

/// [`look_for`] in a set.
pub(super) fn look_for_member<T, M, Q, S>(
    shard: &SetShard<T, S>,
    hash: u64,
    query: &Q,
) -> Scan<Option<Strong<T>>, Compared<T>>
where
    T: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<T, M>,
    S: Slot,
{
    let (found, seen) = look_for(shard, hash, query, |_| ());
    let found = found.map(|(member, ())| member);
    Scan { found, seen }
}
