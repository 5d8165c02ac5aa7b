//! Looking up, inserting and removing.

use core::array;
use core::hash::BuildHasher;
use core::mem;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{Entry, OccupiedEntry, PairMap, VacantEntry};
use crate::key::{Keying, Lookup};
use crate::table::Place;

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert_eq!(map.get(&User(1)).unwrap().0, 7);
    /// assert!(map.get(&User(2)).is_none());
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.find(key, Self::value_of)
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert_eq!(map.get_many([&User(1), &User(2)]), [Some(window), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<Strong<V>>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return [const { None }; N];
        }
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        self.table.prefetch_all(&hashes);
        array::from_fn(|which| self.find_hashed(hashes[which], keys[which], Self::value_of))
    }

    /// Returns the value of a row if its key is the one asked for.
    #[inline]
    fn value_of<Q>(key: &Q, stored: &Watched<K>, value: &Watched<V>) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if key.is_at(stored) {
            value.upgrade()
        } else {
            None
        }
    }

    /// Returns the stored key of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(Strong::ptr_eq(&map.get_key(&User(1)).unwrap(), &user));
    /// ```
    pub fn get_key<Q>(&self, key: &Q) -> Option<Strong<K>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.find(key, |key, stored, value| {
            key.find(stored).filter(|_| value.is_alive())
        })
    }

    /// Returns the stored key and the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// let (key, value) = map.get_key_value(&User(1)).unwrap();
    /// assert_eq!((key.0, value.0), (1, 7));
    /// ```
    #[doc(alias = "get_both")]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(Strong<K>, Strong<V>)>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.find(key, |key, stored, value| {
            Some((key.find(stored)?, value.upgrade()?))
        })
    }

    /// Returns whether a key is there, alive as its value is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.contains_key(&User(1)));
    /// drop(window);
    /// assert!(!map.contains_key(&User(1)));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let found = self.find(key, |key, stored, value| {
            (key.is_at(stored) && value.is_alive()).then_some(())
        });
        found.is_some()
    }

    /// Puts a value under a key and returns the live value that stood there.
    ///
    /// The key replaces the stored one. The map keeps neither alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let window = Strong::new(Window(7));
    /// assert!(map.insert(&old, &window).is_none());
    /// assert_eq!(map.insert(&new, &window).unwrap().0, 7);
    /// drop(old);
    /// assert!(map.contains_key(&User(1)), "the new key decides");
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised. Apart from the table's growth it allocates only when an object stands in
    /// several containers.
    pub fn insert(&mut self, key: &Strong<K>, value: &Strong<V>) -> Option<Strong<V>> {
        match self.place(key) {
            Place::Occupied(mut place, stored) => {
                let token = place.hash();
                let new_key = place.graves.keys.watch(key, token);
                let new_value = place.graves.values.watch(value, token);
                let row = place.row_mut();
                let old_key = mem::replace(&mut row.key, new_key);
                let old_value = mem::replace(&mut row.value, new_value);
                drop(old_key);
                drop_first(stored, old_value.upgrade())
            }
            Place::Vacant(place) => {
                place.insert(|graves, token| {
                    let key = graves.keys.watch(key, token);
                    (key, graves.values.watch(value, token))
                });
                None
            }
        }
    }

    /// Puts a value under a key that has no live value yet.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert!(map.try_insert(&user, &window).is_ok());
    /// assert_eq!(map.try_insert(&user, &window).unwrap_err().get().0, 7);
    /// ```
    ///
    /// # Errors
    ///
    /// When the key has a live value; the error is its entry. The stored key stays, unless
    /// [`replace_key`](OccupiedEntry::replace_key) is called.
    pub fn try_insert(
        &mut self,
        key: &Strong<K>,
        value: &Strong<V>,
    ) -> Result<(), OccupiedEntry<'_, K, V>> {
        match self.find_entry(key) {
            Entry::Occupied(entry) => Err(entry),
            Entry::Vacant(entry) => {
                entry.insert_entry(value);
                Ok(())
            }
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// let first = map.entry(&user).or_insert_with(|| Strong::new(Window(7)));
    /// let again = map.entry(&user).or_insert_with(|| unreachable!());
    /// assert!(Strong::ptr_eq(&first, &again));
    ///
    /// let new = Strong::new(User(1));
    /// map.entry(&new).and_modify(|_| ()).key();
    /// drop(user);
    /// assert!(map.contains_key(&User(1)), "the new key decides");
    /// ```
    pub fn entry(&mut self, key: &Strong<K>) -> Entry<'_, K, V> {
        let mut entry = self.find_entry(key);
        if let Entry::Occupied(occupied) = &mut entry {
            drop(occupied.replace_key());
        }
        entry
    }

    /// Returns the entry of a key; the stored key stays.
    fn find_entry(&mut self, key: &Strong<K>) -> Entry<'_, K, V> {
        let place = match self.place(key) {
            Place::Vacant(place) => place,
            Place::Occupied(place, stored) => match place.row().value.upgrade() {
                Some(value) => {
                    return Entry::Occupied(OccupiedEntry::new(place, stored, value, key));
                }
                // The value died during the lookup.
                None => place.remove().1,
            },
        };
        Entry::Vacant(VacantEntry::new(place, key.clone()))
    }

    /// Returns the value of a key; if there is none, the given one, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// let (a, b) = (Strong::new(Window(1)), Strong::new(Window(2)));
    /// assert_eq!(map.get_or_insert(&user, &a).0, 1);
    /// assert_eq!(map.get_or_insert(&user, &b).0, 1);
    /// ```
    #[doc(alias = "setdefault")]
    pub fn get_or_insert(&mut self, key: &Strong<K>, value: &Strong<V>) -> Strong<V> {
        self.find_entry(key).or_insert(value)
    }

    /// Returns the value of a key; if there is none, the one that `make` returns, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// assert_eq!(map.get_or_insert_with(&user, || Strong::new(Window(1))).0, 1);
    /// assert!(map.is_empty(), "nobody kept the window");
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with(
        &mut self,
        key: &Strong<K>,
        make: impl FnOnce() -> Strong<V>,
    ) -> Strong<V> {
        self.find_entry(key).or_insert_with(make)
    }

    /// Returns the value of a key; if there is none, the one that `make` returns, which is inserted.
    /// A stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// let window = map.get_or_try_insert_with(&user, || "7".parse().map(|n| Strong::new(Window(n))));
    /// assert_eq!(window.unwrap().0, 7);
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn get_or_try_insert_with<E>(
        &mut self,
        key: &Strong<K>,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        self.find_entry(key).or_try_insert_with(make)
    }

    /// Removes the entry of a key and returns its value if it was alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert_eq!(map.remove(&User(1)).unwrap().0, 7);
    /// assert!(map.remove(&User(1)).is_none());
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let (_, value) = self.remove_entry(key)?;
        Some(value)
    }

    /// Removes the entry of a key and returns it if it was alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// let (key, value) = map.remove_entry(&User(1)).unwrap();
    /// assert_eq!((key.0, value.0), (1, 7));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(Strong<K>, Strong<V>)>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.table.bury();
        if self.table.has_no_rows() {
            return None;
        }
        let hash = key.hash_in(&self.hash_builder);
        let (place, key) = self.table.find_place(hash, |row| key.find(&row.key))?;
        let (row, _) = place.remove();
        Some((key, row.value.upgrade()?))
    }

    /// Finds the live entry of a key; `live` decides that from its two sides.
    #[inline]
    fn find<Q, H>(
        &self,
        key: &Q,
        live: impl Fn(&Q, &Watched<K>, &Watched<V>) -> Option<H>,
    ) -> Option<H>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        if self.table.has_no_rows() {
            return None;
        }
        self.find_hashed(key.hash_in(&self.hash_builder), key, live)
    }

    /// As [`Self::find`], of a key with this hash.
    #[inline]
    fn find_hashed<Q, H>(
        &self,
        hash: u64,
        key: &Q,
        live: impl Fn(&Q, &Watched<K>, &Watched<V>) -> Option<H>,
    ) -> Option<H>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let found = self.table.find(hash, |row| live(key, &row.key, &row.value));
        Some(found?.1)
    }

    /// The place of a key, and the stored key if it is there. Its value may be dead.
    fn place(&mut self, key: &Strong<K>) -> Place<'_, Watched<K>, Watched<V>, Strong<K>> {
        self.table.bury();
        let key = M::query(key);
        let hash = key.hash_in(&self.hash_builder);
        self.table.place(hash, |row| key.find(&row.key))
    }
}
