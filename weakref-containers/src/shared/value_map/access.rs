//! Looking up, inserting, replacing and removing.

use core::borrow::Borrow;
use core::hash::{BuildHasher, Hash};

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{Slots, WeakValueMap};
use crate::shared::calls::{HeldKey, Target, change_if, replace_value};
use crate::shared::found::find_held;
use crate::shared::sharded::Inside;
use crate::side::{Held, Side};
use crate::sync::{Bug, seeded};
use crate::table::Row;

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq + 'static,
    V: ?Sized + WeakReferenceable + 'static,
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
        let hash = self.hash_builder.hash_one(key);
        if !self.tier.is_some() {
            return self.find(hash, key);
        }
        let shard = self.shards.of(hash);
        let (value, bucket, seat) = shard.read(|inside| {
            let is_it = |row: &Row<Held<K>, Slots<V>>| row.key.0.borrow() == key;
            let bucket = inside.table.find_bucket(hash, is_it)?;
            let value = inside.table.row_at(bucket)?.value.show()?;
            let seat = inside.part.seat(bucket);
            if !seeded(Bug::NotedLate) {
                inside.part.note(bucket, seat);
            }
            Some((value, bucket, seat))
        })?;
        if seeded(Bug::NotedLate) {
            shard.look(|inside| inside.part.note(bucket, seat));
        }
        if seat.is_none() {
            self.tier.enter(&self.shards, hash, &value);
        }
        Some(value)
    }

    /// Returns the value of a key without telling the tier of the use.
    pub(super) fn find<Q>(&self, hash: u64, key: &Q) -> Option<Strong<V>>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        self.shards.of(hash).read(|inside| {
            let is_it = |row: &Row<Held<K>, Slots<V>>| (row.key.0.borrow() == key).then_some(());
            inside.table.find(hash, is_it)?.0.value.show()
        })
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
        // Declared outside the lock, so that no value is dropped under it if an `Eq` panics.
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
    /// one. A construction of that key which is under way ends with `value`: those who
    /// wait for it have it at once, and the one who makes has it when its `make` is done, which is not interrupted.
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
        let mut entrance = self.tier.entrance(place.shard);
        let replaced = place.insert_and(value, |inside, bucket| {
            entrance.enter(inside, bucket, hash, value);
        });
        if !entrance.has_entered {
            self.keep(hash, value);
        }
        let (old, gone) = replaced.unzip();
        // After that, and before anything is returned: dropping its key may panic.
        drop_first((gone, entrance), old)
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
    #[track_caller]
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
        let (old, gone) = change_if(shard, find, condition, Inside::take_at)?;
        // As in `insert`.
        drop_first(gone, Some(old))
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
    #[track_caller]
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
        self.keep(hash, value);
        Some(old)
    }

    pub(in crate::shared) fn place(
        &self,
        key: K,
    ) -> Target<'_, Held<K>, Watched<V>, V::Slot, HeldKey<K>> {
        let hash = self.hash_builder.hash_one(&key);
        Target {
            shard: self.shards.of(hash),
            hash,
            key: HeldKey(Some(key)),
        }
    }
}
