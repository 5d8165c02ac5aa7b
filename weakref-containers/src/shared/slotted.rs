//! The value side of the shared maps: a value, or the construction of one.

use core::fmt;
#[cfg(feature = "async")]
use core::future::poll_fn;
use std::sync::Arc;

use weakref::watch::{Notice, Shard, Watched};
use weakref::{Slot, Strong, WeakReferenceable};

#[cfg(feature = "async")]
use super::flight::Awaiting;
use super::flight::{Ended, Flight};
use super::sharded::{Inside, Scan, is_shared, scan};
use super::waits::Status;
use crate::key::Lookup;
use crate::side::{Held, Side, sealed};
use crate::table::Row;

/// What a shared map's value side is made of, and what comes out of it: handles, which are cloned and
/// compared without running user code.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub trait Product: Side<Taken: Clone> + 'static {
    /// The side of a container with the graveyard `yard`.
    fn of(value: &Self::Taken, yard: &mut Self::Yard, token: u64) -> Self;
    /// The handle, if it is alive.
    fn handle(&self) -> Option<Self::Taken>;
    fn same(one: &Self::Taken, other: &Self::Taken) -> bool;
}

impl<V: ?Sized + WeakReferenceable> Product for Watched<V> {
    fn of(value: &Strong<V>, yard: &mut Self::Yard, token: u64) -> Self {
        yard.watch(value, token)
    }

    fn handle(&self) -> Option<Strong<V>> {
        self.upgrade()
    }

    fn same(one: &Strong<V>, other: &Strong<V>) -> bool {
        Strong::ptr_eq(one, other)
    }
}

impl<V: 'static> Product for Held<Arc<V>> {
    fn of(value: &Arc<V>, _: &mut Self::Yard, _: u64) -> Self {
        Self(Arc::clone(value))
    }

    fn handle(&self) -> Option<Arc<V>> {
        Some(Arc::clone(&self.0))
    }

    fn same(one: &Arc<V>, other: &Arc<V>) -> bool {
        Arc::ptr_eq(one, other)
    }
}

/// A value, or the construction of one, which is not visible yet.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub enum Slotted<R: Product> {
    Ready(R),
    Building(Construction<R>),
}

/// A construction that may be waited for.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub struct Construction<R: Product>(Arc<Flight<R::Taken>>);

impl<R: Product> Construction<R> {
    pub(super) fn new() -> Self {
        Self(Arc::new(Flight::new()))
    }

    pub(super) fn status(&self) -> &Arc<Status> {
        self.0.status()
    }

    /// See [`Flight::end`].
    pub(super) fn end(&self, landed: Option<R::Taken>) -> Ended<R::Taken> {
        self.0.end(landed)
    }

    /// See [`Flight::wait`]. Panics from within `Eq`, for which the leader would wait.
    pub(super) fn wait<K: Side + 'static, S: Slot>(
        &self,
        shard: &MapShard<K, R, S>,
    ) -> Option<R::Taken> {
        shard.refuse_within_read();
        self.0.wait(is_shared::<S>())
    }

    /// As [`Construction::wait`].
    #[cfg(feature = "async")]
    pub(super) async fn wait_async<K: Side + 'static, S: Slot>(
        &self,
        shard: &MapShard<K, R, S>,
    ) -> Option<R::Taken> {
        let mut awaiting = Awaiting::new(&self.0);
        poll_fn(|context| {
            shard.refuse_within_read();
            awaiting.poll(context)
        })
        .await
    }
}

impl<R: Product> Clone for Construction<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: Product> Slotted<R> {
    pub(super) fn is(&self, construction: &Construction<R>) -> bool {
        matches!(self, Self::Building(this) if Arc::ptr_eq(&this.0, &construction.0))
    }

    pub(super) fn ready(&self) -> Option<&R> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Building(_) => None,
        }
    }
}

impl<R: Product> sealed::Sealed for Slotted<R> {}

impl<R: Product> Side for Slotted<R> {
    type Shown<'a> = R::Shown<'a>;
    type Taken = R::Taken;
    type Yard = R::Yard;

    fn is_alive(&self) -> bool {
        self.ready().is_some_and(Side::is_alive)
    }

