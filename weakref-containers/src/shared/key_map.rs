//! The shared map whose keys are held weakly.

mod whole;

use core::fmt;
use core::hash::BuildHasher;
use core::marker::PhantomData;
use std::hash::RandomState;
use std::sync::Arc;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::calls::{Place, Tries, WatchedKey, change_if, replace_value};
use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::{Slotted, find_value, find_values, look_for_entry};
use super::walk::Walk;
use crate::key::{ByIdentity, ByValue, Keying, Lookup};
use crate::several::Several;
use crate::side::{Held, NoYard};
use crate::table::{Row, Yards};

type Slots<V> = Slotted<Held<Arc<V>>>;
type Walked<'a, K, V> =
    Walk<'a, Watched<K>, Slots<V>, <K as WeakReferenceable>::Slot, (WeakRef<K>, Arc<V>)>;
type KeyPlace<'a, K, V, M> =
    Place<'a, Watched<K>, Held<Arc<V>>, <K as WeakReferenceable>::Slot, WatchedKey<'a, K, M>>;

/// A shared map that holds its keys weakly, and in which two keys are the same when `Eq` says so.
pub type WeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByValue>;

/// A shared map that holds its keys weakly, and in which two keys are the same when they are one object.
pub type IdentityWeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByIdentity>;

/// A hash map that any number of threads use, and that holds its keys weakly and owns its values: data about
/// objects that others own, freed with them.
///
/// The shared form of [`KeyMap`](crate::KeyMap), by its names [`WeakKeyMap`] and [`IdentityWeakKeyMap`]; what is common
/// to shared containers is said at [the module](super). Values are handed out as clones
/// ([`get`](Self::get)) or shared ([`get_shared`](Self::get_shared)), and replaced rather than changed
/// ([`update`](Self::update), [`with_mut`](Self::with_mut), [`compute`](Self::compute)), so that no
/// closure runs under a lock.
///
/// A value that owns its key keeps it, and itself, alive for ever.
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::IdentityWeakKeyMap;
///
/// let visits = IdentityWeakKeyMap::new();
/// let page = Strong::new(Object("page"));
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| visits.compute(&page, |count| Some(count.map_or(1, |count| count + 1))));
///     }
/// });
/// assert_eq!(visits.get(&page), Some(2));
/// drop(page);
/// assert!(visits.is_empty());
/// ```
pub struct KeyMap<K: ?Sized + WeakReferenceable, V: 'static, S = RandomState, M = ByValue> {
    shards: Sharded<Watched<K>, Slots<V>, K::Slot>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<K: ?Sized + WeakReferenceable, V: 'static, M> KeyMap<K, V, RandomState, M> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        K::Slot: Shares<K, V>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<K: ?Sized + WeakReferenceable, V: 'static, S, M> KeyMap<K, V, S, M> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakKeyMap<Object<str>, i32, _> = WeakKeyMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(|shard| Yards {
            keys: K::Slot::wake_of_keys(shard),
            values: NoYard,
        });
        Self {
            shards,
            hash_builder,
            keying: PhantomData,
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::with_hasher(state.clone());
    /// assert_eq!(map.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live entries. Other threads may change it at any time; what they change while
    /// this looks at one shard after the other may be counted or not.
    ///
    /// A death on this thread is counted at once. Of one on another thread [`get`](Self::get) knows first, and this a
    /// moment later, before anything is dropped: for that moment an entry is counted that is not found any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.len(), 1);
    /// drop(key);
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakKeyMap;
    /// assert!(IdentityWeakKeyMap::<Object<str>, i32>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, one shard after the other. What is being constructed meanwhile stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.drain_all());
    }

    /// Removes all entries, one shard after the other, and returns what was alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// let (drained, _) = map.drain().pop().unwrap();
    /// assert!(map.is_empty() && Strong::ptr_eq(&drained, &key));
    /// ```
    pub fn drain(&self) -> Vec<(Strong<K>, Arc<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(Strong<K>, Arc<V>)> {
        let mut live = Several::new();
        for shard in self.shards.shards() {
            let rows = shard.write(|inside| inside.take_all(|row| row.value.ready().is_some()));
            live.extend(rows.filter_map(Row::take));
        }
        live
    }

    /// Iterates over the live entries, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's entries are those it had when the iterator came to
    /// it, less what has died since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// for (key, _) in map.iter() {
    ///     map.remove(&*key);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> KeyMapIter<'_, K, V> {
        KeyMapIter(Walk::new(&self.shards))
    }

    /// Iterates over the live keys, as [`KeyMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert!(map.keys().eq([key]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = Strong<K>> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Iterates over the values of live entries, as [`KeyMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.values().count(), 1);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Arc<V>> {
        self.iter().map(|(key, value)| drop_first(key, value))
    }
}

