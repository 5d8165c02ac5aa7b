//! What a map with a strong tier has.

use std::hash::RandomState;

use weakref::WeakReferenceable;

use super::WeakValueMap;
use crate::shared::Shares;
use crate::shared::tier::{MaybeTier, StrongTier, len};

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static> WeakValueMap<K, V> {
    /// With the feature `strong-tier`: creates an empty map that keeps alive about those values that were used last,
    /// as many as `policy` says, so that what was just released need not be made again.
    ///
    /// A value is used when it is inserted, made, replaced by, or returned by [`get`](Self::get) and the
    /// `get_or_insert` family. `contains_key` and iteration do not count. What is removed, replaced or drained is
    /// kept no longer.
    ///
    /// The order of uses is not exact: values go in the order in which they entered, but one that was used since has a
    /// second turn. And the capacity is divided among the shards of the map, of which each lets go of its own: one may be
    /// full while another is not. The shares are the capacity together, never more, and at least 32 each: a tier of
    /// fewer than 64 makes the map one shard, whose threads exclude each other when they change it. What is heavier
    /// than a share takes of the others.
    ///
    /// Before the tier lets go of a value it asks whether anybody else holds it: to let go of that would free nothing.
    /// It sets such a value aside, where it takes no place, and takes it back as the newest one when it finds it
    /// released. It looks at those aside, some at a time, when something enters. So it keeps, at any time, values up to
    /// the capacity, and aside as much again at most: no more than twice the capacity, whatever is released at once.
    ///
    /// What the tier lets go of is dropped without any lock, before the call returns: values may use the map in
    /// their drop.
    ///
    /// Not for values that own the map, which would keep each other alive. A value under several keys is kept for each
    /// of them, and so is held by others as long as it is for two. What an `Eq` of keys asks the map for is not used by
    /// that, unless it is kept already. In a `static`, what the tier keeps alive is never dropped; see
    /// [`clear_strong_tier`](Self::clear_strong_tier).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::{StrongTier, WeakValueMap};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let images = WeakValueMap::with_strong_tier(StrongTier::entries(2));
    /// let in_use = images.get_or_insert_with("logo", || Strong::new(Image(1)));
    /// for (name, image) in [("lake", 2), ("rose", 3), ("moon", 4)] {
    ///     images.get_or_insert_with(name, || Strong::new(Image(image)));
    /// }
    /// assert!(!images.contains_key("lake"), "let go");
    /// assert!(images.contains_key("rose") && images.contains_key("moon"));
    /// drop(in_use);
    /// assert!(images.contains_key("logo"), "it was aside");
    /// images.remove("moon");
    /// assert_eq!(images.len(), 2);
    /// ```
    ///
    /// # Complexity
    ///
    /// A use of what is kept costs nothing but a bit, which is set if it is not. What enters costs O(1), amortised, under
    /// the lock of its shard. A table that grows is followed in the time that its growth takes.
    #[must_use]
    pub fn with_strong_tier(policy: StrongTier<V>) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        Self::with_strong_tier_and_hasher(policy, RandomState::new())
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S> WeakValueMap<K, V, S> {
    /// With the feature `strong-tier`: creates an empty map as [`WeakValueMap::with_strong_tier`], which hashes its
    /// keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::{StrongTier, WeakValueMap};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let images = WeakValueMap::with_strong_tier_and_hasher(StrongTier::entries(1), hasher);
    /// images.insert("logo", &Strong::new(Image));
    /// assert!(images.contains_key("logo"));
    /// ```
    pub fn with_strong_tier_and_hasher(policy: StrongTier<V>, hash_builder: S) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        let mut map = Self::divided(policy.shards(), hash_builder);
        map.tier = MaybeTier::new(policy, &map.shards);
        map
    }

    /// With the feature `strong-tier`: returns how many values the tier has a handle of, whether others hold them or
    /// not.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::{StrongTier, WeakValueMap};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let images = WeakValueMap::with_strong_tier(StrongTier::entries(1));
    /// images.insert(1, &Strong::new(Image));
    /// images.insert(2, &Strong::new(Image));
    /// assert_eq!(images.strong_tier_len(), 1);
    /// ```
    pub fn strong_tier_len(&self) -> usize {
        len(&self.shards)
    }

    /// With the feature `strong-tier`: lets go of all that the tier keeps alive, for when memory is short. What nobody
    /// else holds dies.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::{StrongTier, WeakValueMap};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let images = WeakValueMap::with_strong_tier(StrongTier::entries(10));
    /// let in_use = Strong::new(Image);
    /// images.insert(1, &in_use);
    /// images.insert(2, &Strong::new(Image));
    /// images.clear_strong_tier();
    /// assert!(images.contains_key(&1) && !images.contains_key(&2));
    /// ```
    pub fn clear_strong_tier(&self) {
        self.tier.clear(&self.shards);
    }
}
