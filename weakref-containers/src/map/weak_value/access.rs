//! Looking up, inserting and removing.

use core::array;
use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{Entry, OccupiedEntry, VacantEntry, WeakValueMap};
use crate::side::Held;
use crate::table::{Place, Row};

/// A row of this kind of map.
pub(super) type ValueRow<K, V> = Row<Held<K>, Watched<V>>;

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Returns the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert(String::from("logo"), &image);
    /// assert_eq!(map.get("logo").unwrap().0, 7);
    /// assert!(map.get("photo").is_none());
    /// ```
    #[inline]
    pub fn get<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let (_, value) = self.find(key, |value| value.upgrade())?;
        Some(value)
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let images = [(1, Strong::new(Image(10))), (2, Strong::new(Image(20)))];
    /// let map: WeakValueMap<_, _> = images.iter().map(|(id, image)| (*id, image)).collect();
    /// let [one, two, none] = map.get_many([&1, &2, &3]);
    /// assert_eq!((one.unwrap().0, two.unwrap().0), (10, 20));
    /// assert!(none.is_none());
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<Strong<V>>; N]
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        if self.table.has_no_rows() {
            return [const { None }; N];
        }
        let hashes = keys.map(|key| self.hash_builder.hash_one(key));
        self.table.prefetch_all(&hashes);
        array::from_fn(|which| {
            let (_, value) =
                self.find_hashed(hashes[which], keys[which], |value| value.upgrade())?;
            Some(value)
        })
    }

    /// Returns the stored key and the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert(String::from("logo"), &image);
    /// let (key, value) = map.get_key_value("logo").unwrap();
    /// assert_eq!((key.as_str(), value.0), ("logo", 7));
    /// ```
    #[inline]
    pub fn get_key_value<Q>(&self, key: &Q) -> Option<(&K, Strong<V>)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.find(key, |value| value.upgrade())
    }

    /// Returns whether a key has a live value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert!(map.contains_key(&1));
    /// drop(image);
    /// assert!(!map.contains_key(&1));
    /// ```
    #[inline]
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.find(key, |value| value.is_alive().then_some(()))
            .is_some()
    }

    /// Puts a value under a key and returns the live value that stood there.
    ///
    /// The key replaces the stored one. The map does not keep `value` alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let (old, new) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert!(map.insert("logo", &old).is_none());
    /// assert_eq!(map.insert("logo", &new).unwrap().0, 1);
    /// drop(old);
    /// assert_eq!(map.get("logo").unwrap().0, 2, "the old value's death is not the entry's");
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised. Apart from the table's growth it allocates only when `value` stands in
    /// several containers.
    pub fn insert(&mut self, key: K, value: &Strong<V>) -> Option<Strong<V>> {
        match self.place(&key) {
            Place::Occupied(mut place, ()) => {
                let watched = place.graves.values.watch(value, place.hash());
                let old = place.replace((Held(key), watched));
                let Some(value) = old.value.upgrade() else {
                    // It died during the lookup.
                    place.bury(old);
                    return None;
                };
                drop(old.value);
                drop_first(old.key, Some(value))
            }
            Place::Vacant(place) => {
                place.insert(|graves, token| (Held(key), graves.values.watch(value, token)));
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert!(map.try_insert("logo", &a).is_ok());
    /// let occupied = map.try_insert("logo", &b).unwrap_err();
    /// assert_eq!(occupied.get().0, 1);
    /// ```
    ///
    /// # Errors
    ///
    /// When the key has a live value; the error is its entry.
    pub fn try_insert(&mut self, key: K, value: &Strong<V>) -> Result<(), OccupiedEntry<'_, K, V>> {
        match self.entry(key) {
            Entry::Occupied(entry) => Err(entry),
            Entry::Vacant(entry) => {
                entry.insert_entry(value);
                Ok(())
            }
        }
    }

    /// Returns the entry of a key, for a look and a change with one lookup.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let first = map.entry("logo").or_insert_with(|| Strong::new(Image(1)));
    /// let again = map.entry("logo").or_insert_with(|| unreachable!());
    /// assert!(Strong::ptr_eq(&first, &again));
    /// ```
    pub fn entry(&mut self, key: K) -> Entry<'_, K, V> {
        let place = match self.place(&key) {
            Place::Vacant(place) => place,
            Place::Occupied(place, ()) => match place.row().value.upgrade() {
                Some(value) => {
                    return Entry::Occupied(OccupiedEntry::new(place, value, Some(key)));
                }
                // The value died during the lookup.
                None => place.evict(),
            },
        };
        Entry::Vacant(VacantEntry::new(place, key))
    }

    /// Returns the value of a key; if there is none, the given one, which is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert_eq!(map.get_or_insert("logo", &a).0, 1);
    /// assert_eq!(map.get_or_insert("logo", &b).0, 1);
    /// ```
    #[doc(alias = "setdefault")]
    pub fn get_or_insert(&mut self, key: K, value: &Strong<V>) -> Strong<V> {
        self.entry(key).or_insert(value)
    }

    /// Returns the value of a key; if there is none, the one that `make` returns, which is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = map.get_or_insert_with("logo", || Strong::new(Image(1)));
    /// assert_eq!(map.get("logo").unwrap().0, 1);
    /// drop(image);
    /// assert_eq!(map.get_or_insert_with("logo", || Strong::new(Image(2))).0, 2);
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> Strong<V>) -> Strong<V> {
        self.entry(key).or_insert_with(make)
    }

    /// Returns the value of a key; if there is none, the one that `make` returns for it, which is inserted.
    ///
    /// For a key that the call takes, and the value is made from; the same as
    /// [`or_insert_with_key`](Entry::or_insert_with_key) of its entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(usize);
    /// let mut map = WeakValueMap::new();
    /// let image = map.get_or_insert_with_key(String::from("logo"), |key| Strong::new(Image(key.len())));
    /// assert_eq!(image.0, 4);
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with_key(
        &mut self,
        key: K,
        make: impl FnOnce(&K) -> Strong<V>,
    ) -> Strong<V> {
        self.entry(key).or_insert_with_key(make)
    }

    /// Returns the value of a key; if there is none, the one that `make` returns, which is inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = map.get_or_try_insert_with("logo", || "7".parse().map(|n| Strong::new(Image(n))));
    /// assert_eq!(image.unwrap().0, 7);
    /// let image = map.get_or_try_insert_with("photo", || "x".parse().map(|n| Strong::new(Image(n))));
    /// assert!(image.is_err() && !map.contains_key("photo"));
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
        self.entry(key).or_try_insert_with(make)
    }

    /// Removes the entry of a key and returns its value if it was alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert(1, &image);
    /// assert_eq!(map.remove(&1).unwrap().0, 7);
    /// assert!(map.remove(&1).is_none());
    /// ```
    pub fn remove<Q>(&mut self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// let (key, value) = map.remove_entry("logo").unwrap();
    /// assert_eq!((key, value.0), ("logo", 7));
    /// ```
    pub fn remove_entry<Q>(&mut self, key: &Q) -> Option<(K, Strong<V>)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.table.bury();
        let hash = self.hash_builder.hash_one(key);
        let (place, ()) = self
            .table
            .find_place(hash, |row| (row.key.0.borrow() == key).then_some(()))?;
        let Some(value) = place.row().value.upgrade() else {
            place.evict();
            return None;
        };
        let (row, _) = place.remove();
        Some((row.key.0, value))
    }

    /// Finds the live entry of a key; `live` decides that from its value.
    #[inline]
    fn find<Q, H>(&self, key: &Q, live: impl Fn(&Watched<V>) -> Option<H>) -> Option<(&K, H)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        if self.table.has_no_rows() {
            return None;
        }
        self.find_hashed(self.hash_builder.hash_one(key), key, live)
    }

    /// As [`Self::find`], of a key with this hash.
    #[inline]
    fn find_hashed<Q, H>(
        &self,
        hash: u64,
        key: &Q,
        live: impl Fn(&Watched<V>) -> Option<H>,
    ) -> Option<(&K, H)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hit = |row: &ValueRow<K, V>| {
            if row.key.0.borrow() == key {
                live(&row.value)
            } else {
                None
            }
        };
        let (row, live) = self.table.find(hash, hit)?;
        Some((&row.key.0, live))
    }

    /// The place of a key, whose value may have died during the lookup.
    pub(super) fn place<Q>(&mut self, key: &Q) -> Place<'_, Held<K>, Watched<V>, ()>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.table.bury();
        let hash = self.hash_builder.hash_one(key);
        self.table
            .place(hash, |row| (row.key.0.borrow() == key).then_some(()))
    }
}
