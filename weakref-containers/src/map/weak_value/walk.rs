//! Walking, and removing what a walk comes by.

use weakref::watch::drop_first;
use weakref::{Strong, WeakReferenceable};

use super::{Drain, ExtractIf, IntoKeys, IntoValues, Iter, Keys, Values, WeakValueMap, WeakValues};
use crate::iter;

impl<K, V: ?Sized + WeakReferenceable, S> WeakValueMap<K, V, S> {
    /// Removes any live entry and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert(1, &image);
    /// let (key, value) = map.pop().unwrap();
    /// assert_eq!((key, value.0), (1, 7));
    /// assert!(map.pop().is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised over a series without insertions; else O(capacity).
    #[doc(alias = "popitem")]
    pub fn pop(&mut self) -> Option<(K, Strong<V>)> {
        let (row, value) = self.table.pop(|row| row.value.upgrade())?;
        Some((row.key.0, value))
    }

    /// Removes the entries for which `keep` returns false.
    ///
    /// It is called once for every entry that is alive when its turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let images: Vec<_> = (0..4).map(|n| Strong::new(Image(n))).collect();
    /// map.extend(images.iter().enumerate());
    /// map.retain(|_, image| image.0 >= 3);
    /// assert!(map.len() == 1 && map.contains_key(&3));
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &Strong<V>) -> bool) {
        self.table.bury();
        self.table.retain(|row| {
            let value = row.value.upgrade()?;
            Some(keep(&row.key.0, &value))
        });
    }

    /// Removes the live entries for which `wanted` returns true, and iterates over them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let images: Vec<_> = (0..4).map(|n| Strong::new(Image(n))).collect();
    /// map.extend(images.iter().enumerate());
    /// let odd: Vec<_> = map.extract_if(|key, _| key % 2 == 1).collect();
    /// assert_eq!((odd.len(), map.len()), (2, 2));
    /// ```
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, K, V, F>
    where
        F: FnMut(&K, &Strong<V>) -> bool,
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// let all: Vec<_> = map.drain().map(|(key, value)| (key, value.0)).collect();
    /// assert_eq!(all, [("logo", 7)]);
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, K, V> {
        Drain::new(&mut self.table)
    }

    /// Iterates over the live entries, in no particular order.
    ///
    /// Every value that it has yielded is kept alive by what was yielded, and by nothing else; an
    /// entry that dies meanwhile is left out.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// for (key, value) in map.iter() {
    ///     assert_eq!((*key, value.0), ("logo", 7));
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.keys().eq(&["logo"]));
    /// ```
    pub fn keys(&self) -> Keys<'_, K, V> {
        Keys::new(&self.table)
    }

    /// Iterates over the live values, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert_eq!(map.values().map(|image| image.0).sum::<u8>(), 7);
    /// ```
    pub fn values(&self) -> Values<'_, K, V> {
        Values::new(&self.table)
    }

    /// Iterates over weak references to the live values, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// let weak: Vec<_> = map.weak_values().collect();
    /// assert_eq!(weak, [Strong::downgrade(&image)]);
    /// ```
    #[doc(alias = "valuerefs")]
    #[doc(alias = "weak_iter")]
    pub fn weak_values(&self) -> WeakValues<'_, K, V> {
        WeakValues::new(&self.table)
    }

    /// Takes the map apart and iterates over the keys of live entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// assert!(map.into_keys().eq(["logo"]));
    /// ```
    pub fn into_keys(self) -> IntoKeys<K, V> {
        drop_first(self.hash_builder, iter::IntoIter::new(self.table))
    }

    /// Takes the map apart and iterates over the live values.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert("logo", &image);
    /// let values: Vec<_> = map.into_values().collect();
    /// assert!(Strong::ptr_eq(&values[0], &image));
    /// ```
    pub fn into_values(self) -> IntoValues<K, V> {
        drop_first(self.hash_builder, iter::IntoIter::new(self.table))
    }
}