impl<K, V, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: 'static,
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
    /// one: from then on its life decides. A construction of that key which is under way ends with `value`.
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

    /// Removes an entry and returns its value, if it is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(*map.remove("key").unwrap(), 1);
    /// assert!(map.remove("key").is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Arc<V>>
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert!(map.remove_if("key", |value| **value > 1).is_none());
    /// assert!(map.remove_if("key", |value| **value == 1).is_some());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnMut(&Arc<V>) -> bool) -> Option<Arc<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        let find = || look_for_entry(shard, hash, key);
        let (old, _) = change_if(shard, find, condition, |inside, bucket| {
            inside.table.take_at(bucket, |_| true)
        })?;
        Some(old)
    }

    /// Replaces the value of a key if it is alive and `condition` says yes to it, and returns the old one. The
    /// stored key stays.
    ///
    /// `condition` is asked as in [`KeyMap::remove_if`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(*map.replace_if("key", 2, |value| **value < 2).unwrap(), 1);
    /// assert_eq!(*map.get_shared("key").unwrap(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    pub fn replace_if<Q>(
        &self,
        key: &Q,
        value: V,
        condition: impl FnMut(&Arc<V>) -> bool,
    ) -> Option<Arc<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let value = Arc::new(value);
        let old = self.replace_shared_if(key, &value, condition);
        drop_first(value, old)
    }

    /// Changes a copy of the value of a key, puts it in the place of the value, and returns what `f` did.
    ///
    /// `f` runs unlocked. If the value was replaced meanwhile, it runs again on a copy of that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, Vec<u32>> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, vec![1]);
    /// assert_eq!(map.with_mut("key", |value| value.pop()), Some(Some(1)));
    /// assert_eq!(map.get("key"), Some(vec![]));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    pub fn with_mut<Q, R>(&self, key: &Q, mut f: impl FnMut(&mut V) -> R) -> Option<R>
    where
        Q: ?Sized + Lookup<K, M>,
        V: Clone,
    {
        let mut result = None;
        self.update(key, |value| {
            let mut value = value.clone();
            result = Some(f(&mut value));
            value
        })?;
        drop_first(f, result)
    }

    /// Puts what `f` makes of the value of a key in its place, and returns it.
    ///
    /// `f` runs unlocked. If the value was replaced meanwhile, it runs again on that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(*map.update("key", |value| value + 1).unwrap(), 2);
    /// assert!(map.update("other", |value| value + 1).is_none());
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the closure was called 1,000 times and the entry changed each time meanwhile: it changes its own
    /// entry.
    pub fn update<Q>(&self, key: &Q, mut f: impl FnMut(&V) -> V) -> Option<Arc<V>>
    where
        Q: ?Sized + Lookup<K, M>,
    {
        let hash = key.hash_in(&self.hash_builder);
        let shard = self.shards.of(hash);
        let new = core::cell::RefCell::new(None);
        change_if(
            shard,
            || look_for_entry(shard, hash, key),
            |value| {
                let made = Arc::new(f(value));
                // The one before is dropped unlocked, and outside of the borrow.
                drop(new.replace(Some(made)));
                true
            },
            |inside, bucket| replace_value(inside, hash, bucket, new.borrow().as_ref()?),
        )?;
        drop_first(f, new.into_inner())
    }

    /// Decides what stands under a key: `f` is given the value, if there is one, and returns what takes its
    /// place; `None` removes the entry.
    ///
    /// `f` runs unlocked, and again if somebody else changed the entry meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// let mut count = || map.compute(&key, |value| Some(value.map_or(1, |value| value + 1)));
    /// assert_eq!((*count().unwrap(), *count().unwrap()), (1, 2));
    /// assert!(map.compute(&key, |_| None).is_none() && map.is_empty());
    /// ```
    ///
    /// # Panics
    ///
    /// As [`KeyMap::get_or_insert_with`], when the value is being constructed; and as [`KeyMap::update`].
    pub fn compute(
        &self,
        key: &Strong<K>,
        mut f: impl FnMut(Option<&V>) -> Option<V>,
    ) -> Option<Arc<V>> {
        let query = M::query(key);
        let mut tries = Tries::default();
        loop {
            let seen = self.get_shared(query);
            tries.count();
            let new = f(seen.as_deref()).map(Arc::new);
            let is_done = match (&seen, &new) {
                (None, None) => true,
                (None, Some(new)) => self.place(key).try_insert(new).is_ok(),
                (Some(seen), None) => self
                    .remove_if(query, |value| Arc::ptr_eq(value, seen))
                    .is_some(),
                (Some(seen), Some(new)) => self
                    .replace_shared_if(query, new, |value| Arc::ptr_eq(value, seen))
                    .is_some(),
            };
            if is_done {
                return drop_first((seen, f), new);
            }
        }
    }

    fn replace_shared_if<Q>(
        &self,
        key: &Q,
        value: &Arc<V>,
        condition: impl FnMut(&Arc<V>) -> bool,
    ) -> Option<Arc<V>>
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

    /// Removes the live entries that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other; an entry whose value was replaced after that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let (key, other) = (Strong::from("key"), Strong::from("other"));
    /// map.insert(&key, 1);
    /// map.insert(&other, 2);
    /// map.retain(|_, value| **value > 1);
    /// assert!(map.keys().eq([other]));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&Strong<K>, &Arc<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`KeyMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.extract_if(|_, _| true).count(), 1);
    /// assert!(map.is_empty());
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&Strong<K>, &Arc<V>) -> bool,
    ) -> impl Iterator<Item = (Strong<K>, Arc<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(M::query(key), |now| Arc::ptr_eq(now, value))
                    .is_some()
        })
    }

    pub(super) fn place<'a>(&'a self, key: &'a Strong<K>) -> KeyPlace<'a, K, V, M> {
        let hash = M::query(key).hash_in(&self.hash_builder);
        Place {
            shard: self.shards.of(hash),
            hash,
            key: WatchedKey(key, PhantomData),
        }
    }
}

impl<K: ?Sized + WeakReferenceable, V: 'static, S: Default, M> Default for KeyMap<K, V, S, M>
where
    K::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S, M> fmt::Debug for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Iterates over the live entries of a shared [`KeyMap`] as `(Strong<K>, Arc<V>)`.
pub struct KeyMapIter<'a, K: ?Sized + WeakReferenceable, V: 'static>(Walked<'a, K, V>);

impl<K: ?Sized + WeakReferenceable, V: 'static> Iterator for KeyMapIter<'_, K, V> {
    type Item = (Strong<K>, Arc<V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, value) = self
                .0
                .next(|row| Some((WeakRef::clone(&row.key), row.value.ready()?.0.clone())))?;
            if let Some(live) = key.upgrade().map(|key| (key, value)) {
                return Some(live);
            }
        }
    }
}

impl<K: ?Sized + WeakReferenceable, V: 'static> core::iter::FusedIterator for KeyMapIter<'_, K, V> {}

impl<K: ?Sized + WeakReferenceable, V: 'static> fmt::Debug for KeyMapIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyMapIter").finish_non_exhaustive()
    }
}
