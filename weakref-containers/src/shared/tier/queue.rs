//! Handles in order of use, and what they weigh together. Decides nothing.

use core::hash::{BuildHasherDefault, Hasher};

use lru::LruCache;
use weakref::{ObjectId, Strong, WeakReferenceable};

use crate::several::Several;

/// A handle of the tier.
pub(super) struct Kept<V: ?Sized + WeakReferenceable> {
    pub(super) value: Strong<V>,
    weight: u64,
}

/// The most recent one in front. The weights are at most `capacity` together, and each is.
pub(super) struct Queue<V: ?Sized + WeakReferenceable> {
    kept: LruCache<ObjectId, Kept<V>, ById>,
    weight: u64,
    capacity: u64,
}

impl<V: ?Sized + WeakReferenceable> Kept<V> {
    pub(super) fn new(value: Strong<V>, weight: u64) -> Self {
        Self { value, weight }
    }

    /// Whether anybody but the tier holds the value. It may change at any time; then the value is let go a
    /// moment too early, or kept a while too long.
    pub(super) fn is_held_by_others(&self) -> bool {
        Strong::strong_count(&self.value) > 1
    }
}

impl<V: ?Sized + WeakReferenceable> Queue<V> {
    pub(super) fn new(capacity: u64) -> Self {
        Self {
            kept: LruCache::unbounded_with_hasher(ById::default()),
            weight: 0,
            capacity,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Puts one in front that is not there, and for which there is room.
    pub(super) fn push(&mut self, kept: Kept<V>) {
        self.weight += kept.weight;
        self.kept.put(Strong::id(&kept.value), kept);
    }

    /// Puts one in front that is there; says whether it is.
    pub(super) fn promote(&mut self, value: &Strong<V>) -> bool {
        self.kept.promote(&Strong::id(value))
    }

    /// Takes the last one out.
    pub(super) fn pop(&mut self) -> Option<Kept<V>> {
        let (_, kept) = self.kept.pop_lru()?;
        self.weight -= kept.weight;
        Some(kept)
    }

    /// Takes the last one out if there is no room for another.
    pub(super) fn pop_for(&mut self, kept: &Kept<V>) -> Option<Kept<V>> {
        if kept.weight <= self.capacity - self.weight {
            return None;
        }
        self.pop()
    }

    pub(super) fn remove(&mut self, value: &Strong<V>) -> Option<Kept<V>> {
        let kept = self.kept.pop(&Strong::id(value))?;
        self.weight -= kept.weight;
        Some(kept)
    }

    /// Takes all out, from the last one on.
    pub(super) fn clear(&mut self, let_go: &mut Several<Strong<V>>) {
        let_go.reserve(self.len());
        while let Some(kept) = self.pop() {
            let_go.push_back(kept.value);
        }
    }
}

type ById = BuildHasherDefault<Spread>;

/// Spreads addresses, of which nobody chooses any, over all bits.
#[derive(Default)]
pub(super) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_usize(usize::from(*byte));
        }
    }

    fn write_usize(&mut self, number: usize) {
        let product = (self.0 ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = product ^ (product >> 32);
    }
}
