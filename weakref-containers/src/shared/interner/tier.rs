//! What an interner with a strong tier has.

use std::hash::RandomState;

use weakref::Object;

use super::Interner;
use crate::shared::Shared;
use crate::shared::tier::{MaybeTier, StrongTier, len};

impl<T: ?Sized + 'static> Interner<T> {
    /// With the feature `strong-tier`: creates an empty interner that keeps alive about those objects that were used
    /// last, as [`WeakValueMap::with_strong_tier`](crate::shared::WeakValueMap::with_strong_tier) does. An object is used when it
    /// is returned by anything but iteration.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// let names = Interner::<str>::with_strong_tier(StrongTier::entries(1));
    /// names.intern("rose");
    /// assert!(names.get("rose").is_some());
    /// names.intern("lily");
    /// assert!(names.get("rose").is_none());
    /// ```
    #[must_use]
    pub fn with_strong_tier(policy: StrongTier<Object<T>>) -> Self
    where
        T: Shared,
    {
        Self::with_strong_tier_and_hasher(policy, RandomState::new())
    }
}

impl<T: ?Sized + 'static, S> Interner<T, S> {
    /// With the feature `strong-tier`: creates an empty interner as [`Interner::with_strong_tier`], which hashes its
    /// values with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let policy = StrongTier::entries(1);
    /// let names = Interner::<str, _>::with_strong_tier_and_hasher(policy, hasher);
    /// names.intern("rose");
    /// assert_eq!(names.len(), 1);
    /// ```
    pub fn with_strong_tier_and_hasher(policy: StrongTier<Object<T>>, hash_builder: S) -> Self
    where
        T: Shared,
    {
        let mut interner = Self::divided(policy.shards(), hash_builder);
        interner.tier = MaybeTier::new(policy, &interner.set.shards);
        interner
    }

    /// With the feature `strong-tier`: returns how many objects the tier has a handle of, as
    /// [`WeakValueMap::strong_tier_len`](crate::shared::WeakValueMap::strong_tier_len).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// let names = Interner::<str>::with_strong_tier(StrongTier::entries(10));
    /// names.intern("rose");
    /// assert_eq!(names.strong_tier_len(), 1);
    /// ```
    pub fn strong_tier_len(&self) -> usize {
        len(&self.set.shards)
    }

    /// With the feature `strong-tier`: lets go of all that the tier keeps alive, as
    /// [`WeakValueMap::clear_strong_tier`](crate::shared::WeakValueMap::clear_strong_tier).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref_containers::shared::{Interner, StrongTier};
    /// let names = Interner::<str>::with_strong_tier(StrongTier::entries(10));
    /// names.intern("rose");
    /// names.clear_strong_tier();
    /// assert!(names.is_empty());
    /// ```
    pub fn clear_strong_tier(&self) {
        self.tier.clear(&self.set.shards);
    }
}