    fn show(&self) -> Option<R::Shown<'_>> {
        self.ready()?.show()
    }

    fn take(self) -> Option<R::Taken> {
        match self {
            Self::Ready(value) => value.take(),
            Self::Building(_) => None,
        }
    }

    fn is_meant_by(&self, notice: &Notice) -> bool {
        self.ready().is_some_and(|value| value.is_meant_by(notice))
    }
}

/// What stands under a key.
pub(super) enum Found<R: Product> {
    Nothing,
    /// Dead, and not buried yet, or a construction that has failed.
    Dead(usize),
    Live(usize, R::Taken),
    Building(usize, Construction<R>),
}

impl<R: Product> Found<R> {
    fn of(bucket: usize, value: &Slotted<R>) -> Self {
        match value {
            Slotted::Building(construction) if construction.0.has_failed() => Self::Dead(bucket),
            Slotted::Building(construction) => Self::Building(bucket, construction.clone()),
            Slotted::Ready(value) => match value.handle() {
                Some(value) => Self::Live(bucket, value),
                None => Self::Dead(bucket),
            },
        }
    }

    pub(super) fn bucket(&self) -> Option<usize> {
        match self {
            Self::Nothing => None,
            Self::Dead(bucket) | Self::Live(bucket, _) | Self::Building(bucket, _) => Some(*bucket),
        }
    }

    pub(super) fn live(self) -> Option<R::Taken> {
        match self {
            Self::Live(_, value) => Some(value),
            _ => None,
        }
    }
}

pub(super) type MapShard<K, R, S> = Shard<Inside<K, Slotted<R>, S>>;

/// Looks for a key that is held, under the read lock: `wanted` may run its `Eq`.
pub(super) fn find_held<K: 'static, R: Product, S: Slot>(
    shard: &MapShard<Held<K>, R, S>,
    hash: u64,
    wanted: impl Fn(&K) -> bool,
) -> Scan<Found<R>> {
    scan(shard, |table| {
        let bucket = table.find_bucket(hash, |row| wanted(&row.key.0));
        let found = bucket.and_then(|bucket| {
            let row = table.row_at(bucket)?;
            Some(Found::of(bucket, &row.value))
        });
        found.unwrap_or(Found::Nothing)
    })
}

/// Looks for a weakly held key. Those of its hash are only upgraded under the lock, and compared and dropped
/// outside. A dead key is nothing, since nothing equals it.
pub(super) fn find_watched<K, M, Q, V, S, F>(
    shard: &Shard<Inside<Watched<K>, V, S>>,
    hash: u64,
    query: &Q,
    look: impl Fn(usize, &V) -> F,
) -> Scan<Option<(Strong<K>, F)>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    V: Side + 'static,
    S: Slot,
{
    let Scan { found, edition } = scan(shard, |table| {
        let alive = |(bucket, row): (usize, &Row<Watched<K>, V>)| {
            Some((row.key.upgrade()?, look(bucket, &row.value)))
        };
        let mut candidates = table.candidates(hash).filter_map(alive);
        let first = candidates.next();
        // Seldom any: no allocation then.
        let rest: Vec<_> = candidates.collect();
        (first, rest)
    });
    let (first, rest) = found;
    let found = first.into_iter().chain(rest).find(|(key, _)| query.is(key));
    Scan { found, edition }
}

/// [`find_watched`] in a map.
pub(super) fn find_entry<K, M, Q, R, S>(
    shard: &MapShard<Watched<K>, R, S>,
    hash: u64,
    query: &Q,
) -> Scan<Found<R>>
where
    K: ?Sized + WeakReferenceable,
    Q: ?Sized + Lookup<K, M>,
    R: Product,
    S: Slot,
{
    let Scan { found, edition } = find_watched(shard, hash, query, Found::of);
    let found = found.map_or(Found::Nothing, |(_, found)| found);
    Scan { found, edition }
}

impl<R: Product> fmt::Debug for Slotted<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slotted").finish_non_exhaustive()
    }
}

impl<R: Product> fmt::Debug for Construction<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Construction").finish_non_exhaustive()
    }
}
