//! The two kinds of sides an entry has: held (any value) or watched (a weak reference with a
//! registration). The engine and the iterators are generic over them; nothing here knows a table.
//!
//! # The traits of this crate, and what is relied on
//!
//! No `unsafe` code relies on any: the crate has none, and what it asks of the core is sound whatever it is told. Its
//! own promises do (exact counts, entries that go with their referents, no user code under an exclusive lock), so the
//! traits on which they rest are sealed; with their own parameters where a user's type may be one of them. The tests
//! are in `ui-tests/ui/sealed`.
//!
//! | trait | what is relied on | by | why nobody outside breaks it | tests |
//! |---|---|---|---|---|
//! | [`Side`], [`Renew`] | `is_alive`, `show` and `take` agree; `is_meant_by` knows its own notice, `is_buried` its own registration, `is_kept` its own handle; none runs user code | the engine, the iterators | sealed; a foreign type is no user's | `side_*`, `renewal_*` |
//! | `Yard` | it counts as the graveyard does | `len` | cannot be named; sealed | as for `Side` |
//! | `Product` | `handle`, `is` and `same` run no user code | shared maps, under the lock | cannot be named; a `Side` | as for `Side` |
//! | [`Keying`](crate::Keying) | by identity, no user code runs but [`HasId`](crate::HasId) | maps and sets with weak keys | sealed for each type of keys | `keying_*` |
//! | [`Lookup`](crate::Lookup) | what is found is the stored key | removal, replacement | sealed for each type of keys and keying | `lookup_*` |
//! | [`Part`](crate::iter::Part), [`TakenPart`](crate::iter::TakenPart), [`list::Part`](crate::list::Part) | what is shown is of a live entry | the iterators | sealed | `part_*` |
//! | [`set::Operand`](crate::set::Operand) | `has` and `each` agree | operators of sets | sealed for each type of members and keying | `operand_*` |
//! | [`Shares`](crate::shared::Shares) | dead entries wake their shard; for a `SyncSlot`, keys and values are [`Shared`](crate::shared::Shared) | the shared containers' burial | sealed for each pair of types | `shares_*` |
//! | [`Shared`](crate::shared::Shared) | `Send` and `Sync` | `Shares` | both are its supertraits, and whatever is both has it | `shared_*` |
//! | `MadeFrom` | nothing: an object that is not equal to what was asked for is not found by that again | the interner | cannot be named; whatever `From` makes has it | |
//! | [`HasId`](crate::HasId) | nothing: one that lies is not found, or finds another entry | | open | |
//! | `Key`, `Seen` | no user code runs in `enter` and `again` | shared maps, under the lock | private to the crate | |

use core::any::type_name;
use core::mem::needs_drop;

use weakref::watch::{Burial, Graveyard, Notice, Watched};
use weakref::{Slot, Strong, WeakReferenceable};

/// A key or a value that the container owns.
#[derive(Clone, Copy, Debug)]
pub struct Held<T>(pub(crate) T);

/// One side of an entry: [`Held`], or [`Watched`] and gone with its referent. Sealed.
pub trait Side: sealed::Sealed + Sized {
    /// What an iterator over a borrowed container shows: `&T`, or an owned `Strong<T>`.
    type Shown<'a>
    where
        Self: 'a;
    /// What comes out of a container with its entry: `T`, or a `Strong<T>`.
    type Taken;
    /// Where the deaths of this side are noted.
    #[doc(hidden)]
    type Yard: Yard;
    /// The handle by which the strong tier keeps a row with such a value: the value's, or the key's if the value has
    /// none.
    #[doc(hidden)]
    type Kept<K: Side>;

    /// Whether `kept` is of this row.
    #[doc(hidden)]
    fn is_kept<K: Side>(&self, key: &K, kept: &Self::Kept<K>) -> bool;

