//! What stands for the strong tier without the feature: nothing.

use core::marker::PhantomData;

use weakref::{Slot, Strong, WeakReferenceable};

use super::sharded::Sharded;
use crate::several::Several;
use crate::side::Side;

pub(super) struct Part<H>(PhantomData<H>);

pub(super) struct MaybeTier<V: ?Sized>(PhantomData<fn(&V)>);

pub(super) struct Entrance {
    pub(super) has_entered: bool,
}

#[expect(clippy::unused_self, reason = "called as the real one")]
impl<H> Part<H> {
    pub(super) const fn none() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    pub(super) const fn is_some(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(super) fn seat(&self, _: usize) -> Option<()> {
        None
    }

    #[inline(always)]
    pub(super) fn touch(&self, _: usize) -> bool {
        true
    }

    #[inline(always)]
    pub(super) fn note(&self, _: usize, _: Option<()>) {}

    #[inline(always)]
    pub(super) fn vacate(&mut self, _: usize) -> Option<H> {
        None
    }

    #[inline(always)]
    pub(super) fn follow(
        &mut self,
        _: usize,
        _: impl Fn(u64, &H, &dyn Fn(usize) -> bool) -> Option<usize>,
    ) {
    }

    #[inline(always)]
    pub(super) fn take_all(&mut self, _: &mut Several<H>) {}
}

#[expect(clippy::unused_self, reason = "called as the real one")]
impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
    pub(super) const fn none() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    pub(super) const fn is_some(&self) -> bool {
        false
    }

    #[inline(always)]
    pub(super) const fn entrance<C>(&self, _: &C) -> Entrance {
        Entrance { has_entered: true }
    }

    #[inline(always)]
    pub(super) fn keep<A: Side, B: Side, S: Slot>(
        &self,
        _: &Sharded<A, B, S>,
        _: u64,
        _: &Strong<V>,
    ) {
    }

    #[inline(always)]
    pub(super) fn enter<A: Side, B: Side, S: Slot>(
        &self,
        _: &Sharded<A, B, S>,
        _: u64,
        _: &Strong<V>,
    ) {
    }
}

weakref::__private::if_traced! {
    #[expect(clippy::unused_self, reason = "called as the real one")]
    impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
        pub(super) const fn has_handles<C>(&self, _: &C) -> bool {
            false
        }
    }
}

#[expect(clippy::unused_self, reason = "called as the real one")]
impl Entrance {
    #[inline(always)]
    pub(super) fn enter<I, V>(&mut self, _: &mut I, _: usize, _: u64, _: &V) {}
}
