//! What handles and nodes carry: the number under which a handle is recorded, the place at which a node was made.

use core::any::TypeId;
use core::panic::Location;

use super::How;
use super::table;
pub(crate) use crate::glance::Glance;

/// Whether deaths are recorded. They must be, before the block is freed: another object may get its address.
pub(crate) const RECORDS: bool = true;

/// Which of its object's handles a strong handle is.
///
/// A handle that was made of a raw pointer is *parked*: it is one of those that were given up as raw pointers, whichever,
/// and ends as one of them. So code that looks at an object through a handle which it forgets, as `arc-swap` does, and
/// many an FFI, leaves the records right.
#[expect(unnameable_types, reason = "named by what is sealed")]
#[derive(Debug)]
pub struct Token(u64);

/// The number of a handle that is not on record: its object is not, or the thread was using the records when the
/// handle was made.
pub(super) const UNRECORDED: u64 = u64::MAX;
pub(super) const PARKED: u64 = 0;

impl Token {
    pub(crate) const PARKED: Self = Self(PARKED);

    /// Records an object, before anybody can find it, and its first handle.
    #[track_caller]
    pub(crate) fn born<H>(
        header: *const H,
        of: impl FnOnce() -> (TypeId, &'static str, Glance),
    ) -> Self {
        let (type_id, type_name, value) = of();
        let place = Location::caller();
        Self(table::born(header.addr(), type_id, type_name, value, place))
    }

    /// Records a handle whose unit keeps the object alive already.
    #[track_caller]
    pub(crate) fn cloned<H>(header: *const H) -> Self {
        Self(table::added(header.addr(), How::Cloned, Location::caller()))
    }

    /// As [`Self::cloned`].
    #[track_caller]
    pub(crate) fn upgraded<H>(header: *const H) -> Self {
        Self(table::added(
            header.addr(),
            How::Upgraded,
            Location::caller(),
        ))
    }

    /// Strikes the handle off, before its unit is given up.
    pub(crate) fn end<H>(&self, header: impl FnOnce() -> *mut H) {
        match self.0 {
            UNRECORDED => {}
            PARKED => table::end_parked(header().addr()),
            number => table::end(header().addr(), number),
        }
    }

    /// Parks the handle: from here on it is a raw pointer, made by the caller.
    #[track_caller]
    pub(crate) fn give_up<H>(&self, header: impl FnOnce() -> *mut H) {
        if self.0 != PARKED && self.0 != UNRECORDED {
            table::park(header().addr(), self.0, Location::caller());
        }
    }

    /// Says that the handle, which is the only one, will lend the value uniquely.
    #[expect(clippy::unused_self, reason = "as the others")]
    pub(crate) fn lend<H>(&self, header: impl FnOnce() -> *mut H) {
        table::lend(header().addr());
    }

    /// The number on record, if there is one.
    pub(super) fn number(&self) -> u64 {
        self.0
    }

    /// The token of a handle that is taken apart, for the one that is put together again.
    pub(crate) fn same(&self) -> Self {
        Self(self.0)
    }
}

/// Strikes off an object that was just closed, or has no other handle, before its block may be freed.
pub(crate) fn died<H>(header: impl FnOnce() -> *mut H) {
    table::died(header().addr());
}

/// Where a callback or a finalizer was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin(pub(super) &'static Location<'static>);

impl Origin {
    #[track_caller]
    pub(crate) fn here() -> Self {
        Self(Location::caller())
    }
}
