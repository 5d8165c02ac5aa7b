//! What handles and nodes carry for the feature `leak-trace`. Without it all of this is nothing: types without a size,
//! functions without a body. Nothing that is `unsafe` relies on what is recorded.

#[cfg(feature = "leak-trace")]
pub(crate) use crate::trace::token::{Glance, Origin, RECORDS, Token, died};
#[cfg(not(feature = "leak-trace"))]
pub(crate) use nothing::{Glance, Origin, RECORDS, Token, died};

#[cfg(not(feature = "leak-trace"))]
mod nothing {
    use core::any::TypeId;
    use core::ptr::NonNull;

    /// Whether deaths are to be recorded, before a block may be freed.
    pub(crate) const RECORDS: bool = false;

    /// Which of its object's handles a strong handle is.
    #[expect(unnameable_types, reason = "named by what is sealed")]
    #[derive(Debug)]
    pub struct Token;

    #[expect(clippy::unused_self, reason = "there is something with the feature")]
    impl Token {
        pub(crate) const PARKED: Self = Self;

        #[inline(always)]
        pub(crate) fn born<H>(
            _: *const H,
            _: impl FnOnce() -> (TypeId, &'static str, Glance),
        ) -> Self {
            Self
        }

        #[inline(always)]
        pub(crate) fn cloned<H>(_: *const H) -> Self {
            Self
        }

        #[inline(always)]
        pub(crate) fn upgraded<H>(_: *const H) -> Self {
            Self
        }

        #[inline(always)]
        pub(crate) fn end<H>(&self, _: impl FnOnce() -> *mut H) {}

        #[inline(always)]
        pub(crate) fn give_up<H>(&self, _: impl FnOnce() -> *mut H) {}

        #[inline(always)]
        pub(crate) fn lend<H>(&self, _: impl FnOnce() -> *mut H) {}

        #[inline(always)]
        pub(crate) fn same(&self) -> Self {
            Self
        }
    }

    #[inline(always)]
    pub(crate) fn died<H>(_: impl FnOnce() -> *mut H) {}

    /// The value of an object, to be looked into.
    pub(crate) struct Glance;

    impl Glance {
        #[inline(always)]
        pub(crate) fn of<T: ?Sized>(_: NonNull<T>, _: &T) -> Self {
            Self
        }
    }

    /// Where a callback or a finalizer was made.
    #[derive(Debug)]
    pub(crate) struct Origin;

    impl Origin {
        #[inline(always)]
        pub(crate) fn here() -> Self {
            Self
        }
    }
}
