//! What stands for the events without the feature.

#[cfg(feature = "strong-tier")]
use core::marker::PhantomData;

#[cfg(feature = "strong-tier")]
use weakref::{Strong, WeakReferenceable};

use crate::shared::slotted::Product;
use crate::side::Side;

/// What a call reports about a value that it makes or waits for.
#[derive(Clone, Copy)]
pub(in crate::shared) struct Making;

#[expect(clippy::unused_self, reason = "there is something with the feature")]
impl Making {
    #[inline(always)]
    pub(in crate::shared) fn begins() -> Self {
        Self
    }

    #[inline(always)]
    #[expect(
        clippy::extra_unused_type_parameters,
        reason = "there is something with the feature"
    )]
    pub(in crate::shared) fn waits<K: Side, R: Product>() -> Self {
        Self
    }

    #[inline(always)]
    pub(in crate::shared) fn leads<K: Side, R: Product>(self) {}

    #[inline(always)]
    pub(in crate::shared) fn ended<K: Side, R: Product>(self, _: Option<&R::Taken>) {}

    #[inline(always)]
    pub(in crate::shared) fn waited<K: Side, R: Product>(self, _: Option<&R::Taken>) {}
}

/// The values that a tier evicts to make room.
#[cfg(feature = "strong-tier")]
pub(in crate::shared) struct Evicted<V: ?Sized>(PhantomData<fn(&V)>);

#[cfg(feature = "strong-tier")]
#[expect(clippy::unused_self, reason = "there is something with the feature")]
impl<V: ?Sized + WeakReferenceable> Evicted<V> {
    #[expect(
        clippy::extra_unused_type_parameters,
        reason = "with the feature the key is named"
    )]
    #[inline(always)]
    pub(in crate::shared) const fn under<K: Side>() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    pub(in crate::shared) fn note(&mut self, _: Option<&Strong<V>>) {}

    #[inline(always)]
    pub(in crate::shared) fn tell(&mut self) {}
}
