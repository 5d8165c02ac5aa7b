//! What is done with a shared map as a whole: made with room, filled, copied, compared, brought to life.

use core::hash::{BuildHasher, Hash};
use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{KeyMap, KeyMapIter};
use crate::key::{ByValue, Keying};
use crate::shared::Shares;

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, M> KeyMap<K, V, RandomState, M> {
    /// Creates an empty map with room for about `capacity` entries.
    ///
    /// The room is divided among the shards, which do not fill at the same rate: what is entered may still make some of
    /// them grow.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<u8>, u32> = WeakKeyMap::with_capacity(10);
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, S, M> KeyMap<K, V, S, M> {
    /// Creates an empty map with [room](Self::with_capacity) for about `capacity` entries, which hashes its keys with
    /// `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// use std::hash::RandomState;
    ///
    /// let map: WeakKeyMap<Object<u8>, u32> = WeakKeyMap::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.is_empty());
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        let map = Self::with_hasher(hash_builder);
        map.shards.reserve(capacity);
        map
    }

    /// Frees the memory of dead entries. There are none, but while a call is inside, which frees them when it leaves, and
    /// after a burial that failed.
    ///
    /// Returns how many entries this call has freed: as a rule none, however many have died. It is for code that is written for
    /// both families: the dead of a shared map are freed, one by one, when they die.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let user = Strong::new(Object(1));
    /// let map = WeakKeyMap::from([(&user, "data")]);
    /// drop(user);
    /// assert!(map.is_empty());
    /// assert_eq!(map.purge(), 0, "the death has freed it");
    /// ```
    #[doc(alias = "remove_expired")]
    pub fn purge(&self) -> usize {
        self.shards.settle()
    }

    /// Returns the number of entries that the map has room for. Some of its shards may have to grow before.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// assert!(WeakKeyMap::<Object<u8>, u32>::with_capacity(100).capacity() >= 100);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn capacity(&self) -> usize {
        self.shards.capacity()
    }

    /// Returns the bytes that the map has allocated for its entries. What these own is not counted, nor is what each
    /// of its shards takes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// assert_eq!(WeakKeyMap::<Object<u8>, u32>::new().allocation_size(), 0);
    /// assert!(WeakKeyMap::<Object<u8>, u32>::with_capacity(100).allocation_size() > 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn allocation_size(&self) -> usize {
        self.shards.allocation_size()
    }

    /// Makes [room](Self::with_capacity) for about `additional` more entries, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map = WeakKeyMap::<Object<u8>, u32>::new();
    /// map.reserve(100);
    /// assert!(map.capacity() >= 100);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&self, additional: usize) {
        self.shards.reserve(additional);
    }

    /// Shrinks the capacity to what is needed, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map = WeakKeyMap::<Object<u8>, u32>::with_capacity(100);
    /// map.shrink_to_fit();
    /// assert_eq!(map.capacity(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity).
    pub fn shrink_to_fit(&self) {
        self.shards.shrink_to_fit();
    }
}

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, S, M> KeyMap<K, V, S, M> {
    /// Returns the entries that are alive now, with strong handles, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let user = Strong::new(Object(1));
    /// let map = WeakKeyMap::from([(&user, "data")]);
    /// assert_eq!(map.snapshot(), [(user, "data".into())]);
    /// ```
    pub fn snapshot(&self) -> Vec<(Strong<K>, Arc<V>)> {
        self.iter().collect()
    }

    /// Returns a map of strong handles, which keeps the entries that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let user = Strong::new(Object(1));
    /// let map = WeakKeyMap::from([(&user, "data")]);
    /// let strong = map.upgrade();
    /// drop(user);
    /// assert_eq!((map.len(), strong.len()), (1, 1));
    /// ```
    pub fn upgrade(&self) -> HashMap<Strong<K>, Arc<V>, S>
    where
        K: Hash + Eq,
        S: BuildHasher + Clone,
    {
        let mut strong = HashMap::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self.iter());
        strong
    }
}

