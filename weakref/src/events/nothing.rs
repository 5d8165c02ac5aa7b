//! What stands for the events without the feature.

use super::By;
use crate::unraisable::Unraisable;

/// When something began of which the end is told.
#[derive(Clone, Copy)]
pub(crate) struct Began;

#[expect(clippy::unused_self, reason = "there is something with the feature")]
impl Began {
    pub(crate) const UNTOLD: Self = Self;

    #[inline(always)]
    pub(crate) fn death() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn abandoned() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn run<R>(self, step: impl FnOnce() -> R) -> R {
        step()
    }

    #[inline(always)]
    pub(crate) fn code() -> Self {
        Self
    }

    #[inline(always)]
    pub(crate) fn died<T: ?Sized>(self, _: *const ()) {}

    #[inline(always)]
    pub(crate) fn callback_ran<T: ?Sized>(self, _: *const ()) {}

    #[inline(always)]
    pub(crate) fn finalizer_ran(
        self,
        _: fn() -> &'static str,
        _: *const (),
        _: Option<&'static str>,
        _: By,
    ) {
    }
}

#[inline(always)]
pub(crate) const fn tells_deaths() -> bool {
    false
}

#[inline(always)]
pub(crate) fn born<T: ?Sized>(_: *const ()) {}

#[inline(always)]
pub(crate) fn panicked(_: &Unraisable<'_>) {}
