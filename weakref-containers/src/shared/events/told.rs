//! The events of the feature `tracing`.

use core::any::type_name;
#[cfg(feature = "strong-tier")]
use core::marker::PhantomData;

use weakref::__private::{Since, tell};
#[cfg(feature = "strong-tier")]
use weakref::{ObjectId, Strong, WeakReferenceable};

use crate::shared::slotted::Product;
use crate::side::Side;

/// The name of an object's type, taken from the name of its handle's type; other names stay as they are.
fn bare(name: &'static str) -> &'static str {
    let inner = ["weakref::strong::Strong<", "alloc::sync::Arc<"]
        .iter()
        .find_map(|handle| name.strip_prefix(handle)?.strip_suffix('>'));
    inner.unwrap_or(name)
}

fn key_of<K: Side>() -> &'static str {
    bare(type_name::<K::Taken>())
}

fn value_of<R: Product>() -> &'static str {
    bare(type_name::<R::Taken>())
}

/// What a call reports about a value that it makes or waits for. Used without a lock held.
#[derive(Clone, Copy)]
pub(in crate::shared) struct Making(Since);

impl Making {
    /// Reports nothing yet: the construction begins, and only its own code may run.
    pub(in crate::shared) fn begins() -> Self {
        Self(Since::debug())
    }

    pub(in crate::shared) fn waits<K: Side, R: Product>() -> Self {
        let since = Since::debug();
        if since.is_told() {
            let (key, value) = (key_of::<K>(), value_of::<R>());
            tell(value, || {
                tracing::debug!(target: "weakref_containers", key, "type" = value, "waiting");
            });
        }
        Self(since)
    }

    /// Called as code of the construction.
    pub(in crate::shared) fn leads<K: Side, R: Product>(self) {
        if self.0.is_told() {
            let (key, value) = (key_of::<K>(), value_of::<R>());
            tell(value, || {
                tracing::debug!(target: "weakref_containers", key, "type" = value, "making");
            });
        }
    }

    /// The construction has ended for everybody.
    pub(in crate::shared) fn ended<K: Side, R: Product>(self, made: Option<&R::Taken>) {
        if !self.0.is_told() {
            return;
        }
        let (key, value, elapsed) = (key_of::<K>(), value_of::<R>(), self.0.elapsed());
        match made {
            Some(made) => {
                let id = R::id(made).map(tracing::field::debug);
                tell(value, || {
                    tracing::debug!(target: "weakref_containers", id, key, elapsed, "type" = value, "made");
                });
            }
            None => tell(value, || {
                tracing::debug!(target: "weakref_containers", key, elapsed, "type" = value, "not made");
            }),
        }
    }

    /// Another's construction has ended.
    pub(in crate::shared) fn waited<K: Side, R: Product>(self, given: Option<&R::Taken>) {
        if self.0.is_told() {
            let (key, value, elapsed) = (key_of::<K>(), value_of::<R>(), self.0.elapsed());
            let id = given.and_then(R::id).map(tracing::field::debug);
            tell(value, || {
                tracing::debug!(target: "weakref_containers", id, key, elapsed, "type" = value, "waited");
            });
        }
    }
}

/// The values that a tier evicts to make room. They are noted under the lock; the drop reports them, after the unlock
/// and before their handles are dropped.
#[cfg(feature = "strong-tier")]
pub(in crate::shared) struct Evicted<V: ?Sized> {
    ids: Vec<ObjectId>,
    key: fn() -> &'static str,
    value: PhantomData<fn(&V)>,
}

#[cfg(feature = "strong-tier")]
impl<V: ?Sized + WeakReferenceable> Evicted<V> {
    pub(in crate::shared) const fn under<K: Side>() -> Self {
        Self {
            ids: Vec::new(),
            key: key_of::<K>,
            value: PhantomData,
        }
    }

    pub(in crate::shared) fn note(&mut self, value: Option<&Strong<V>>) {
        if let Some(value) = value.filter(|_| Since::debug().is_told()) {
            self.ids.push(Strong::id(value));
        }
    }
}

#[cfg(feature = "strong-tier")]
impl<V: ?Sized> Evicted<V> {
    /// Tells of those that were not told of yet.
    pub(in crate::shared) fn tell(&mut self) {
        let (key, value) = ((self.key)(), type_name::<V>());
        for id in self.ids.drain(..) {
            tell(value, || {
                tracing::debug!(target: "weakref_containers", ?id, key, "type" = value, "evicted");
            });
        }
    }
}

#[cfg(feature = "strong-tier")]
impl<V: ?Sized> Drop for Evicted<V> {
    fn drop(&mut self) {
        self.tell();
    }
}
