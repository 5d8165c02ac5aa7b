//! The shared map whose values are held weakly.

mod whole;

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::calls::{HeldKey, Place, change_if, replace_value};
use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::{Slotted, find_held};
use super::tier::MaybeTier;
use super::walk::Walk;
use crate::several::Several;
use crate::side::{Held, NoYard, Side};
use crate::sync::{Bug, seeded};
use crate::table::{Row, Yards};

type Slots<V> = Slotted<Watched<V>>;
type Walked<'a, K, V> =
    Walk<'a, Held<K>, Slots<V>, <V as WeakReferenceable>::Slot, (K, WeakRef<V>)>;

/// A hash map that any number of threads use, and that holds its values weakly: an entry is freed when
/// its value dies.
///
/// The shared form of [`WeakValueMap`](crate::WeakValueMap); what is common to shared containers is said
/// at [the module](super). Calls that change a key exclude each other; calls for different keys mostly
/// run at the same time.
///
/// * `Eq` and `Clone` of keys run while their shard is locked for readers: they may read this map, and a
///   call of them that changes it panics.
/// * Constructors run unlocked, once for all who want the same key at the same time.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::shared::WeakValueMap;
///
/// #[derive(WeakReferenceable)]
/// struct Image(u8);
///
/// let images = WeakValueMap::new();
/// let logo = Strong::new(Image(7));
/// images.insert("logo", &logo);
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_eq!(images.get("logo").unwrap().0, 7));
/// });
/// drop(logo);
/// assert!(images.get("logo").is_none() && images.is_empty());
/// ```
pub struct WeakValueMap<K: 'static, V: ?Sized + WeakReferenceable, S = RandomState> {
    shards: Sharded<Held<K>, Slots<V>, V::Slot>,
    hash_builder: S,
    /// After the shards: what it keeps alive dies without rows to bury.
    pub(super) tier: MaybeTier<V>,
}

impl<K: 'static, V: ?Sized + WeakReferenceable> WeakValueMap<K, V> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map: WeakValueMap<String, Image> = WeakValueMap::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        V::Slot: Shares<K, V>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable, S> WeakValueMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakValueMap<String, Image, _> = WeakValueMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(|shard| Yards {
            keys: NoYard,
            values: V::Slot::wake_of_values(shard),
        });
        Self {
            shards,
            hash_builder,
            tier: MaybeTier::none(),
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map = WeakValueMap::<u32, Image>::with_hasher(state.clone());
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
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert_eq!(map.len(), 1);
    /// drop(image);
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
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// assert!(WeakValueMap::<u32, Image>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, one shard after the other. What is being constructed meanwhile stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
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
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// let drained = map.drain();
    /// assert_eq!((drained[0].0, drained[0].1.0), ("logo", 7));
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&self) -> Vec<(K, Strong<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(K, Strong<V>)> {
        let mut live = Several::new();
        let mut let_go = Several::new();
        for shard in self.shards.shards() {
            let rows =
                shard.write(|inside| inside.take_all(|row| matches!(row.value, Slotted::Ready(_))));
            for row in rows {
                let hash = row.hash();
                if let Some((key, value)) = row.take() {
                    let stands = || self.stands(hash, &value);
                    self.tier.forget(&value, stands, &mut let_go);
                    live.push_back((key, value));
                }
            }
        }
        drop_first(let_go, live)
    }

    /// Iterates over the live values, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert_eq!(map.values().map(|image| image.0).sum::<u8>(), 7);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = Strong<V>> {
        self.weak_values().filter_map(|value| value.upgrade())
    }

    /// Iterates over weak references to the values, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.weak_values().eq([Strong::downgrade(&image)]));
    /// ```
    pub fn weak_values(&self) -> impl Iterator<Item = WeakRef<V>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let rows = inside.table.rows();
                rows.filter_map(|row| row.value.weak()).collect::<Vec<_>>()
            })
        })
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable, S> WeakValueMap<K, V, S> {
    /// To be told of a value that came out of the map, or went in, under a key of this hash.
    pub(super) fn keep(&self, hash: u64, value: &Strong<V>) {
        self.tier.keep(value, || self.stands(hash, value));
    }

    /// To be told of a value that was taken out from under a key of this hash.
    fn forget(&self, hash: u64, value: &Strong<V>) {
        let stands = || self.stands(hash, value);
        self.tier.forget(value, stands, &mut Several::new());
    }

    /// Whether a value stands under a key of this hash. Runs no user code.
    fn stands(&self, hash: u64, value: &Strong<V>) -> bool {
        let is_it = |slot: &Slots<V>| {
            slot.ready()
                .is_some_and(|now| now.id() == Strong::id(value))
        };
        self.shards.of(hash).look(|inside| {
            let mut rows = inside.table.candidates(hash);
            rows.any(|(_, row)| is_it(&row.value))
        })
    }
}