    /// Whether `taken` may have come from this side.
    #[doc(hidden)]
    fn is_source(&self, _taken: &Self::Taken) -> bool {
        false
    }

    /// Whether it is held, or watched and its referent alive.
    #[doc(hidden)]
    fn is_alive(&self) -> bool;

    /// The type of what the container owns with such a side, if there can be handles in it. (There may be some in a
    /// `ManuallyDrop` of a type that needs no drop: nobody looks for those.)
    #[doc(hidden)]
    fn held() -> Option<&'static str> {
        None
    }

    /// Whether it is a construction that has failed.
    #[doc(hidden)]
    fn is_abandoned(&self) -> bool {
        false
    }

    /// Whether it is dead, and in no other row.
    #[doc(hidden)]
    fn is_last(&self) -> bool {
        false
    }

    /// Asks the processor to fetch what [`show`](Self::show) reads.
    #[doc(hidden)]
    fn prefetch(&self) {}

    /// Shows it, if it is alive.
    #[doc(hidden)]
    fn show(&self) -> Option<Self::Shown<'_>>;

    /// Takes it out, if it is alive.
    #[doc(hidden)]
    fn take(self) -> Option<Self::Taken>;

    /// Ends its registration in `yard`, if `taken` has come out of this and nobody else has a handle of that; says whether
    /// it has.
    #[doc(hidden)]
    fn unwatch(&mut self, _yard: &mut Self::Yard, _taken: &mut Self::Taken) -> bool {
        false
    }

    /// Ends the registration of the side of this row that the strong tier holds, if `kept` is that, as
    /// [`unwatch`](Self::unwatch).
    #[doc(hidden)]
    fn unwatch_kept<K: Side>(
        &mut self,
        key: &mut K,
        yards: (&mut K::Yard, &mut Self::Yard),
        kept: &mut Self::Kept<K>,
    ) -> bool;

    /// Whether it is the dead member that `notice` names.
    #[doc(hidden)]
    fn is_meant_by(&self, notice: &Notice) -> bool;

    /// Whether it is the dead member that `burial` is about. If so, its registration in `yard` has ended.
    #[doc(hidden)]
    fn is_buried(&self, yard: &mut Self::Yard, burial: &mut Burial<'_>) -> bool;
}

/// A side that can be entered in another container.
pub trait Renew: Side {
    /// An equal side for a container with the graveyard `yard`, if it is alive.
    #[doc(hidden)]
    fn renew(&self, yard: &mut Self::Yard, token: u64) -> Option<Self>;
}

/// Where deaths are noted, or the absence of such a place.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
pub trait Yard: sealed::Sealed {
    const EMPTY: Self;
    /// Whether anything can ever be dead.
    const MORTAL: bool;
    fn dead(&self) -> usize;
    fn has_notices(&self) -> bool;
    fn next_dead(&mut self) -> Option<Notice>;
}

/// The graveyard of a side that does not die.
#[doc(hidden)]
#[expect(unnameable_types, reason = "hidden")]
#[derive(Clone, Copy, Debug)]
pub struct NoYard;

impl Yard for NoYard {
    const EMPTY: Self = Self;
    const MORTAL: bool = false;

    #[inline(always)]
    fn dead(&self) -> usize {
        0
    }

    #[inline(always)]
    fn has_notices(&self) -> bool {
        false
    }

    #[inline(always)]
    fn next_dead(&mut self) -> Option<Notice> {
        None
    }
}

impl<S: Slot> Yard for Graveyard<S> {
    const EMPTY: Self = Self::new();
    const MORTAL: bool = true;

    #[inline]
    fn dead(&self) -> usize {
        Self::dead(self)
    }

    #[inline]
    fn has_notices(&self) -> bool {
        Self::has_notices(self)
    }

    #[inline]
    fn next_dead(&mut self) -> Option<Notice> {
        Self::next_dead(self)
    }
}