impl<'a, K: ?Sized + WeakReferenceable + 'static, V: 'static, S, M> IntoIterator
    for &'a KeyMap<K, V, S, M>
{
    type Item = (Strong<K>, Arc<V>);
    type IntoIter = KeyMapIter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K, V, S, M, P> Extend<P> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    for<'m> &'m Self: Extend<P>,
{
    /// As through a shared reference.
    fn extend<I: IntoIterator<Item = P>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

impl<K, V: 'static, S, M> Extend<(Strong<K>, V)> for &KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts the entries. Keys that nothing else keeps alive die at once, and their entries with them.
    fn extend<I: IntoIterator<Item = (Strong<K>, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(&key, value);
        }
    }
}

impl<'a, K, V: 'static, S, M> Extend<(&'a Strong<K>, V)> for &KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts the entries.
    fn extend<I: IntoIterator<Item = (&'a Strong<K>, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V, S, M> Extend<(&'a Strong<K>, &'a V)> for &KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: Clone + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts the entries: what a borrowed map of strong handles yields.
    fn extend<I: IntoIterator<Item = (&'a Strong<K>, &'a V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value.clone());
        }
    }
}

impl<'a, K, V, S, M> Extend<(Strong<K>, &'a V)> for &KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: Clone + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts the entries: what a borrowed weak map yields.
    fn extend<I: IntoIterator<Item = (Strong<K>, &'a V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(&key, value.clone());
        }
    }
}

impl<K, V: 'static, S, M, P> FromIterator<P> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    K::Slot: Shares<K, V>,
    S: Default,
    Self: Extend<P>,
{
    /// Collects entries, of handles that are owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty map.
    fn from_iter<I: IntoIterator<Item = P>>(entries: I) -> Self {
        let mut map = Self::default();
        map.extend(entries);
        map
    }
}

impl<'a, K, V: 'static, M, const N: usize> From<[(&'a Strong<K>, V); N]>
    for KeyMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    M: Keying<K>,
    K::Slot: Shares<K, V>,
{
    fn from(entries: [(&'a Strong<K>, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V: 'static, M, const N: usize> From<[(Strong<K>, V); N]> for KeyMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    M: Keying<K>,
    K::Slot: Shares<K, V>,
{
    /// Keys that nothing else keeps alive die at once, and their entries with them.
    fn from(entries: [(Strong<K>, V); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V: 'static, S, M> Clone for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher + Clone,
    M: Keying<K>,
    K::Slot: Shares<K, V>,
{
    /// Makes a map of the live entries, with registrations of its own. Both maps share the values, of which each is
    /// replaced in one of them only.
    fn clone(&self) -> Self {
        let copy = Self::with_hasher(self.hasher().clone());
        for (key, value) in self {
            copy.place(&key).insert(&value);
        }
        copy
    }
}

impl<K, V, S, S2, M> PartialEq<KeyMap<K, V, S2, M>> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: PartialEq + 'static,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<K>,
{
    /// Compares the live entries, as they are when this comes to each.
    fn eq(&self, other: &KeyMap<K, V, S2, M>) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| {
                other
                    .get_shared(M::query(&key))
                    .is_some_and(|there| there == value)
            })
    }
}

impl<K, V, S, M> Eq for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: Eq + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
}

impl<K, V, S, S2> PartialEq<HashMap<Strong<K>, V, S2>> for KeyMap<K, V, S, ByValue>
where
    K: ?Sized + WeakReferenceable + Hash + Eq + 'static,
    V: PartialEq + 'static,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries with those of a map of strong handles, as they are when this comes to each.
    fn eq(&self, other: &HashMap<Strong<K>, V, S2>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(&key) == Some(&*value))
    }
}

impl<K: ?Sized + WeakReferenceable, V: FinalizerSafe, S: FinalizerSafe, M> FinalizerSafe
    for KeyMap<K, V, S, M>
{
}
