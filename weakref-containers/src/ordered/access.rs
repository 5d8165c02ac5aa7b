//! What is done with a part of an ordered map, or with all of it, and what is put in where nothing is.

use core::borrow::Borrow;
use std::collections::BTreeMap;

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::{Drain, Entry, ExtractIf, IntoKeys, IntoValues, OccupiedEntry, WeakValueBTreeMap};

impl<K, V: ?Sized + WeakReferenceable> WeakValueBTreeMap<K, V> {
    /// Empties the map and iterates over what was alive in it, in order.
    ///
    /// The map is empty from the start, whatever becomes of the iterator.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// assert!(map.drain().map(|(key, _)| key).eq([1, 2, 3]));
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain::new(self)
    }

    /// Turns the map into an iterator over the keys of live entries, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// assert!(map.into_keys().eq([1, 2, 3]));
    /// ```
    pub fn into_keys(self) -> IntoKeys<K, V> {
        IntoKeys(self.into_iter())
    }

    /// Turns the map into an iterator over the live values, in the order of their keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// assert!(map.into_values().eq([a.clone(), a.clone(), a]));
    /// ```
    pub fn into_values(self) -> IntoValues<K, V> {
        IntoValues(self.into_iter())
    }

    /// Returns the entries that are alive now, with strong handles, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let map = WeakValueBTreeMap::from([(1, &a)]);
    /// assert_eq!(map.snapshot(), [(1, a)]);
    /// ```
    pub fn snapshot(&self) -> Vec<(K, Strong<V>)>
    where
        K: Clone,
    {
        self.iter()
            .map(|(key, value)| (key.clone(), value))
            .collect()
    }

    /// Returns a map of strong handles, which keeps the entries that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let map = WeakValueBTreeMap::from([(1, &a)]);
    /// let strong = map.upgrade();
    /// drop(a);
    /// assert_eq!((map.len(), strong[&1].0), (1, 'a'));
    /// ```
    pub fn upgrade(&self) -> BTreeMap<K, Strong<V>>
    where
        K: Ord + Clone,
    {
        let mut strong = BTreeMap::new();
        // Inserted one by one, for the reason that the drop of `ExtractIf` gives.
        for (key, value) in self {
            strong.insert(key.clone(), value);
        }
        strong
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable> WeakValueBTreeMap<K, V> {
    /// Returns the live value of a key, or makes one and puts it there.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = map.get_or_insert_with(1, || Strong::new(Object('a')));
    /// assert_eq!(map.get_or_insert_with(1, || unreachable!("it is alive")), a);
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> Strong<V>) -> Strong<V> {
        self.get_or_insert_with_key(key, |_| make())
    }

    /// Returns the live value of a key, or makes one from it and puts it there.
    ///
    /// For a key that the call takes, and the value is made from; the same as
    /// [`or_insert_with_key`](Entry::or_insert_with_key) of its entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let four = map.get_or_insert_with_key(String::from("four"), |key| Strong::new(Object(key.len())));
    /// assert_eq!(**four, 4);
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with_key(
        &mut self,
        key: K,
        make: impl FnOnce(&K) -> Strong<V>,
    ) -> Strong<V> {
        if let Some(value) = self.find(&key) {
            return drop_first((key, make), value);
        }
        let value = make(&key);
        self.put(key, &value);
        value
    }

    /// Returns the entry of a key, for a look and a change. The key of a live value stays; that of a dead one gives way
    /// to `key`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = map.entry(1).or_insert_with(|| Strong::new(Object('a')));
    /// assert_eq!(map.entry(1).or_insert_with(|| unreachable!()), a);
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        Entry::new(self, key)
    }

    /// Puts a value under a key that has no live value yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// assert!(map.try_insert(1, &a).is_ok());
    /// assert_eq!(map.try_insert(1, &b).unwrap_err().get(), &a);
    /// ```
    ///
    /// # Errors
    ///
    /// When the key has a live value; the error is its entry.
    pub fn try_insert(&mut self, key: K, value: &Strong<V>) -> Result<(), OccupiedEntry<'_, K, V>> {
        match self.entry(key) {
            Entry::Occupied(entry) => Err(entry),
            Entry::Vacant(entry) => {
                entry.insert(value);
                Ok(())
            }
        }
    }

    /// Returns the value of a key; if there is none, the given one, which is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// assert_eq!(map.get_or_insert(1, &a), a);
    /// assert_eq!(map.get_or_insert(1, &b), a);
    /// ```
    #[doc(alias = "setdefault")]
    pub fn get_or_insert(&mut self, key: K, value: &Strong<V>) -> Strong<V> {
        self.get_or_insert_with(key, || value.clone())
    }

    /// Returns the value of a key; if there is none, the one that `make` returns, which is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let failed = map.get_or_try_insert_with(1, || "x".parse::<u8>().map(|n| Strong::new(Object(n))));
    /// assert!(failed.is_err() && map.is_empty());
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn get_or_try_insert_with<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        if let Some(value) = self.find(&key) {
            return Ok(drop_first((key, make), value));
        }
        match make() {
            Ok(value) => {
                self.put(key, &value);
                Ok(value)
            }
            Err(error) => Err(drop_first(key, error)),
        }
    }

    /// Removes the live entries that `wanted` accepts, and yields them in order. Those that the iterator has not come to
    /// when it is dropped stay.
    ///
    /// Of an iterator that is leaked, no entry is left.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// assert!(map.extract_if(|key, _| key % 2 == 1).map(|(key, _)| key).eq([1, 3]));
    /// assert!(map.keys().eq(&[2]));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(n log n), of which a part when the iterator is dropped.
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&K, &Strong<V>) -> bool,
    {
        self.purge();
        ExtractIf::new(self, wanted)
    }

    /// Moves the entries from a key on into a map of their own.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// let high = map.split_off(&2);
    /// assert!(map.keys().eq(&[1]) && high.keys().eq(&[2, 3]));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(m log m) for m entries that are moved.
    #[must_use = "to drop the entries, `extract_if` or `retain` does"]
    pub fn split_off<Q>(&mut self, key: &Q) -> Self
    where
        K: Borrow<Q>,
        Q: ?Sized + Ord,
    {
        let mut high = Self::new();
        // Not by `BTreeMap::split_off`, which leaks entries when a comparison panics.
        while let Some(last) = self.entries.last_entry() {
            if last.key().borrow() < key {
                break;
            }
            let (key, value) = last.remove_entry();
            match self.end(value) {
                Some(live) => drop(high.insert(key, &live)),
                None => drop(key),
            }
        }
        high
    }

    /// Moves all live entries of another map into this one, as [`insert`](Self::insert) does, and leaves that empty.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::from([(1, &a), (2, &a), (3, &a)]);
    /// let mut more = WeakValueBTreeMap::from([(3, &a), (4, &a)]);
    /// map.append(&mut more);
    /// assert!(map.keys().eq(&[1, 2, 3, 4]) && more.is_empty());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(m log n) for m entries of the other map.
    pub fn append(&mut self, other: &mut Self) {
        self.extend(other.drain());
    }
}
