//! What is done with a shared map as a whole: made with room, filled, copied, compared, brought to life.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};
use std::collections::HashMap;
use std::hash::RandomState;

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::WeakValueMap;
use crate::shared::Shares;

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static> WeakValueMap<K, V, RandomState> {
    /// Creates an empty map with room for about `capacity` entries.
    ///
    /// The room is divided among the shards, which do not fill at the same rate: what is entered may still make some of
    /// them grow.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map: WeakValueMap<u32, Object<u8>> = WeakValueMap::with_capacity(10);
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S> WeakValueMap<K, V, S> {
    /// Creates an empty map with [room](Self::with_capacity) for about `capacity` entries, which hashes its keys with
    /// `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakValueMap;
    /// use std::hash::RandomState;
    ///
    /// let map: WeakValueMap<u32, Object<u8>> = WeakValueMap::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.is_empty());
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self
    where
        V::Slot: Shares<K, V>,
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// let image = Strong::new(Object(7));
    /// let map = WeakValueMap::from([("logo", &image)]);
    /// drop(image);
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// assert!(WeakValueMap::<u32, Object<u8>>::with_capacity(100).capacity() >= 100);
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// assert_eq!(WeakValueMap::<u32, Object<u8>>::new().allocation_size(), 0);
    /// assert!(WeakValueMap::<u32, Object<u8>>::with_capacity(100).allocation_size() > 0);
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map = WeakValueMap::<u32, Object<u8>>::new();
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map = WeakValueMap::<u32, Object<u8>>::with_capacity(100);
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

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Returns the live value of a key, or makes one, as [`WeakValueMap::get_or_insert_with`]: the key is made from
    /// `key` only if there is no value. It is made by [`ToOwned`], as a `String` of a `str`; a key that is a handle, such as a
    /// `Strong<Object<str>>` or an `Arc<str>`, is none's: ask by [`get`](Self::get) first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map = WeakValueMap::<String, Object<u32>>::new();
    /// let image = map.get_or_insert_with_ref("logo", || Strong::new(Object(7)));
    /// let same = map.get_or_insert_with_ref("logo", || unreachable!("it is alive"));
    /// assert!(Strong::ptr_eq(&image, &same));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_insert_with_ref<Q>(&self, key: &Q, make: impl FnOnce() -> Strong<V>) -> Strong<V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + ToOwned<Owned = K>,
    {
        match self.get(key) {
            Some(value) => drop_first(make, value),
            None => self.get_or_insert_with(key.to_owned(), make),
        }
    }

    /// Returns the live value of a key, or makes one from it, as [`WeakValueMap::get_or_insert_with`].
    ///
    /// The map is given its key before the value is made: a clone of `key`, which is made only if no value is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map = WeakValueMap::<String, Object<usize>>::new();
    /// let image = map.get_or_insert_with_key(String::from("logo"), |key| Strong::new(Object(key.len())));
    /// let same = map.get_or_insert_with_key(String::from("logo"), |_| unreachable!("it is alive"));
    /// assert_eq!((&image, **image), (&same, 4));
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_insert_with_key(&self, key: K, make: impl FnOnce(&K) -> Strong<V>) -> Strong<V>
    where
        K: Clone,
    {
        let value = self.get_or_insert_with_ref(&key, || make(&key));
        drop_first(key, value)
    }

    /// Returns the live value of a key, or makes one, as [`WeakValueMap::get_or_insert_with_ref`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakValueMap;
    /// let map = WeakValueMap::<String, Object<u32>>::new();
    /// let failed = map.get_or_try_insert_with_ref("logo", || Err("not found"));
    /// assert_eq!(failed.unwrap_err(), "not found");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_try_insert_with_ref<Q, E>(
        &self,
        key: &Q,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + ToOwned<Owned = K>,
    {
        match self.get(key) {
            Some(value) => Ok(drop_first(make, value)),
            None => self.get_or_try_insert_with(key.to_owned(), make),
        }
    }
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Returns the entries that are alive now, with strong handles, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakValueMap;
    /// let image = Strong::new(Object(7));
    /// let map = WeakValueMap::from([("logo", &image)]);
    /// assert_eq!(map.snapshot(), [("logo", image)]);
    /// ```
    pub fn snapshot(&self) -> Vec<(K, Strong<V>)> {
        self.iter().collect()
    }

    /// Returns a map of strong handles, which keeps the entries that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakValueMap;
    /// let image = Strong::new(Object(7));
    /// let map = WeakValueMap::from([("logo", &image)]);
    /// let strong = map.upgrade();
    /// drop(image);
    /// assert_eq!((map.len(), strong.len()), (1, 1));
    /// ```
    pub fn upgrade(&self) -> HashMap<K, Strong<V>, S>
    where
        S: Clone,
    {
        let mut strong = HashMap::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self.iter());
        strong
    }
}

