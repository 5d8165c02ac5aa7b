//! What stands for the strong tier without the feature: nothing.

use core::marker::PhantomData;

use weakref::{Strong, WeakReferenceable};

use crate::several::Several;

pub(super) struct MaybeTier<V: ?Sized + WeakReferenceable>(PhantomData<Strong<V>>);

#[expect(clippy::unused_self, reason = "called as the real one")]
impl<V: ?Sized + WeakReferenceable> MaybeTier<V> {
    pub(super) const fn none() -> Self {
        Self(PhantomData)
    }

    #[inline(always)]
    pub(super) fn keep(&self, _: &Strong<V>, _: impl Fn() -> bool) {}

    #[inline(always)]
    pub(super) fn forget(&self, _: &Strong<V>, _: impl Fn() -> bool, _: &mut Several<Strong<V>>) {}
}
