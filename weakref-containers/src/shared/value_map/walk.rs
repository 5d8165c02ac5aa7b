//! Walking, and removing what a walk comes by.

use core::fmt;
use core::hash::{BuildHasher, Hash};

use weakref::watch::drop_first;
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::{Slots, WeakValueMap};
use crate::shared::walk::Walk;
use crate::side::{Held, Side};
use crate::sync::{Bug, seeded};

type Walked<'a, K, V> =
    Walk<'a, Held<K>, Slots<V>, <V as WeakReferenceable>::Slot, (K, WeakRef<V>)>;

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S> WeakValueMap<K, V, S> {
    /// Iterates over the live values, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert_eq!(map.values().map(|image| image.0).sum::<u8>(), 7);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Strong<V>> {
        self.weak_values().filter_map(|value| value.upgrade())
    }

    /// Iterates over weak references to the values, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.weak_values().eq([Strong::downgrade(&image)]));
    /// ```
    pub fn weak_values(&self) -> impl Iterator<Item = WeakRef<V>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let rows = inside.table.rows();
                rows.filter_map(|row| row.value.weak()).collect::<Vec<_>>()
            })
        })
    }
}

impl<V: ?Sized + WeakReferenceable> Slots<V> {
    fn weak(&self) -> Option<WeakRef<V>> {
        let value = self.ready().filter(|value| Side::is_alive(*value))?;
        Some(WeakRef::clone(value))
    }
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Iterates over the live entries, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's entries are those it had when the iterator came to
    /// it, less what has died since; keys are cloned then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// for (key, image) in map.iter() {
    ///     map.remove(key);
    ///     assert_eq!(image.0, 7);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(Walk::new(&self.shards))
    }

    /// Iterates over the keys of the live entries, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.keys().eq(["logo"]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Removes the live entries that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other; an entry whose value was replaced after that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let images = [1, 2, 3].map(|id| (id, Strong::new(Image)));
    /// for (id, image) in &images {
    ///     map.insert(*id, image);
    /// }
    /// map.retain(|id, _| id % 2 == 1);
    /// assert_eq!(map.len(), 2);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &Strong<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`WeakValueMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let images = [1, 2, 3].map(|id| (id, Strong::new(Image)));
    /// for (id, image) in &images {
    ///     map.insert(*id, image);
    /// }
    /// assert_eq!(map.extract_if(|id, _| id % 2 == 1).count(), 2);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&K, &Strong<V>) -> bool,
    ) -> impl Iterator<Item = (K, Strong<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(key, |now| {
                        Strong::ptr_eq(now, value) || seeded(Bug::AnyValue)
                    })
                    .is_some()
        })
    }
}

/// Iterates over the live entries of a shared [`WeakValueMap`] as `(K, Strong<V>)`.
pub struct Iter<'a, K, V: ?Sized + WeakReferenceable>(Walked<'a, K, V>);

impl<K: Clone + 'static, V: ?Sized + WeakReferenceable + 'static> Iterator for Iter<'_, K, V> {
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<(K, Strong<V>)> {
        loop {
            let (key, value) = self.0.next(|row| {
                let value = row.value.weak()?;
                Some((row.key.0.clone(), value))
            })?;
            if let Some(value) = value.upgrade() {
                return Some((key, value));
            }
        }
    }
}

impl<'a, K, V, S> IntoIterator for &'a WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    type Item = (K, Strong<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Clone + 'static, V: ?Sized + WeakReferenceable + 'static> core::iter::FusedIterator
    for Iter<'_, K, V>
{
}

impl<K, V: ?Sized + WeakReferenceable> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}
