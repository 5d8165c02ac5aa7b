//! What a call of the strong tier lets go.

use weakref::{Strong, WeakReferenceable};

use super::super::events::Evicted;
use crate::several::Several;
use crate::side::Side;

/// Values that the tier lets go: mostly one, or none.
pub(super) struct Victims<V: ?Sized + WeakReferenceable> {
    /// First: it is told of them while they are there.
    pub(super) evicted: Evicted<V>,
    pub(super) first: Option<Strong<V>>,
    /// Where the row of the first one is, until that was looked at, or the lock is given back.
    pub(super) bucket: Option<usize>,
    pub(super) others: Several<Strong<V>>,
}

impl<V: ?Sized + WeakReferenceable> Victims<V> {
    /// None yet, of a tier under keys of this side.
    pub(super) const fn under<K: Side>() -> Self {
        Self {
            evicted: Evicted::under::<K>(),
            first: None,
            bucket: None,
            others: Several::new(),
        }
    }

    pub(super) fn push(&mut self, value: Strong<V>) {
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.others.push_back(value);
        }
    }

    /// A value that was kept under the row of a bucket, and makes room for others.
    pub(super) fn evict(&mut self, value: Option<Strong<V>>, bucket: u32) {
        self.evicted.note(value.as_ref());
        if let Some(value) = value {
            if self.first.is_none() {
                self.bucket = usize::try_from(bucket).ok();
            }
            self.push(value);
        }
    }
}
