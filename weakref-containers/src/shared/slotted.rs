//! The value side of the shared maps: a value, or the construction of one.

use core::fmt;
#[cfg(feature = "async")]
use core::future::poll_fn;
use std::sync::Arc;

use weakref::watch::{Burial, Notice, Shard, Watched};
use weakref::{Slot, Strong, WeakReferenceable};

#[cfg(feature = "async")]
use super::flight::Awaiting;
use super::flight::{Ended, Flight};
use super::sharded::{Inside, is_shared};
use super::waits::Status;
use crate::side::{Held, Side, sealed};

/// What a shared map's value side is made of, and what comes out of it: handles, which are cloned and
/// compared without running user code.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub trait Product: Side<Taken: Clone> {
    /// The side of a container with the graveyard `yard`.
    fn of(value: &Self::Taken, yard: &mut Self::Yard, token: u64) -> Self;
    /// The handle, if it is alive.
    fn handle(&self) -> Option<Self::Taken>;
    /// Whether `handle` is of this.
    fn is(&self, handle: &Self::Taken) -> bool;
    fn same(one: &Self::Taken, other: &Self::Taken) -> bool;
    /// See [`Side::held`]; of what is behind a pointer that is held.
    fn held_value() -> Option<&'static str> {
        Self::held()
    }
    /// Of the object, if it is one.
    #[cfg(feature = "tracing")]
    fn id(_: &Self::Taken) -> Option<weakref::ObjectId> {
        None
    }
}

impl<V: ?Sized + WeakReferenceable> Product for Watched<V> {
    fn of(value: &Strong<V>, yard: &mut Self::Yard, token: u64) -> Self {
        yard.watch(value, token)
    }

    fn handle(&self) -> Option<Strong<V>> {
        self.upgrade()
    }

    fn is(&self, handle: &Strong<V>) -> bool {
        self.id() == Strong::id(handle)
    }

    fn same(one: &Strong<V>, other: &Strong<V>) -> bool {
        Strong::ptr_eq(one, other)
    }

    #[cfg(feature = "tracing")]
    fn id(taken: &Strong<V>) -> Option<weakref::ObjectId> {
        Some(Strong::id(taken))
    }
}

impl<V> Product for Held<Arc<V>> {
    fn of(value: &Arc<V>, _: &mut Self::Yard, _: u64) -> Self {
        Self(Arc::clone(value))
    }

    fn handle(&self) -> Option<Arc<V>> {
        Some(Arc::clone(&self.0))
    }

    fn is(&self, handle: &Arc<V>) -> bool {
        Arc::ptr_eq(&self.0, handle)
    }

    fn same(one: &Arc<V>, other: &Arc<V>) -> bool {
        Arc::ptr_eq(one, other)
    }

    fn held_value() -> Option<&'static str> {
        Held::<V>::held()
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

    /// Whether it was given up, and nobody makes the value any more.
    pub(super) fn has_failed(&self) -> bool {
        self.0.has_failed()
    }

    pub(super) fn status(&self) -> &Arc<Status> {
        self.0.status()
    }

    /// See [`Flight::end`].
    pub(super) fn end(&self, landed: Option<R::Taken>) -> Ended<R::Taken> {
        self.0.end(landed)
    }

    /// See [`Flight::wait`]. Panics from within `Eq`, because the leader would wait for that call.
    #[track_caller]
    pub(super) fn wait<K: Side, S: Slot>(&self, shard: &MapShard<K, R, S>) -> Option<R::Taken> {
        shard.refuse_within_read();
        self.0.wait(is_shared::<S>())
    }

    /// As [`Construction::wait`].
    #[cfg(feature = "async")]
    pub(super) async fn wait_async<K: Side, S: Slot>(
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
    type Shown<'a>
        = R::Shown<'a>
    where
        R: 'a;
    type Taken = R::Taken;
    type Yard = R::Yard;
    type Kept<K: Side> = R::Taken;

    fn is_kept<K: Side>(&self, _: &K, kept: &R::Taken) -> bool {
        self.ready().is_some_and(|value| value.is(kept))
    }

    fn unwatch_kept<K: Side>(
        &mut self,
        _: &mut K,
        (_, values): (&mut K::Yard, &mut R::Yard),
        kept: &mut R::Taken,
    ) -> bool {
        match self {
            Self::Ready(value) => value.unwatch(values, kept),
            Self::Building(_) => false,
        }
    }

    fn held() -> Option<&'static str> {
        R::held_value()
    }

    fn is_alive(&self) -> bool {
        self.ready().is_some_and(Side::is_alive)
    }

    fn is_abandoned(&self) -> bool {
        matches!(self, Self::Building(construction) if construction.has_failed())
    }

    fn prefetch(&self) {
        if let Some(value) = self.ready() {
            value.prefetch();
        }
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

    fn is_last(&self) -> bool {
        self.ready().is_some_and(Side::is_last)
    }

    fn is_meant_by(&self, notice: &Notice) -> bool {
        self.ready().is_some_and(|value| value.is_meant_by(notice))
    }

    fn is_buried(&self, yard: &mut R::Yard, burial: &mut Burial<'_>) -> bool {
        self.ready()
            .is_some_and(|value| value.is_buried(yard, burial))
    }
}

/// The shard of a map.
pub(super) type MapShard<K, R, S> = Shard<Inside<K, Slotted<R>, S>>;

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
