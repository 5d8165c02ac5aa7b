//! Looking up, inserting and removing.

use core::array;
use core::hash::BuildHasher;
use core::mem;

use weakref::watch::Watched;
use weakref::{Strong, WeakReferenceable};

use super::{Entry, KeyMap, OccupiedEntry, OccupiedError, VacantEntry};
use crate::key::{Keying, Lookup};
use crate::side::Held;
use crate::table::{Occupied, Place, Row};

/// A found row and its key.
type Found<'a, K, V> = (Occupied<'a, Watched<K>, Held<V>>, Strong<K>);

impl<K, V, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert_eq!(map.get(&User(1)), Some(&"data"));
    /// assert_eq!(map.get(&User(2)), None);
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return None;
        }
        self.get_hashed(key.hash_in(&self.hash_builder), key)
    }

    #[inline]
    fn get_hashed<Q>(&self, hash: u64, key: &Q) -> Option<&V>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let is_it = |row: &Row<Watched<K>, Held<V>>| key.is_at(&row.key).then_some(());
        let (row, ()) = self.table.find(hash, is_it)?;
        Some(&row.value.0)
    }

    /// Returns the values of several keys, as [`get`](Self::get) of each does.
    ///
    /// In a map that is larger than the processor's caches this takes less time than one call after the other: what
    /// is looked at is fetched for all keys at once. The keys may be the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let users = [Strong::new(User(1)), Strong::new(User(2))];
    /// let map = WeakKeyMap::from([(&users[0], "one"), (&users[1], "two")]);
    /// let found = map.get_many([&User(1), &User(2), &User(3)]);
    /// assert_eq!(found, [Some(&"one"), Some(&"two"), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<&V>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return [None; N];
        }
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        self.table.prefetch_all(&hashes);
        array::from_fn(|which| self.get_hashed(hashes[which], keys[which]))
    }

    /// The stored keys of several keys, as [`get_many`](Self::get_many).
    pub(crate) fn get_keys<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<Strong<K>>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return [const { None }; N];
        }
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        self.table.prefetch_all(&hashes);
        array::from_fn(|which| {
            let key = keys[which];
            let (_, stored) = self.table.find(hashes[which], |row| key.find(&row.key))?;
            Some(stored)
        })
    }

    /// Returns the stored key of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(Strong::ptr_eq(&map.get_key(&User(1)).unwrap(), &user));
    /// ```
    pub fn get_key<Q>(&self, key: &Q) -> Option<Strong<K>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (key, _) = self.get_key_value(key)?;
        Some(key)
    }

    /// Returns the stored key and the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// let (key, value) = map.get_key_value(&User(1)).unwrap();
    /// assert_eq!((key.0, *value), (1, "data"));
    /// ```
    #[doc(alias = "get_both")]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(Strong<K>, &V)>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return None;
        }
        let hash = key.hash_in(&self.hash_builder);
        let (row, key) = self.table.find(hash, |row| key.find(&row.key))?;
        Some((key, &row.value.0))
    }

    /// Returns whether a key is there, alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(map.contains_key(&User(1)));
    /// drop(user);
    /// assert!(!map.contains_key(&User(1)));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.get(key).is_some()
    }

    /// Returns the value of a key, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, 5);
    /// *map.get_mut(&User(1)).unwrap() += 1;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (_, value) = self.get_key_value_mut(key)?;
        Some(value)
    }

    /// Returns the stored key and the value of a key, the value to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, 5);
    /// let (key, value) = map.get_key_value_mut(&User(1)).unwrap();
    /// *value += key.0;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    #[doc(alias = "get_both_mut")]
    pub fn get_key_value_mut<Q>(&mut self, key: &Q) -> Option<(Strong<K>, &mut V)>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (place, key) = self.find_place(key)?;
        Some((key, &mut place.into_row().value.0))
    }

    /// Returns the values of several keys, to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// map.extend([(&a, "one"), (&b, "two")]);
    /// let [one, two, none] = map.get_disjoint_mut([&User(1), &User(2), &User(3)]);
    /// std::mem::swap(one.unwrap(), two.unwrap());
    /// assert!(none.is_none());
    /// assert_eq!(map[&User(1)], "two");
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when two of the keys are the same.
    pub fn get_disjoint_mut<Q, const N: usize>(&mut self, keys: [&Q; N]) -> [Option<&mut V>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.get_key_value_disjoint_mut(keys)
            .map(|both| Some(both?.1))
    }

    /// Returns the stored keys and the values of several keys, the values to be changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// map.extend([(&a, 1), (&b, 2)]);
    /// for both in map.get_key_value_disjoint_mut([&User(1), &User(2)]) {
    ///     let (key, value) = both.unwrap();
    ///     *value += key.0;
    /// }
    /// assert_eq!((map[&User(1)], map[&User(2)]), (2, 4));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when two of the keys are the same.
    #[doc(alias = "get_both_disjoint_mut")]
    pub fn get_key_value_disjoint_mut<Q, const N: usize>(
        &mut self,
        keys: [&Q; N],
    ) -> [Option<(Strong<K>, &mut V)>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.table.bury();
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        let mut found = array::from_fn::<_, N, _>(|_| None);
        let rows = self.table.find_disjoint(hashes, |which, row| {
            found[which] = keys[which].find(&row.key);
            found[which].is_some()
        });
        let mut found = found.into_iter();
        rows.map(|row| Some((found.next()??, &mut row?.value.0)))
    }

    /// Puts a value under a key and returns the value that stood there.
    ///
    /// The key replaces the stored one. The map does not keep `key` alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// assert_eq!(map.insert(&old, "one"), None);
    /// assert_eq!(map.insert(&new, "two"), Some("one"));
    /// drop(old);
    /// assert_eq!(map.get(&User(1)), Some(&"two"), "the new key decides");
    /// drop(new);
    /// assert_eq!(map.get(&User(1)), None);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised. Apart from the table's growth it allocates only when `key` stands in several
    /// containers.
    pub fn insert(&mut self, key: &Strong<K>, value: V) -> Option<V> {
        let (_, old) = self.replace(key, value)?;
        Some(old)
    }

    /// Puts a value under a key that is not there yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// assert!(map.try_insert(&user, "one").is_ok());
    /// let occupied = map.try_insert(&user, "two").unwrap_err();
    /// assert_eq!((*occupied.entry.get(), occupied.value), ("one", "two"));
    /// ```
    ///
    /// # Errors
    ///
    /// When the key is there; the error has its entry and the value that was not inserted. The stored key
    /// stays, unless [`replace_key`](OccupiedEntry::replace_key) is called.
    pub fn try_insert(
        &mut self,
        key: &Strong<K>,
        value: V,
    ) -> Result<&mut V, OccupiedError<'_, K, V>> {
        match self.find_entry(key) {
            Entry::Occupied(entry) => Err(OccupiedError { entry, value }),
            Entry::Vacant(entry) => Ok(entry.insert(value)),
        }
    }

    /// Returns the entry of a key, for a look and a change with one lookup.
    ///
    /// If an equal key is there, `key` takes its place at once, whatever is done with the entry: from then
    /// on its life decides.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// *map.entry(&user).or_insert(0) += 1;
    /// *map.entry(&user).or_insert(0) += 1;
    /// assert_eq!(map[&User(1)], 2);
    ///
    /// let new = Strong::new(User(1));
    /// *map.entry(&new).or_insert(0) += 1;
    /// drop(user);
    /// assert_eq!(map[&User(1)], 3, "the new key decides");
    /// ```
    pub fn entry(&mut self, key: &Strong<K>) -> Entry<'_, K, V> {
        let mut entry = self.find_entry(key);
        if let Entry::Occupied(occupied) = &mut entry {
            drop(occupied.replace_key());
        }
        entry
    }

    /// Returns the value of a key; if it is not there, the given one, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// assert_eq!(*map.get_or_insert(&user, "one"), "one");
    /// assert_eq!(*map.get_or_insert(&user, "two"), "one");
    /// ```
    #[doc(alias = "setdefault")]
    pub fn get_or_insert(&mut self, key: &Strong<K>, value: V) -> &mut V {
        self.find_entry(key).or_insert(value)
    }

    /// Returns the value of a key; if it is not there, what `make` returns, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.get_or_insert_with(&user, Vec::new).push("data");
    /// assert_eq!(map[&User(1)], ["data"]);
    /// ```
    pub fn get_or_insert_with(&mut self, key: &Strong<K>, make: impl FnOnce() -> V) -> &mut V {
        self.find_entry(key).or_insert_with(make)
    }

    /// Returns the value of a key; if it is not there, what `make` returns, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<_, u8>::new();
    /// let user = Strong::new(User(1));
    /// assert!(map.get_or_try_insert_with(&user, || "x".parse()).is_err());
    /// assert_eq!(map.get_or_try_insert_with(&user, || "7".parse()), Ok(&mut 7));
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn get_or_try_insert_with<E>(
        &mut self,
        key: &Strong<K>,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        self.find_entry(key).or_try_insert_with(make)
    }

    /// Removes the entry of a key and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert_eq!(map.remove(&User(1)), Some("data"));
    /// assert_eq!(map.remove(&User(1)), None);
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of a key and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// let (key, value) = map.remove_entry(&User(1)).unwrap();
    /// assert_eq!((key.0, value), (1, "data"));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(Strong<K>, V)>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (place, key) = self.find_place(key)?;
        let (row, _) = place.remove();
        Some((key, row.value.0))
    }

    /// Puts a value under a key and returns the entry that stood there.
    pub(crate) fn replace(&mut self, key: &Strong<K>, value: V) -> Option<(Strong<K>, V)> {
        match self.place(key) {
            Place::Occupied(mut place, stored) => {
                let watched = place.graves.keys.watch(key, place.hash());
                let row = place.row_mut();
                let old_key = mem::replace(&mut row.key, watched);
                let old_value = mem::replace(&mut row.value, Held(value));
                drop(old_key);
                Some((stored, old_value.0))
            }
            Place::Vacant(place) => {
                place.insert(|graves, token| (graves.keys.watch(key, token), Held(value)));
                None
            }
        }
    }

    /// Returns the entry of a key; the stored key stays.
    pub(crate) fn find_entry(&mut self, key: &Strong<K>) -> Entry<'_, K, V> {
        match self.place(key) {
            Place::Occupied(place, stored) => {
                Entry::Occupied(OccupiedEntry::new(place, stored, key))
            }
            Place::Vacant(place) => Entry::Vacant(VacantEntry::new(place, key.clone())),
        }
    }

    /// Returns the place of a key, if it is there, and the stored key.
    fn find_place<Q>(&mut self, key: &Q) -> Option<Found<'_, K, V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.table.bury();
        if self.table.has_no_rows() {
            return None;
        }
        let hash = key.hash_in(&self.hash_builder);
        self.table.find_place(hash, |row| key.find(&row.key))
    }

    /// The place of a key, and the stored key if it is there.
    fn place(&mut self, key: &Strong<K>) -> Place<'_, Watched<K>, Held<V>, Strong<K>> {
        self.table.bury();
        let key = M::query(key);
        let hash = key.hash_in(&self.hash_builder);
        self.table.place(hash, |row| key.find(&row.key))
    }
}
