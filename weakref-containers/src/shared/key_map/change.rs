//! Removing, replacing, and changing what is there.

use core::hash::BuildHasher;
use std::sync::Arc;

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::KeyMap;
use crate::key::{Keying, Lookup};
use crate::shared::calls::{Tries, change_if, replace_value};
use crate::shared::found::look_for_entry;

impl<K, V: 'static, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<K>,
{
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
    #[track_caller]
    pub fn remove_if<Q>(&self, key: &Q, condition: impl FnMut(&Arc<V>) -> bool) -> Option<Arc<V>>
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
    #[track_caller]
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
    #[track_caller]
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
    #[track_caller]
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
                // The previous value is dropped without the lock and outside the borrow.
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
    #[track_caller]
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

    #[track_caller]
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
}
