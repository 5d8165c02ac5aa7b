//! Walking, and removing what a walk comes by.

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::{
    Drain, ExtractIf, IntoKeys, IntoValues, Iter, Keys, PairMap, Values, WeakKeys, WeakValues,
};

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
{
    /// Removes any live entry and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// let (key, value) = map.pop().unwrap();
    /// assert_eq!((key.0, value.0), (1, 7));
    /// assert!(map.pop().is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised over a series without insertions; else O(capacity).
    #[doc(alias = "popitem")]
    pub fn pop(&mut self) -> Option<(Strong<K>, Strong<V>)> {
        let (_, both) = self
            .table
            .pop(|row| row.key.upgrade().zip(row.value.upgrade()))?;
        Some(both)
    }

    /// Removes the entries for which `keep` returns false.
    ///
    /// It is called once for every entry that is alive when its turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let window = Strong::new(Window(1));
    /// let mut map: WeakPairMap<_, _> = users.iter().map(|user| (user, &window)).collect();
    /// map.retain(|key, _| key.0 > 2);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&Strong<K>, &Strong<V>) -> bool) {
        self.table.bury();
        self.table.retain(|row| {
            let (key, value) = (row.key.upgrade()?, row.value.upgrade()?);
            Some(keep(&key, &value))
        });
    }

    /// Removes the live entries for which `wanted` returns true, and iterates over them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let window = Strong::new(Window(1));
    /// let mut map: WeakPairMap<_, _> = users.iter().map(|user| (user, &window)).collect();
    /// let odd: Vec<_> = map.extract_if(|key, _| key.0 % 2 == 1).collect();
    /// assert_eq!((odd.len(), map.len()), (2, 2));
    /// ```
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&Strong<K>, &Strong<V>) -> bool,
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert_eq!(map.drain().count(), 1);
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// for (key, value) in map.iter() {
    ///     assert_eq!((key.0, value.0), (1, 7));
    /// }
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity); dead entries that were not purged count.
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter::new(&self.table)
    }

    /// Iterates over the keys of live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.keys().all(|key| key.0 == 1));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(&self.table)
    }

    /// Iterates over the values of live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.values().all(|value| value.0 == 7));
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(&self.table)
    }

    /// Iterates over weak references to the keys of live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.weak_keys().eq([Strong::downgrade(&user)]));
    /// ```
    #[doc(alias = "keyrefs")]
    pub fn weak_keys(&self) -> WeakKeys<'_, K, V> {
        WeakKeys::new(&self.table)
    }

    /// Iterates over weak references to the values of live entries, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.weak_values().eq([Strong::downgrade(&window)]));
    /// ```
    #[doc(alias = "valuerefs")]
    pub fn weak_values(&self) -> WeakValues<'_, K, V> {
        WeakValues::new(&self.table)
    }

    /// Takes the map apart and iterates over the keys of live entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// map.insert(&user, &window);
    /// assert!(map.into_values().eq([window]));
    /// ```
    pub fn into_values(self) -> IntoValues<K, V> {
        drop_first(self.hash_builder, IntoValues::new(self.table))
    }
}
