//! The shared map whose keys and values are held weakly.

mod whole;

use core::fmt;
use core::hash::BuildHasher;
use core::marker::PhantomData;
use std::hash::RandomState;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::calls::{Place, WatchedKey, change_if, replace_value};
use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::{Slotted, find_value, find_values, look_for_entry};
use super::walk::Walk;
use crate::key::{ByIdentity, ByValue, Keying, Lookup};
use crate::several::Several;
use crate::table::{Row, Yards};

type Slots<V> = Slotted<Watched<V>>;
type Walked<'a, K, V> =
    Walk<'a, Watched<K>, Slots<V>, <K as WeakReferenceable>::Slot, (WeakRef<K>, WeakRef<V>)>;

/// A shared map that holds its keys and values weakly, and in which two keys are the same when `Eq` says so.
pub type WeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByValue>;

/// A shared map that holds its keys and values weakly, and in which two keys are the same when they are one object.
pub type IdentityWeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByIdentity>;

/// A hash map that any number of threads use, and that holds keys and values weakly: an entry is freed when
/// either dies. Both are of one flavour.
///
/// The shared form of [`PairMap`](crate::PairMap), by its names [`WeakPairMap`] and [`IdentityWeakPairMap`]; what is
/// common to shared containers is said at [the module](super).
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::WeakPairMap;
///
/// let capitals: WeakPairMap<Object<str>, Object<str>> = WeakPairMap::new();
/// let (country, city) = (Strong::from("France"), Strong::from("Paris"));
/// capitals.insert(&country, &city);
/// assert!(Strong::ptr_eq(&capitals.get("France").unwrap(), &city));
/// drop(city);
/// assert!(capitals.is_empty());
/// ```
pub struct PairMap<
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S = RandomState,
    M = ByValue,
> {
    shards: Sharded<Watched<K>, Slots<V>, K::Slot>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot>, M>
    PairMap<K, V, RandomState, M>
{
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
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

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot>, S, M>
    PairMap<K, V, S, M>
{
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakPairMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakPairMap<Object<str>, Object<i32>, _> = WeakPairMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(|shard| Yards {
            keys: K::Slot::wake_of_pairs(shard),
            values: K::Slot::wake_of_pairs(shard),
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
    /// # use weakref_containers::shared::WeakPairMap;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::with_hasher(state.clone());
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
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// assert_eq!(map.len(), 1);
    /// drop(key);
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards), and of entries while some are dead.
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakPairMap;
    /// assert!(IdentityWeakPairMap::<Object<str>, Object<i32>>::new().is_empty());
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
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
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
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// let (drained, _) = map.drain().pop().unwrap();
    /// assert!(map.is_empty() && Strong::ptr_eq(&drained, &key));
    /// ```
    pub fn drain(&self) -> Vec<(Strong<K>, Strong<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(Strong<K>, Strong<V>)> {
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
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// for (key, _) in map.iter() {
    ///     map.remove(&*key);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> PairMapIter<'_, K, V> {
        PairMapIter(Walk::new(&self.shards))
    }

    /// Iterates over the live keys, as [`PairMap::iter`].
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
    /// assert!(map.keys().eq([key]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = Strong<K>> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Iterates over the values of live entries, as [`PairMap::iter`].
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
    /// assert_eq!(map.values().count(), 1);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Strong<V>> {
        self.iter().map(|(key, value)| drop_first(key, value))
    }
}

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
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
    /// one: from then on its life decides. A construction of that key which is under way ends with `value`.
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
            inside.table.take_at(bucket, |_| true)
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

    /// Removes the live entries that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other; an entry whose value was replaced after that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let (key, other) = (Strong::from("key"), Strong::from("other"));
    /// let (one, two) = (Strong::new(Object(1)), Strong::new(Object(2)));
    /// map.insert(&key, &one);
    /// map.insert(&other, &two);
    /// map.retain(|_, value| ***value > 1);
    /// assert!(map.keys().eq([other]));
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&Strong<K>, &Strong<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`PairMap::retain`].
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
    /// assert_eq!(map.extract_if(|_, _| true).count(), 1);
    /// assert!(map.is_empty());
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&Strong<K>, &Strong<V>) -> bool,
    ) -> impl Iterator<Item = (Strong<K>, Strong<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(M::query(key), |now| Strong::ptr_eq(now, value))
                    .is_some()
        })
    }

    pub(super) fn place<'a>(
        &'a self,
        key: &'a Strong<K>,
    ) -> Place<'a, Watched<K>, Watched<V>, K::Slot, WatchedKey<'a, K, M>> {
        let hash = M::query(key).hash_in(&self.hash_builder);
        Place {
            shard: self.shards.of(hash),
            hash,
            key: WatchedKey(key, PhantomData),
        }
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot>, S: Default, M>
    Default for PairMap<K, V, S, M>
where
    K::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S, M> fmt::Debug for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Iterates over the live entries of a shared [`PairMap`] as `(Strong<K>, Strong<V>)`.
pub struct PairMapIter<
    'a,
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
>(Walked<'a, K, V>);

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static>
    Iterator for PairMapIter<'_, K, V>
{
    type Item = (Strong<K>, Strong<V>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (key, value) = self
                .0
                .next(|row| Some((WeakRef::clone(&row.key), WeakRef::clone(row.value.ready()?))))?;
            if let Some(live) = key.upgrade().zip(value.upgrade()) {
                return Some(live);
            }
        }
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static>
    core::iter::FusedIterator for PairMapIter<'_, K, V>
{
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static>
    fmt::Debug for PairMapIter<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairMapIter").finish_non_exhaustive()
    }
}