impl<V: ?Sized + WeakReferenceable> Slots<V> {
    fn weak(&self) -> Option<WeakRef<V>> {
        let value = self.ready().filter(|value| Side::is_alive(*value))?;
        Some(WeakRef::clone(value))
    }
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Returns the value of a key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert(String::from("logo"), &image);
    /// assert_eq!(map.get("logo").unwrap().0, 7);
    /// ```
    pub fn get<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let (hash, value) = self.find(key)?;
        self.keep(hash, &value);
        Some(value)
    }

    /// The hash and the value of a key, of whose use the tier is not told.
    fn find<Q>(&self, key: &Q) -> Option<(u64, Strong<V>)>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hash_builder.hash_one(key);
        let value = self.shards.of(hash).read(|inside| {
            let is_it = |row: &Row<Held<K>, Slots<V>>| (row.key.0.borrow() == key).then_some(());
            inside.table.find(hash, is_it)?.0.value.show()
        })?;
        Some((hash, value))
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
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// let [logo, none] = map.get_many(["logo", "photo"]);
    /// assert_eq!(logo.unwrap().0, 7);
    /// assert!(none.is_none());
    /// ```
    pub fn get_many<Q, const N: usize>(&self, keys: [&Q; N]) -> [Option<Strong<V>>; N]
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hashes = keys.map(|key| self.hash_builder.hash_one(key));
        // Out here, so that none is dropped under the lock, should an `Eq` panic.
        let mut found = [const { None }; N];
        self.shards.read_many(&hashes, |insides| {
            for (which, found) in found.iter_mut().enumerate() {
                let is_it = |row: &Row<Held<K>, Slots<V>>| {
                    (row.key.0.borrow() == keys[which]).then_some(())
                };
                let row = insides[which].table.find(hashes[which], is_it);
                *found = row.and_then(|(row, ())| row.value.show());
            }
        });
        for (&hash, value) in hashes.iter().zip(&found) {
            if let Some(value) = value {
                self.keep(hash, value);
            }
        }
        found
    }

    /// Returns whether a key has a live value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert!(map.contains_key(&1));
    /// drop(image);
    /// assert!(!map.contains_key(&1));
    /// ```
    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hash_builder.hash_one(key);
        self.shards.of(hash).read(|inside| {
            let table = &inside.table;
            table
                .find_bucket(hash, |row| {
                    row.value.is_alive() && row.key.0.borrow() == key
                })
                .is_some()
        })
    }

    /// Puts a value under a key and returns the live value that stood there. The key replaces the stored
    /// one. A construction of that key which is under way ends with `value`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let (old, new) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert!(map.insert("logo", &old).is_none());
    /// assert_eq!(map.insert("logo", &new).unwrap().0, 1);
    /// drop(old);
    /// assert_eq!(map.get("logo").unwrap().0, 2);
    /// ```
    pub fn insert(&self, key: K, value: &Strong<V>) -> Option<Strong<V>> {
        let place = self.place(key);
        let hash = place.hash;
        let (old, row) = place.insert(value).unzip();
        if let Some(old) = &old {
            self.forget(hash, old);
        }
        self.keep(hash, value);
        // After that, and before anything is returned: its key may panic.
        drop(row);
        old
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
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let (old, new) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// map.try_insert("logo", &old).unwrap();
    /// assert_eq!(map.try_insert("logo", &new).unwrap_err().0, 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`], when it waits.
    #[track_caller]
    pub fn try_insert(&self, key: K, value: &Strong<V>) -> Result<(), Strong<V>> {
        let place = self.place(key);
        let hash = place.hash;
        let result = place.try_insert(value);
        self.keep(hash, result.as_ref().err().unwrap_or(value));
        result
    }

    /// Returns the live value of a key, or puts `value` there and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let (first, second) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert_eq!(map.get_or_insert("logo", &first).0, 1);
    /// assert_eq!(map.get_or_insert("logo", &second).0, 1);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`], when it waits.
    #[doc(alias = "setdefault")]
    #[track_caller]
    pub fn get_or_insert(&self, key: K, value: &Strong<V>) -> Strong<V> {
        match self.try_insert(key, value) {
            Ok(()) => value.clone(),
            Err(there) => there,
        }
    }

    /// Returns the live value of a key, or makes one: once, however many threads want it.
    ///
    /// The others wait for the one that runs its `make`. If that panics, one of the others runs its own. A
    /// value that is [inserted](WeakValueMap::insert) meanwhile is everybody's result. `make` runs
    /// unlocked: it may use the map for other keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = map.get_or_insert_with("logo", || Strong::new(Image(7)));
    /// let same = map.get_or_insert_with("logo", || unreachable!("it is alive"));
    /// assert!(Strong::ptr_eq(&image, &same));
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if `make` does, and instead of waiting for ever: when `make` asks for its own key, or for one
    /// whose constructor waits, over any number of threads, for this.
    #[track_caller]
    pub fn get_or_insert_with(&self, key: K, make: impl FnOnce() -> Strong<V>) -> Strong<V> {
        match self.get_or_try_insert_with(key, || Ok::<_, core::convert::Infallible>(make())) {
            Ok(value) => value,
        }
    }

    /// Returns the live value of a key, or makes one, as [`WeakValueMap::get_or_insert_with`].
    ///
    /// # Errors
    ///
    /// Returns the error of `make`. If others wait, one of them runs its own then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let failed = map.get_or_try_insert_with("logo", || Err("not found"));
    /// assert_eq!(failed.unwrap_err(), "not found");
    /// let image = map.get_or_try_insert_with("logo", || Ok::<_, &str>(Strong::new(Image(7))));
    /// assert_eq!(image.unwrap().0, 7);
    /// ```
    ///
    /// # Panics
    ///
    /// As [`WeakValueMap::get_or_insert_with`].
    #[track_caller]
    pub fn get_or_try_insert_with<E>(
        &self,
        key: K,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        let place = self.place(key);
        let hash = place.hash;
        let value = place.get_or_try_insert_with(make)?;
        self.keep(hash, &value);
        Ok(value)
    }

    /// Removes an entry and returns its value, if it is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert_eq!(map.remove("logo").unwrap().0, 7);
    /// assert!(map.remove("logo").is_none());
    /// ```
    pub fn remove<Q>(&self, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.remove_if(key, |_| true)
    }

    /// Removes an entry if its value is alive and `condition` says yes to it.
    ///
    /// `condition` runs unlocked. The entry is removed only if the value is still the one that it saw; it is
    /// asked again for another one.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert!(map.remove_if("logo", |image| image.0 > 7).is_none());
    /// assert!(map.remove_if("logo", |image| image.0 == 7).is_some());
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
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hash_builder.hash_one(key);
        let shard = self.shards.of(hash);
        let find = || find_held(shard, hash, |stored| stored.borrow() == key);
        let (old, row) = change_if(shard, find, condition, |inside, bucket| {
            inside.table.take_at(bucket, |_| true)
        })?;
        self.forget(hash, &old);
        // As in `insert`.
        drop(row);
        Some(old)
    }

    /// Replaces the value of a key if it is alive and `condition` says yes to it, and returns the old one. The
    /// stored key stays.
    ///
    /// `condition` is asked as in [`WeakValueMap::remove_if`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let (old, new) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// map.insert("logo", &old);
    /// assert_eq!(map.replace_if("logo", &new, |image| image.0 < 2).unwrap().0, 1);
    /// assert!(map.replace_if("logo", &old, |image| image.0 < 2).is_none());
    /// assert_eq!(map.get("logo").unwrap().0, 2);
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
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let hash = self.hash_builder.hash_one(key);
        let shard = self.shards.of(hash);
        let find = || find_held(shard, hash, |stored| stored.borrow() == key);
        let (old, _) = change_if(shard, find, condition, |inside, bucket| {
            replace_value(inside, hash, bucket, value)
        })?;
        self.forget(hash, &old);
        self.keep(hash, value);
        Some(old)
    }

    pub(super) fn place(&self, key: K) -> Place<'_, Held<K>, Watched<V>, V::Slot, HeldKey<K>> {
        let hash = self.hash_builder.hash_one(&key);
        Place {
            shard: self.shards.of(hash),
            hash,
            key: HeldKey(Some(key)),
        }
    }
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Iterates over the live entries, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's entries are those it had when the iterator came to
    /// it, less what has died since; keys are cloned then.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// for (key, image) in map.iter() {
    ///     map.remove(key);
    ///     assert_eq!(image.0, 7);
    /// }
    /// assert!(map.is_empty());
    /// ```
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter(Walk::new(&self.shards))
    }

    /// Iterates over the keys of the live entries, as [`WeakValueMap::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.keys().eq(["logo"]));
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = K> {
        self.iter().map(|(key, value)| drop_first(value, key))
    }

    /// Removes the live entries that `keep` says no to. It runs unlocked, on a snapshot of one shard after the
    /// other; an entry whose value was replaced after that stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let images = [1, 2, 3].map(|id| (id, Strong::new(Image)));
    /// for (id, image) in &images {
    ///     map.insert(*id, image);
    /// }
    /// map.retain(|id, _| id % 2 == 1);
    /// assert_eq!(map.len(), 2);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&K, &Strong<V>) -> bool) {
        for _ in self.extract_if(|key, value| !keep(key, value)) {}
    }

    /// Removes the live entries that `wanted` says yes to, and yields them, as the iterator is advanced; see
    /// [`WeakValueMap::retain`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let images = [1, 2, 3].map(|id| (id, Strong::new(Image)));
    /// for (id, image) in &images {
    ///     map.insert(*id, image);
    /// }
    /// assert_eq!(map.extract_if(|id, _| id % 2 == 1).count(), 2);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn extract_if(
        &self,
        mut wanted: impl FnMut(&K, &Strong<V>) -> bool,
    ) -> impl Iterator<Item = (K, Strong<V>)> {
        self.iter().filter(move |(key, value)| {
            wanted(key, value)
                && self
                    .remove_if(key, |now| {
                        Strong::ptr_eq(now, value) || seeded(Bug::AnyValue)
                    })
                    .is_some()
        })
    }
}

/// Iterates over the live entries of a shared [`WeakValueMap`] as `(K, Strong<V>)`.
pub struct Iter<'a, K: 'static, V: ?Sized + WeakReferenceable>(Walked<'a, K, V>);

impl<K: Clone + 'static, V: ?Sized + WeakReferenceable> Iterator for Iter<'_, K, V> {
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<(K, Strong<V>)> {
        loop {
            let (key, value) = self.0.next(|row| {
                let value = row.value.weak()?;
                Some((row.key.0.clone(), value))
            })?;
            if let Some(value) = value.upgrade() {
                return Some((key, value));
            }
        }
    }
}

impl<'a, K, V, S> IntoIterator for &'a WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    type Item = (K, Strong<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: Clone + 'static, V: ?Sized + WeakReferenceable> core::iter::FusedIterator
    for Iter<'_, K, V>
{
}

impl<K: 'static, V: ?Sized + WeakReferenceable> fmt::Debug for Iter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Iter").finish_non_exhaustive()
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable, S: Default> Default for WeakValueMap<K, V, S>
where
    V::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<
    K: fmt::Debug + Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + fmt::Debug,
    S: BuildHasher,
> fmt::Debug for WeakValueMap<K, V, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
