//! Walking, and removing what a walk comes by.

use core::fmt;
use core::hash::BuildHasher;
use std::sync::Arc;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::{KeyMap, Slots};
use crate::key::Keying;
use crate::shared::walk::Walk;

type Walked<'a, K, V> =
    Walk<'a, Watched<K>, Slots<V>, <K as WeakReferenceable>::Slot, (WeakRef<K>, Arc<V>)>;

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, S, M> KeyMap<K, V, S, M> {
    /// Iterates over the live entries, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's entries are those it had when the iterator came to
    /// it, less what has died since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// for (key, _) in map.iter() {
    ///     map.remove(&*key);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> KeyMapIter<'_, K, V> {
        KeyMapIter(Walk::new(&self.shards))
    }

    /// Iterates over the live keys, as [`KeyMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert!(map.keys().eq([key]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = Strong<K>> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Iterates over the values of live entries, as [`KeyMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.values().count(), 1);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Arc<V>> {
        self.iter().map(|(key, value)| drop_first(key, value))
    }

    /// Iterates over weak references to the keys, as [`KeyMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let key = Strong::new(Object(1));
    /// let map = WeakKeyMap::from([(&key, "data")]);
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
}

impl<K, V: 'static, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let (key, other) = (Strong::from("key"), Strong::from("other"));
    /// map.insert(&key, 1);
    /// map.insert(&other, 2);
    /// map.retain(|_, value| **value > 1);
    /// assert!(map.keys().eq([other]));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&Strong<K>, &Arc<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`KeyMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.extract_if(|_, _| true).count(), 1);
    /// assert!(map.is_empty());
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&Strong<K>, &Arc<V>) -> bool,
    ) -> impl Iterator<Item = (Strong<K>, Arc<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(M::query(key), |now| Arc::ptr_eq(now, value))
                    .is_some()
        })
    }
}

/// Iterates over the live entries of a shared [`KeyMap`] as `(Strong<K>, Arc<V>)`.
pub struct KeyMapIter<'a, K: ?Sized + WeakReferenceable, V>(Walked<'a, K, V>);

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static> Iterator for KeyMapIter<'_, K, V> {
    type Item = (Strong<K>, Arc<V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, value) = self
                .0
                .next(|row| Some((WeakRef::clone(&row.key), row.value.ready()?.0.clone())))?;
            if let Some(live) = key.upgrade().map(|key| (key, value)) {
                return Some(live);
            }
        }
    }
}

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static> core::iter::FusedIterator
    for KeyMapIter<'_, K, V>
{
}

impl<K: ?Sized + WeakReferenceable, V> fmt::Debug for KeyMapIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMapIter").finish_non_exhaustive()
    }
}
