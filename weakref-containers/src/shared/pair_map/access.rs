//! Looking up, inserting, replacing and removing.

use core::hash::BuildHasher;
use core::marker::PhantomData;

use weakref::watch::Watched;
use weakref::{Strong, WeakReferenceable};

use super::PairMap;
use crate::key::{Keying, Lookup};
use crate::shared::calls::{Target, WatchedKey, change_if, replace_value};
use crate::shared::found::{find_value, find_values, look_for_entry};

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns the value of a key, if both are alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let (key, value) = (Strong::from("key"), Strong::new(Object(1)));
    /// map.insert(&key, &value);
    /// assert_eq!(map.get("key"), Some(value));
    /// assert_eq!(map.get("key"), None, "that was its last handle");
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        find_value(self.shards.of(hash), hash, key)
    }

    /// Returns the values of several keys, as [`get`](Self::get) of each does.
    ///
    /// In a map that is larger than the processor's caches this takes less time than one call after the other: what
    /// is looked at is fetched for all keys at once. The keys may be the same.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let (key, value) = (Strong::from("key"), Strong::new(Object(1)));
    /// map.insert(&key, &value);
    /// assert_eq!(map.get_many(["key", "other"]), [Some(value), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<Strong<V>>; N]
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        find_values(&self.shards, &hashes, keys)
    }

    /// Returns whether a key has a live entry.
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
    /// assert!(map.contains_key("key") && !map.contains_key("other"));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.get(key).is_some()
    }

    /// Puts a value under a key and returns the one that stood there. The key takes the place of the stored
    /// one: from then on its life decides. A construction of that key which is under way ends with `value`: those who
    /// wait for it have it at once, and the one who makes has it when its `make` is done, which is not interrupted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// assert!(map.insert(&key, &one).is_none());
    /// assert_eq!(**map.insert(&key, &two).unwrap(), 1);
    /// assert_eq!(**map.get("key").unwrap(), 2);
    /// ```
    pub fn insert(&self, key: &Strong<K>, value: &Strong<V>) -> Option<Strong<V>> {
        self.place(key).insert(value).map(|(old, _)| old)
    }

    /// Puts a value under a key that has none.
    ///
    /// # Errors
    ///
    /// Returns the live value that stands there. Waits for a construction that is under way.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// map.try_insert(&key, &one).unwrap();
    /// assert_eq!(**map.try_insert(&key, &two).unwrap_err(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with`], when it waits.
    #[track_caller]
    pub fn try_insert(&self, key: &Strong<K>, value: &Strong<V>) -> Result<(), Strong<V>> {
        self.place(key).try_insert(value)
    }

    /// Returns the live value of a key, or puts `value` there and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// assert_eq!(**map.get_or_insert(&key, &one), 1);
    /// assert_eq!(**map.get_or_insert(&key, &two), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with`], when it waits.
    #[doc(alias = "setdefault")]
    #[track_caller]
    pub fn get_or_insert(&self, key: &Strong<K>, value: &Strong<V>) -> Strong<V> {
        let value = value.clone();
        match self.place(key).try_insert(&value) {
            Ok(()) => value,
            Err(there) => there,
        }
    }

    /// Returns the live value of a key, or makes one: once, however many threads want it.
    ///
    /// The others wait for the one that runs its `make`. If that panics, one of the others runs its own. A
    /// value that is [inserted](PairMap::insert) meanwhile is everybody's result. `make` runs unlocked: it may
    /// use the map for other keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// let value = map.get_or_insert_with(&key, || one.clone());
    /// assert_eq!(**map.get_or_insert_with(&key, || unreachable!("it is there")), 1);
    /// # drop(value);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `make` does, and instead of waiting for ever: when `make` asks for its own key, or for one
    /// whose constructor waits, over any number of threads, for this.
    #[track_caller]
    pub fn get_or_insert_with(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> Strong<V>,
    ) -> Strong<V> {
        match self.get_or_try_insert_with(key, || Ok::<_, core::convert::Infallible>(make())) {
            Ok(value) => value,
        }
    }

    /// Returns the live value of a key, or makes one, as [`PairMap::get_or_insert_with`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let failed = map.get_or_try_insert_with(&key, || Err("not found"));
    /// assert_eq!(failed.unwrap_err(), "not found");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_try_insert_with<E>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        self.place(key).get_or_try_insert_with(make)
    }

    /// Removes an entry and returns its value, if it is alive.
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
    /// assert_eq!(**map.remove("key").unwrap(), 1);
    /// assert!(map.remove("key").is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.remove_if(key, |_| true)
    }

    /// Removes an entry if it is alive and `condition` says yes to its value.
    ///
    /// `condition` runs unlocked. The entry is removed only if the value is still the one that it saw; it is
    /// asked again for another one.
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
    /// assert!(map.remove_if("key", |value| ***value > 1).is_none());
    /// assert!(map.remove_if("key", |value| ***value == 1).is_some());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    #[track_caller]
    pub fn remove_if<Q>(
        &self,
        key: &Q,
        condition: impl FnMut(&Strong<V>) -> bool,
    ) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        let find = || look_for_entry(shard, hash, key);
        let (old, _) = change_if(shard, find, condition, |inside, bucket| {
            inside.take_at(bucket)
        })?;
        Some(old)
    }

    /// Replaces the value of a key if it is alive and `condition` says yes to it, and returns the old one. The
    /// stored key stays.
    ///
    /// `condition` is asked as in [`PairMap::remove_if`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// map.insert(&key, &one);
    /// assert_eq!(**map.replace_if("key", &two, |value| ***value < 2).unwrap(), 1);
    /// assert_eq!(**map.get("key").unwrap(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    #[track_caller]
    pub fn replace_if<Q>(
        &self,
        key: &Q,
        value: &Strong<V>,
        condition: impl FnMut(&Strong<V>) -> bool,
    ) -> Option<Strong<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        let find = || look_for_entry(shard, hash, key);
        let (old, _) = change_if(shard, find, condition, |inside, bucket| {
            replace_value(inside, hash, bucket, value)
        })?;
        Some(old)
    }

    pub(in crate::shared) fn place<'a>(
        &'a self,
        key: &'a Strong<K>,
    ) -> Target<'a, Watched<K>, Watched<V>, K::Slot, WatchedKey<'a, K, M>> {
        let hash = M::query(key).hash_in(&self.hash_builder);
        Target {
            shard: self.shards.of(hash),
            hash,
            key: WatchedKey(key, PhantomData),
        }
    }
}