impl<T> Side for Held<T> {
    type Shown<'a>
        = &'a T
    where
        T: 'a;
    type Taken = T;
    type Yard = NoYard;
    type Kept<K: Side> = K::Taken;

    fn is_kept<K: Side>(&self, key: &K, kept: &K::Taken) -> bool {
        key.is_source(kept)
    }

    #[inline]
    fn unwatch_kept<K: Side>(
        &mut self,
        key: &mut K,
        (keys, _): (&mut K::Yard, &mut NoYard),
        kept: &mut K::Taken,
    ) -> bool {
        key.unwatch(keys, kept)
    }

    fn held() -> Option<&'static str> {
        needs_drop::<T>().then(type_name::<T>)
    }

    #[inline(always)]
    fn is_alive(&self) -> bool {
        true
    }

    #[inline(always)]
    fn show(&self) -> Option<&T> {
        Some(&self.0)
    }

    #[inline(always)]
    fn take(self) -> Option<T> {
        Some(self.0)
    }

    #[inline(always)]
    fn is_meant_by(&self, _: &Notice) -> bool {
        false
    }

    #[inline(always)]
    fn is_buried(&self, _: &mut NoYard, _: &mut Burial<'_>) -> bool {
        false
    }
}

impl<T: Clone> Renew for Held<T> {
    fn renew(&self, _: &mut NoYard, _: u64) -> Option<Self> {
        Some(self.clone())
    }
}

impl<T: ?Sized + WeakReferenceable> Side for Watched<T> {
    type Shown<'a>
        = Strong<T>
    where
        T: 'a;
    type Taken = Strong<T>;
    type Yard = Graveyard<T::Slot>;
    type Kept<K: Side> = Strong<T>;

    fn is_kept<K: Side>(&self, _: &K, kept: &Strong<T>) -> bool {
        self.is_source(kept)
    }

    #[inline]
    fn is_source(&self, taken: &Strong<T>) -> bool {
        self.id() == Strong::id(taken)
    }

    #[inline]
    fn unwatch(&mut self, yard: &mut Graveyard<T::Slot>, taken: &mut Strong<T>) -> bool {
        yard.unwatch(self, taken)
    }

    #[inline]
    fn unwatch_kept<K: Side>(
        &mut self,
        _: &mut K,
        (_, values): (&mut K::Yard, &mut Graveyard<T::Slot>),
        kept: &mut Strong<T>,
    ) -> bool {
        values.unwatch(self, kept)
    }

    #[inline]
    fn is_alive(&self) -> bool {
        (**self).is_alive()
    }

    #[inline]
    fn is_last(&self) -> bool {
        Self::is_last(self)
    }

    #[inline]
    fn prefetch(&self) {
        (**self).prefetch();
    }

    #[inline]
    fn show(&self) -> Option<Strong<T>> {
        self.upgrade()
    }

    #[inline]
    fn take(self) -> Option<Strong<T>> {
        self.upgrade()
    }

    #[inline]
    fn is_meant_by(&self, notice: &Notice) -> bool {
        self.id() == notice.id && !self.is_alive()
    }

    #[inline]
    fn is_buried(&self, yard: &mut Graveyard<T::Slot>, burial: &mut Burial<'_>) -> bool {
        yard.bury(self, burial)
    }
}

impl<T: ?Sized + WeakReferenceable> Renew for Watched<T> {
    fn renew(&self, yard: &mut Graveyard<T::Slot>, token: u64) -> Option<Self> {
        let referent = self.upgrade()?;
        Some(yard.watch(&referent, token))
    }
}

pub(crate) mod sealed {
    use weakref::watch::{Graveyard, Watched};
    use weakref::{Slot, WeakReferenceable};

    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl<T> Sealed for super::Held<T> {}
    impl<T: ?Sized + WeakReferenceable> Sealed for Watched<T> {}
    impl Sealed for super::NoYard {}
    impl<S: Slot> Sealed for Graveyard<S> {}
}