impl<K, V, S, P> Extend<P> for WeakValueMap<K, V, S>
where
    V: ?Sized + WeakReferenceable,
    for<'m> &'m Self: Extend<P>,
{
    /// As through a shared reference.
    fn extend<I: IntoIterator<Item = P>>(&mut self, entries: I) {
        (&*self).extend(entries);
    }
}

impl<K, V, S> Extend<(K, Strong<V>)> for &WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Inserts the entries. Values that nothing else keeps alive die at once, and their entries with them.
    fn extend<I: IntoIterator<Item = (K, Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, &value);
        }
    }
}

impl<'a, K, V, S> Extend<(K, &'a Strong<V>)> for &WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Inserts the entries.
    fn extend<I: IntoIterator<Item = (K, &'a Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V, S> Extend<(&'a K, &'a Strong<V>)> for &WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Inserts the entries: what a borrowed map of strong handles yields.
    fn extend<I: IntoIterator<Item = (&'a K, &'a Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key.clone(), value);
        }
    }
}

impl<'a, K, V, S> Extend<(&'a K, Strong<V>)> for &WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// Inserts the entries: what a borrowed weak map yields.
    fn extend<I: IntoIterator<Item = (&'a K, Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key.clone(), &value);
        }
    }
}

impl<K: 'static, V, S, P> FromIterator<P> for WeakValueMap<K, V, S>
where
    V: ?Sized + WeakReferenceable + 'static,
    V::Slot: Shares<K, V>,
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

impl<'a, K, V, const N: usize> From<[(K, &'a Strong<V>); N]> for WeakValueMap<K, V, RandomState>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    V::Slot: Shares<K, V>,
{
    fn from(entries: [(K, &'a Strong<V>); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, const N: usize> From<[(K, Strong<V>); N]> for WeakValueMap<K, V, RandomState>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    V::Slot: Shares<K, V>,
{
    /// Values that nothing else keeps alive die at once, and their entries with them.
    fn from(entries: [(K, Strong<V>); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K, V, S> Clone for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher + Clone,
    V::Slot: Shares<K, V>,
{
    /// Makes a map of the live entries, with registrations of its own. It has no strong tier.
    fn clone(&self) -> Self {
        let mut copy = Self::with_hasher(self.hasher().clone());
        copy.extend(self);
        copy
    }
}

impl<K, V, S, S2> PartialEq<WeakValueMap<K, V, S2>> for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + PartialEq + 'static,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries, as they are when this comes to each.
    fn eq(&self, other: &WeakValueMap<K, V, S2>) -> bool {
        self.len() == other.len()
            && self.iter().all(|(key, value)| {
                other
                    .find(other.hasher().hash_one(&key), &key)
                    .is_some_and(|there| *there == *value)
            })
    }
}

impl<K, V, S> Eq for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + Eq + 'static,
    S: BuildHasher,
{
}

impl<K, V, S, S2> PartialEq<HashMap<K, Strong<V>, S2>> for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + PartialEq + 'static,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries with those of a map of strong handles, as they are when this comes to each.
    fn eq(&self, other: &HashMap<K, Strong<V>, S2>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(&key) == Some(&value))
    }
}

weakref::__private::if_traced! {
    // What has a tier without handles, or none, is as `FinalizerSafe` as any other map is.
    #[doc(hidden)]
    impl<K, V, S> weakref::__private::Visit for WeakValueMap<K, V, S>
    where
        K: weakref::FinalizerSafe + 'static,
        V: ?Sized + WeakReferenceable + 'static,
        S: weakref::FinalizerSafe,
    {
        fn visit(&self, visitor: &mut weakref::__private::Visitor<'_>) {
            if self.tier.has_handles(&self.shards) {
                visitor.hide_type::<Self>();
            }
        }
    }
}
