//! Walking, and removing what a walk comes by.

use core::fmt;
use core::hash::BuildHasher;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::{PairMap, Slots};
use crate::key::Keying;
use crate::shared::walk::Walk;

type Walked<'a, K, V> =
    Walk<'a, Watched<K>, Slots<V>, <K as WeakReferenceable>::Slot, (WeakRef<K>, WeakRef<V>)>;

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S,
    M,
> PairMap<K, V, S, M>
{
    /// Iterates over the live entries, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's entries are those it had when the iterator came to
    /// it, less what has died since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// for (key, _) in map.iter() {
    ///     map.remove(&*key);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> PairMapIter<'_, K, V> {
        PairMapIter(Walk::new(&self.shards))
    }

    /// Iterates over the live keys, as [`PairMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// assert!(map.keys().eq([key]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = Strong<K>> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Iterates over the values of live entries, as [`PairMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// assert_eq!(map.values().count(), 1);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Strong<V>> {
        self.iter().map(|(key, value)| drop_first(key, value))
    }

    /// Iterates over weak references to the keys, as [`PairMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let (key, value) = (Strong::new(Object(1)), Strong::new(Object(7)));
    /// let map = WeakPairMap::from([(&key, &value)]);
    /// assert!(map.weak_keys().eq([Strong::downgrade(&key)]));
    /// ```
    pub fn weak_keys(&self) -> impl Iterator<Item = WeakRef<K>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                live.map(|row| WeakRef::clone(&row.key)).collect::<Vec<_>>()
            })
        })
    }

    /// Iterates over weak references to the values, as [`PairMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let (key, value) = (Strong::new(Object(1)), Strong::new(Object(7)));
    /// let map = WeakPairMap::from([(&key, &value)]);
    /// assert!(map.weak_values().eq([Strong::downgrade(&value)]));
    /// ```
    pub fn weak_values(&self) -> impl Iterator<Item = WeakRef<V>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                live.filter_map(|row| row.value.ready().map(|value| WeakRef::clone(value)))
                    .collect::<Vec<_>>()
            })
        })
    }
}

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Removes the live entries that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other; an entry whose value was replaced after that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let (key, other) = (Strong::from("key"), Strong::from("other"));
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// map.insert(&key, &one);
    /// map.insert(&other, &two);
    /// map.retain(|_, value| ***value > 1);
    /// assert!(map.keys().eq([other]));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&Strong<K>, &Strong<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`PairMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// assert_eq!(map.extract_if(|_, _| true).count(), 1);
    /// assert!(map.is_empty());
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&Strong<K>, &Strong<V>) -> bool,
    ) -> impl Iterator<Item = (Strong<K>, Strong<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(M::query(key), |now| Strong::ptr_eq(now, value))
                    .is_some()
        })
    }
}

/// Iterates over the live entries of a shared [`PairMap`] as `(Strong<K>, Strong<V>)`.
pub struct PairMapIter<
    'a,
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable<Slot = K::Slot>,
>(Walked<'a, K, V>);

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
> Iterator for PairMapIter<'_, K, V>
{
    type Item = (Strong<K>, Strong<V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, value) = self
                .0
                .next(|row| Some((WeakRef::clone(&row.key), WeakRef::clone(row.value.ready()?))))?;
            if let Some(live) = key.upgrade().zip(value.upgrade()) {
                return Some(live);
            }
        }
    }
}

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
> core::iter::FusedIterator for PairMapIter<'_, K, V>
{
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot>> fmt::Debug
    for PairMapIter<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairMapIter").finish_non_exhaustive()
    }
}
