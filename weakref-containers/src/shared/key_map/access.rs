//! Looking up, and putting in what is not there.

use core::hash::BuildHasher;
use core::marker::PhantomData;
use std::sync::Arc;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::KeyMap;
use crate::key::{Keying, Lookup};
use crate::shared::calls::{Target, WatchedKey};
use crate::shared::found::{find_value, find_values};
use crate::side::Held;

type KeyPlace<'a, K, V, M> =
    Target<'a, Watched<K>, Held<Arc<V>>, <K as WeakReferenceable>::Slot, WatchedKey<'a, K, M>>;

impl<K, V: 'static, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns a clone of the value of a key. `Clone` runs unlocked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.get("key"), Some(1));
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Option<V>
    where
        Q: ?Sized + Lookup<K, M>,
        V: Clone,
    {
        self.with(key, V::clone)
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.get_many(["key", "other"]), [Some(1), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<V>; N]
    where
        Q: ?Sized + Lookup<K, M>,
        V: Clone,
    {
        let hashes = keys.map(|key| key.hash_in(&self.hash_builder));
        find_values(&self.shards, &hashes, keys).map(|value| {
            let value = value?;
            let copy = V::clone(&value);
            Some(drop_first(value, copy))
        })
    }

    /// Returns the value of a key, shared with the map. It stays as it is when the key dies or gets another one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, String> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, "value".into());
    /// assert_eq!(*map.get_shared("key").unwrap(), "value");
    /// ```
    pub fn get_shared<Q>(&self, key: &Q) -> Option<Arc<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        find_value(self.shards.of(hash), hash, key)
    }

    /// Calls `f` with the value of a key, unlocked.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, String> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, "value".into());
    /// assert_eq!(map.with("key", String::len), Some(5));
    /// ```
    pub fn with<Q, R>(&self, key: &Q, f: impl FnOnce(&V) -> R) -> Option<R>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let value = self.get_shared(key)?;
        let result = f(&value);
        Some(drop_first(value, result))
    }

    /// Returns whether a key has a live entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert!(map.contains_key("key") && !map.contains_key("other"));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        Q: ?Sized + Lookup<K, M>,
    {
        self.get_shared(key).is_some()
    }

    /// Puts a value under a key and returns the one that stood there. The key takes the place of the stored
    /// one: from then on its life decides. A construction of that key which is under way ends with `value`: those who
    /// wait for it have it at once, and the one who makes has it when its `make` is done, which is not interrupted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// assert!(map.insert(&key, 1).is_none());
    /// assert_eq!(*map.insert(&key, 2).unwrap(), 1);
    /// assert_eq!(*map.get_shared("key").unwrap(), 2);
    /// ```
    pub fn insert(&self, key: &Strong<K>, value: V) -> Option<Arc<V>> {
        let value = Arc::new(value);
        let old = self.place(key).insert(&value).map(|(old, _)| old);
        drop_first(value, old)
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.try_insert(&key, 1).unwrap();
    /// assert_eq!(*map.try_insert(&key, 2).unwrap_err(), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with`], when it waits.
    #[track_caller]
    pub fn try_insert(&self, key: &Strong<K>, value: V) -> Result<(), Arc<V>> {
        let value = Arc::new(value);
        let result = self.place(key).try_insert(&value);
        drop_first(value, result)
    }

    /// Returns the live value of a key, or puts `value` there and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// assert_eq!(*map.get_or_insert(&key, 1), 1);
    /// assert_eq!(*map.get_or_insert(&key, 2), 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with`], when it waits.
    #[doc(alias = "setdefault")]
    #[track_caller]
    pub fn get_or_insert(&self, key: &Strong<K>, value: V) -> Arc<V> {
        let value = Arc::new(value);
        match self.place(key).try_insert(&value) {
            Ok(()) => value,
            Err(there) => drop_first(value, there),
        }
    }

    /// Returns the live value of a key, or makes one: once, however many threads want it.
    ///
    /// The others wait for the one that runs its `make`. If that panics, one of the others runs its own. A
    /// value that is [inserted](KeyMap::insert) meanwhile is everybody's result. `make` runs unlocked: it may
    /// use the map for other keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// let value = map.get_or_insert_with(&key, || 1);
    /// assert_eq!(*map.get_or_insert_with(&key, || unreachable!("it is there")), 1);
    /// # drop(value);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `make` does, and instead of waiting for ever: when `make` asks for its own key, or for one
    /// whose constructor waits, over any number of threads, for this.
    #[track_caller]
    pub fn get_or_insert_with(&self, key: &Strong<K>, make: impl FnOnce() -> V) -> Arc<V> {
        match self.get_or_try_insert_with(key, || Ok::<_, core::convert::Infallible>(make())) {
            Ok(value) => value,
        }
    }

    /// Returns the live value of a key, or makes one, as [`KeyMap::get_or_insert_with`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// let failed = map.get_or_try_insert_with(&key, || Err("not found"));
    /// assert_eq!(failed.unwrap_err(), "not found");
    /// ```
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_try_insert_with<E>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        self.place(key)
            .get_or_try_insert_with(|| make().map(Arc::new))
    }

    pub(in crate::shared) fn place<'a>(&'a self, key: &'a Strong<K>) -> KeyPlace<'a, K, V, M> {
        let hash = M::query(key).hash_in(&self.hash_builder);
        Target {
            shard: self.shards.of(hash),
            hash,
            key: WatchedKey(key, PhantomData),
        }
    }
}
