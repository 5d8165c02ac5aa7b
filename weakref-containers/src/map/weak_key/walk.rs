//! Walking, and removing what a walk comes by.

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{
    Drain, ExtractIf, IntoKeys, IntoValues, Iter, IterMut, KeyMap, Keys, Values, ValuesMut,
    WeakKeys,
};
use crate::side::Held;
use crate::table::Table;

impl<K: ?Sized + WeakReferenceable, V, S, M> KeyMap<K, V, S, M> {
    pub(crate) fn table_mut(&mut self) -> &mut Table<Watched<K>, Held<V>> {
        &mut self.table
    }

    /// Removes any live entry and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// let (key, value) = map.pop().unwrap();
    /// assert_eq!((key.0, value), (1, "data"));
    /// assert!(map.pop().is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised over a series without insertions; else O(capacity).
    #[doc(alias = "popitem")]
    pub fn pop(&mut self) -> Option<(Strong<K>, V)> {
        let (row, key) = self.table.pop(|row| row.key.upgrade())?;
        Some((key, row.value.0))
    }

    /// Removes the entries for which `keep` returns false.
    ///
    /// It is called once for every entry that is alive when its turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let mut map: WeakKeyMap<_, _> = users.iter().zip(10..).collect();
    /// map.retain(|key, value| key.0 > 2 && *value == 13);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&Strong<K>, &mut V) -> bool) {
        self.table.bury();
        self.table.retain(|row| {
            let key = row.key.upgrade()?;
            Some(keep(&key, &mut row.value.0))
        });
    }

    /// Removes the live entries for which `wanted` returns true, and iterates over them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let mut map: WeakKeyMap<_, _> = users.iter().zip(10..).collect();
    /// let odd: Vec<_> = map.extract_if(|key, _| key.0 % 2 == 1).collect();
    /// assert_eq!((odd.len(), map.len()), (2, 2));
    /// ```
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&Strong<K>, &mut V) -> bool,
    {
        ExtractIf::new(&mut self.table, wanted)
    }

    /// Removes all entries, keeps the capacity, and iterates over the live entries.
    ///
    /// The map is empty even if the iterator is forgotten.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// let all: Vec<_> = map.drain().map(|(key, value)| (key.0, value)).collect();
    /// assert_eq!(all, [(1, "data")]);
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain::new(&mut self.table)
    }

    /// Iterates over the live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// for (key, value) in map.iter() {
    ///     assert_eq!((key.0, *value), (1, "data"));
    /// }
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity); dead entries that were not purged count.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.table)
    }

    /// Iterates over the live entries, values to be changed, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, 5);
    /// for (key, value) in map.iter_mut() {
    ///     *value += key.0;
    /// }
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut::new(&mut self.table)
    }

    /// Iterates over the live keys, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(map.keys().all(|key| key.0 == 1));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(&self.table)
    }

    /// Iterates over weak references to the live keys, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// let weak: Vec<_> = map.weak_keys().collect();
    /// assert_eq!(weak, [Strong::downgrade(&user)]);
    /// ```
    #[doc(alias = "keyrefs")]
    #[doc(alias = "weak_iter")]
    pub fn weak_keys(&self) -> WeakKeys<'_, K, V> {
        WeakKeys::new(&self.table)
    }

    /// Iterates over the values of live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(map.values().eq(&["data"]));
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(&self.table)
    }

    /// Iterates over the values of live entries, to be changed, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, 5);
    /// map.values_mut().for_each(|value| *value += 1);
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut::new(&mut self.table)
    }

    /// Takes the map apart and iterates over the live keys.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(map.into_keys().eq([user]));
    /// ```
    pub fn into_keys(self) -> IntoKeys<K, V> {
        drop_first(self.hash_builder, IntoKeys::new(self.table))
    }

    /// Takes the map apart and iterates over the values of live entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// assert!(map.into_values().eq(["data"]));
    /// ```
    pub fn into_values(self) -> IntoValues<K, V> {
        drop_first(self.hash_builder, IntoValues::new(self.table))
    }
}
