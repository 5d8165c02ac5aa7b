//! What scenarios keep in the shared containers, and how it is hashed.

use std::borrow::Borrow;
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::sync::Arc;

use weakref::{SyncSlot, WeakReferenceable};
use weakref_containers::shared;

use crate::cells::Small;

/// A map of keys that it owns.
pub(crate) type Map = shared::WeakValueMap<Key, Small, BuildHasherDefault<LowBits>>;
pub(crate) type Set = shared::WeakSet<Member, BuildHasherDefault<LowBits>>;
pub(crate) type Interner = shared::Interner<Member, BuildHasherDefault<LowBits>>;
pub(crate) type KeyMap = shared::WeakKeyMap<Member, (), BuildHasherDefault<LowBits>>;
pub(crate) type Pairs = shared::WeakPairMap<Member, Small, BuildHasherDefault<LowBits>>;

/// Numbers that differ by eight have one hash.
#[derive(Default)]
pub(crate) struct LowBits(u64);

impl Hasher for LowBits {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only numbers are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number % 8;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Counts keys.
#[derive(Clone, Default)]
pub(crate) struct Keys(Arc<()>);

impl Keys {
    pub(crate) fn key(&self, number: u64) -> Key {
        Key {
            number,
            _counted: self.clone(),
        }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

/// A key that a map owns.
#[derive(Clone)]
pub(crate) struct Key {
    number: u64,
    _counted: Keys,
}

impl Borrow<u64> for Key {
    fn borrow(&self) -> &u64 {
        &self.number
    }
}

/// A member that is found by its number.
pub(crate) struct Member {
    number: u64,
    value: Small,
}

impl WeakReferenceable for Member {
    type Slot = SyncSlot;
}

impl Member {
    pub(crate) fn new(number: u64) -> Self {
        Self {
            number,
            value: Small::new(),
        }
    }

    pub(crate) fn read(&self) {
        self.value.read();
    }
}

impl Borrow<u64> for Member {
    fn borrow(&self) -> &u64 {
        &self.number
    }
}

macro_rules! by_number {
    ($type:ty) => {
        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                self.number == other.number
            }
        }

        impl Eq for $type {}

        impl Hash for $type {
            fn hash<H: Hasher>(&self, hasher: &mut H) {
                self.number.hash(hasher);
            }
        }
    };
}

by_number!(Key);
by_number!(Member);
