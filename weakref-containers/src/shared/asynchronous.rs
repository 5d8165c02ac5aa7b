//! The calls of the shared maps that wait, of tasks: they leave their waker instead of blocking the thread.

use core::convert::Infallible;
use core::hash::{BuildHasher, Hash};
use std::sync::Arc;

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::{KeyMap, PairMap, WeakValueMap};
use crate::key::Keying;

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
{
    /// With the feature `async`: puts a value under a key that has none, as [`WeakValueMap::try_insert`], for tasks.
    ///
    /// # Errors
    ///
    /// Returns the live value that stands there. Waits for a construction that is under way.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// block_on(async {
    ///     let map = WeakValueMap::new();
    ///     let (first, second) = (Strong::new(Image(1)), Strong::new(Image(2)));
    ///     map.try_insert_async("logo", &first).await.unwrap();
    ///     let there = map.try_insert_async("logo", &second).await.unwrap_err();
    ///     assert_eq!(there.0, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`WeakValueMap::try_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn try_insert_async(&self, key: K, value: &Strong<V>) -> Result<(), Strong<V>> {
        let place = self.place(key);
        let hash = place.hash;
        let result = place.try_insert_async(value).await;
        self.keep(hash, result.as_ref().err().unwrap_or(value));
        result
    }

    /// With the feature `async`: returns the live value of a key, or puts `value` there and returns it, as
    /// [`WeakValueMap::get_or_insert`], for tasks.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// block_on(async {
    ///     let map = WeakValueMap::new();
    ///     let (first, second) = (Strong::new(Image(1)), Strong::new(Image(2)));
    ///     assert_eq!(map.get_or_insert_async("logo", &first).await.0, 1);
    ///     assert_eq!(map.get_or_insert_async("logo", &second).await.0, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`WeakValueMap::get_or_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn get_or_insert_async(&self, key: K, value: &Strong<V>) -> Strong<V> {
        match self.try_insert_async(key, value).await {
            Ok(()) => value.clone(),
            Err(there) => there,
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one: once, however many tasks and threads
    /// want it.
    ///
    /// The others wait for the one whose `make` runs, those that called [`WeakValueMap::get_or_insert_with`] as well,
    /// and the other way round. If its future panics or is dropped, one of the others runs its own. A value that
    /// is [inserted](WeakValueMap::insert) meanwhile is everybody's result. `make` runs unlocked: it may use the map
    /// for other keys.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// block_on(async {
    ///     let map = WeakValueMap::new();
    ///     let make = async || Strong::new(Image(7));
    ///     let first = map.get_or_insert_with_async("logo", make);
    ///     let value = first.await;
    ///     let same = map.get_or_insert_with_async("logo", async || unreachable!("it is there"));
    ///     assert!(Strong::ptr_eq(&value, &same.await));
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`WeakValueMap::get_or_insert_with`]; O(log n) to wait with n others, and O(n) to wake them.
    ///
    /// # Panics
    ///
    /// Panics if `make` or its future does, and instead of waiting for ever: when it asks for its own key, or for
    /// one whose constructor waits, over any number of tasks and threads, for this.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped while it waits has done nothing. One that is dropped while its `make` runs makes no
    /// value, and one of those who wait runs its own. While it is neither polled nor dropped, they wait.
    pub async fn get_or_insert_with_async<F>(&self, key: K, make: impl FnOnce() -> F) -> Strong<V>
    where
        F: Future<Output = Strong<V>>,
    {
        let make = || async { Ok::<_, Infallible>(make().await) };
        match self.get_or_try_insert_with_async(key, make).await {
            Ok(value) => value,
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one, as
    /// [`WeakValueMap::get_or_insert_with_async`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// block_on(async {
    ///     let map = WeakValueMap::new();
    ///     let failed = map.get_or_try_insert_with_async("logo", async || Err("not found"));
    ///     assert_eq!(failed.await.unwrap_err(), "not found");
    ///     let made = map.get_or_try_insert_with_async("logo", async || Ok::<_, &str>(Strong::new(Image(7))));
    ///     assert_eq!(made.await.unwrap().0, 7);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`WeakValueMap::get_or_insert_with_async`].
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with_async`].
    ///
    /// # Cancellation
    ///
    /// As [`WeakValueMap::get_or_insert_with_async`].
    pub async fn get_or_try_insert_with_async<E, F>(
        &self,
        key: K,
        make: impl FnOnce() -> F,
    ) -> Result<Strong<V>, E>
    where
        F: Future<Output = Result<Strong<V>, E>>,
    {
        let place = self.place(key);
        let hash = place.hash;
        let value = place.get_or_try_insert_with_async(make).await?;
        self.keep(hash, &value);
        Ok(value)
    }
}

impl<K, V: 'static, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// With the feature `async`: puts a value under a key that has none, as [`KeyMap::try_insert`], for tasks.
    ///
    /// # Errors
    ///
    /// Returns the live value that stands there. Waits for a construction that is under way.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// block_on(async {
    ///     let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    ///     let key = Strong::from("key");
    ///     map.try_insert_async(&key, 1).await.unwrap();
    ///     let there = map.try_insert_async(&key, 2).await.unwrap_err();
    ///     assert_eq!(*there, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`KeyMap::try_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn try_insert_async(&self, key: &Strong<K>, value: V) -> Result<(), Arc<V>> {
        let value = Arc::new(value);
        let result = self.place(key).try_insert_async(&value).await;
        drop_first(value, result)
    }

    /// With the feature `async`: returns the live value of a key, or puts `value` there and returns it, as
    /// [`KeyMap::get_or_insert`], for tasks.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// block_on(async {
    ///     let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    ///     let key = Strong::from("key");
    ///     assert_eq!(*map.get_or_insert_async(&key, 1).await, 1);
    ///     assert_eq!(*map.get_or_insert_async(&key, 2).await, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`KeyMap::get_or_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn get_or_insert_async(&self, key: &Strong<K>, value: V) -> Arc<V> {
        let value = Arc::new(value);
        match self.place(key).try_insert_async(&value).await {
            Ok(()) => value,
            Err(there) => drop_first(value, there),
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one: once, however many tasks and threads
    /// want it.
    ///
    /// The others wait for the one whose `make` runs, those that called [`KeyMap::get_or_insert_with`] as well,
    /// and the other way round. If its future panics or is dropped, one of the others runs its own. A value that
    /// is [inserted](KeyMap::insert) meanwhile is everybody's result. `make` runs unlocked: it may use the map
    /// for other keys.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// block_on(async {
    ///     let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    ///     let key = Strong::from("key");
    ///     let make = async || 7;
    ///     let first = map.get_or_insert_with_async(&key, make);
    ///     let value = first.await;
    ///     let same = map.get_or_insert_with_async(&key, async || unreachable!("it is there"));
    ///     assert!(std::sync::Arc::ptr_eq(&value, &same.await));
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`KeyMap::get_or_insert_with`]; O(log n) to wait with n others, and O(n) to wake them.
    ///
    /// # Panics
    ///
    /// Panics if `make` or its future does, and instead of waiting for ever: when it asks for its own key, or for
    /// one whose constructor waits, over any number of tasks and threads, for this.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped while it waits has done nothing. One that is dropped while its `make` runs makes no
    /// value, and one of those who wait runs its own. While it is neither polled nor dropped, they wait.
    pub async fn get_or_insert_with_async<F>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> F,
    ) -> Arc<V>
    where
        F: Future<Output = V>,
    {
        let make = || async { Ok::<_, Infallible>(make().await) };
        match self.get_or_try_insert_with_async(key, make).await {
            Ok(value) => value,
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one, as
    /// [`KeyMap::get_or_insert_with_async`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// block_on(async {
    ///     let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    ///     let key = Strong::from("key");
    ///     let failed = map.get_or_try_insert_with_async(&key, async || Err("not found"));
    ///     assert_eq!(failed.await.unwrap_err(), "not found");
    ///     let made = map.get_or_try_insert_with_async(&key, async || Ok::<_, &str>(7));
    ///     assert_eq!(*made.await.unwrap(), 7);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`KeyMap::get_or_insert_with_async`].
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with_async`].
    ///
    /// # Cancellation
    ///
    /// As [`KeyMap::get_or_insert_with_async`].
    pub async fn get_or_try_insert_with_async<E, F>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> F,
    ) -> Result<Arc<V>, E>
    where
        F: Future<Output = Result<V, E>>,
    {
        let make = || async { make().await.map(Arc::new) };
        self.place(key).get_or_try_insert_with_async(make).await
    }
}

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
    /// With the feature `async`: puts a value under a key that has none, as [`PairMap::try_insert`], for tasks.
    ///
    /// # Errors
    ///
    /// Returns the live value that stands there. Waits for a construction that is under way.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// block_on(async {
    ///     let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    ///     let key = Strong::from("key");
    ///     let (first, second) = (Strong::new(Object(1)), Strong::new(Object(2)));
    ///     map.try_insert_async(&key, &first).await.unwrap();
    ///     let there = map.try_insert_async(&key, &second).await.unwrap_err();
    ///     assert_eq!(**there, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`PairMap::try_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn try_insert_async(
        &self,
        key: &Strong<K>,
        value: &Strong<V>,
    ) -> Result<(), Strong<V>> {
        self.place(key).try_insert_async(value).await
    }

    /// With the feature `async`: returns the live value of a key, or puts `value` there and returns it, as
    /// [`PairMap::get_or_insert`], for tasks.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// block_on(async {
    ///     let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    ///     let key = Strong::from("key");
    ///     let (first, second) = (Strong::new(Object(1)), Strong::new(Object(2)));
    ///     assert_eq!(**map.get_or_insert_async(&key, &first).await, 1);
    ///     assert_eq!(**map.get_or_insert_async(&key, &second).await, 1);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`PairMap::get_or_insert`]; O(log n) to wait with n others.
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with_async`], when it waits.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped before it is ready has done nothing.
    pub async fn get_or_insert_async(&self, key: &Strong<K>, value: &Strong<V>) -> Strong<V> {
        match self.place(key).try_insert_async(value).await {
            Ok(()) => value.clone(),
            Err(there) => there,
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one: once, however many tasks and threads
    /// want it.
    ///
    /// The others wait for the one whose `make` runs, those that called [`PairMap::get_or_insert_with`] as well,
    /// and the other way round. If its future panics or is dropped, one of the others runs its own. A value that
    /// is [inserted](PairMap::insert) meanwhile is everybody's result. `make` runs unlocked: it may use the map
    /// for other keys.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// block_on(async {
    ///     let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    ///     let key = Strong::from("key");
    ///     let make = async || Strong::new(Object(7));
    ///     let first = map.get_or_insert_with_async(&key, make);
    ///     let value = first.await;
    ///     let same = map.get_or_insert_with_async(&key, async || unreachable!("it is there"));
    ///     assert!(Strong::ptr_eq(&value, &same.await));
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`PairMap::get_or_insert_with`]; O(log n) to wait with n others, and O(n) to wake them.
    ///
    /// # Panics
    ///
    /// Panics if `make` or its future does, and instead of waiting for ever: when it asks for its own key, or for
    /// one whose constructor waits, over any number of tasks and threads, for this.
    ///
    /// # Cancellation
    ///
    /// A future that is dropped while it waits has done nothing. One that is dropped while its `make` runs makes no
    /// value, and one of those who wait runs its own. While it is neither polled nor dropped, they wait.
    pub async fn get_or_insert_with_async<F>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> F,
    ) -> Strong<V>
    where
        F: Future<Output = Strong<V>>,
    {
        let make = || async { Ok::<_, Infallible>(make().await) };
        match self.get_or_try_insert_with_async(key, make).await {
            Ok(value) => value,
        }
    }

    /// With the feature `async`: returns the live value of a key, or makes one, as
    /// [`PairMap::get_or_insert_with_async`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    #[doc = include_str!("asynchronous/block_on.txt")]
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// block_on(async {
    ///     let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    ///     let key = Strong::from("key");
    ///     let failed = map.get_or_try_insert_with_async(&key, async || Err("not found"));
    ///     assert_eq!(failed.await.unwrap_err(), "not found");
    ///     let made = map.get_or_try_insert_with_async(&key, async || Ok::<_, &str>(Strong::new(Object(7))));
    ///     assert_eq!(**made.await.unwrap(), 7);
    /// });
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`PairMap::get_or_insert_with_async`].
    ///
    /// # Panics
    ///
    /// As [`PairMap::get_or_insert_with_async`].
    ///
    /// # Cancellation
    ///
    /// As [`PairMap::get_or_insert_with_async`].
    pub async fn get_or_try_insert_with_async<E, F>(
        &self,
        key: &Strong<K>,
        make: impl FnOnce() -> F,
    ) -> Result<Strong<V>, E>
    where
        F: Future<Output = Result<Strong<V>, E>>,
    {
        self.place(key).get_or_try_insert_with_async(make).await
    }
}
