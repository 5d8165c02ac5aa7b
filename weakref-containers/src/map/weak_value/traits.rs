//! Collecting, comparing and joining.

use core::hash::{BuildHasher, Hash};
use core::ops::{BitOr, BitOrAssign};
use std::collections::HashMap;
use std::hash::RandomState;

use weakref::watch::drop_first;
use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, WeakValueMap};

impl<'a, K, V: ?Sized + WeakReferenceable, S> IntoIterator for &'a WeakValueMap<K, V, S> {
    type Item = (&'a K, Strong<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V: ?Sized + WeakReferenceable, S> IntoIterator for WeakValueMap<K, V, S> {
    type Item = (K, Strong<V>);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        drop_first(self.hash_builder, IntoIter::new(self.table))
    }
}

impl<'a, K, V, S> Extend<(K, &'a Strong<V>)> for WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Inserts every pair, as [`insert`](Self::insert) does.
    fn extend<I: IntoIterator<Item = (K, &'a Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V, S> Extend<(&'a K, &'a Strong<V>)> for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Inserts every pair, as [`insert`](Self::insert) does: what a borrowed map of strong handles
    /// yields.
    fn extend<I: IntoIterator<Item = (&'a K, &'a Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key.clone(), value);
        }
    }
}

impl<'a, K, V, S> Extend<(&'a K, Strong<V>)> for WeakValueMap<K, V, S>
where
    K: Hash + Eq + Clone,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Inserts every pair, as [`insert`](Self::insert) does: what a borrowed weak map yields.
    fn extend<I: IntoIterator<Item = (&'a K, Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key.clone(), &value);
        }
    }
}

impl<K, V, S> Extend<(K, Strong<V>)> for WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Inserts every pair and drops its handle: a value that nobody else owns is gone at once.
    fn extend<I: IntoIterator<Item = (K, Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, &value);
        }
    }
}

impl<K, V, S, P> FromIterator<P> for WeakValueMap<K, V, S>
where
    V: ?Sized + WeakReferenceable,
    S: Default,
    Self: Extend<P>,
{
    /// Collects pairs of keys and handles, owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty map.
    fn from_iter<I: IntoIterator<Item = P>>(pairs: I) -> Self {
        let mut map = Self::default();
        map.extend(pairs);
        map
    }
}

impl<'a, K, V, const N: usize> From<[(K, &'a Strong<V>); N]> for WeakValueMap<K, V, RandomState>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
{
    fn from(pairs: [(K, &'a Strong<V>); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, const N: usize> From<[(K, Strong<V>); N]> for WeakValueMap<K, V, RandomState>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
{
    /// Values that nobody else owns are gone at once.
    fn from(pairs: [(K, Strong<V>); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, S, S2> PartialEq<WeakValueMap<K, V, S2>> for WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable + PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries, values by value.
    fn eq(&self, other: &WeakValueMap<K, V, S2>) -> bool {
        self.len() == other.len() && self.is_submap(other)
    }
}

impl<K, V, S> Eq for WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable + Eq,
    S: BuildHasher,
{
}

impl<K, V, S, S2> PartialEq<HashMap<K, Strong<V>, S2>> for WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable + PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries with those of a map of strong handles, values by value.
    fn eq(&self, other: &HashMap<K, Strong<V>, S2>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(key).is_some_and(|there| *there == value))
    }
}

impl<K, V, S, T> BitOrAssign<T> for WeakValueMap<K, V, S>
where
    V: ?Sized + WeakReferenceable,
    T: IntoIterator,
    Self: Extend<T::Item>,
{
    /// Inserts what the right side has; the right side wins.
    fn bitor_assign(&mut self, right: T) {
        self.extend(right);
    }
}

impl<K, V, S, T> BitOr<T> for &WeakValueMap<K, V, S>
where
    K: Clone,
    V: ?Sized + WeakReferenceable,
    S: Clone,
    T: IntoIterator,
    WeakValueMap<K, V, S>: Extend<T::Item>,
{
    type Output = WeakValueMap<K, V, S>;

    /// A map of what either side has; the right side wins.
    fn bitor(self, right: T) -> WeakValueMap<K, V, S> {
        let mut union = self.clone();
        union.extend(right);
        union
    }
}

impl<K, V, S, S2> BitOr<&WeakValueMap<K, V, S>> for &HashMap<K, Strong<V>, S2>
where
    K: Hash + Eq + Clone,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
{
    type Output = WeakValueMap<K, V, S>;

    /// A weak map of what either side has; the right side wins.
    fn bitor(self, right: &WeakValueMap<K, V, S>) -> WeakValueMap<K, V, S> {
        let mut union = WeakValueMap::with_hasher(right.hasher().clone());
        union.extend(self);
        union.extend(right);
        union
    }
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Returns whether `other` has every live key of this map, with a value that `same` accepts.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let small = WeakValueMap::from([(1, &image)]);
    /// let large = WeakValueMap::from([(1, &image), (2, &image)]);
    /// assert!(small.is_submap_with(&large, Strong::ptr_eq));
    /// assert!(!large.is_submap_with(&small, Strong::ptr_eq));
    /// ```
    pub fn is_submap_with<V2, S2>(
        &self,
        other: &WeakValueMap<K, V2, S2>,
        mut same: impl FnMut(&Strong<V>, &Strong<V2>) -> bool,
    ) -> bool
    where
        V2: ?Sized + WeakReferenceable,
        S2: BuildHasher,
    {
        self.iter()
            .all(|(key, value)| other.get(key).is_some_and(|there| same(&value, &there)))
    }

    /// Returns whether `other` has every live entry of this map, values compared by value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable, PartialEq)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(7)), Strong::new(Image(7)));
    /// let small = WeakValueMap::from([(1, &a)]);
    /// let large = WeakValueMap::from([(1, &b), (2, &b)]);
    /// assert!(small.is_submap(&large) && !large.is_submap(&small));
    /// ```
    pub fn is_submap<S2: BuildHasher>(&self, other: &WeakValueMap<K, V, S2>) -> bool
    where
        V: PartialEq,
    {
        self.is_submap_with(other, |here, there| here == there)
    }

    /// Returns whether `other` has every live key of this map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let small = WeakValueMap::from([(1, &a)]);
    /// let large = WeakValueMap::from([(1, &b), (2, &b)]);
    /// assert!(small.domain_is_subset(&large));
    /// ```
    pub fn domain_is_subset<V2, S2>(&self, other: &WeakValueMap<K, V2, S2>) -> bool
    where
        V2: ?Sized + WeakReferenceable,
        S2: BuildHasher,
    {
        self.keys().all(|key| other.contains_key(key))
    }

    /// Returns a map of strong handles, which keeps the entries that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let map = WeakValueMap::from([("logo", &image)]);
    /// let strong = map.upgrade();
    /// drop(image);
    /// assert_eq!((map.len(), strong["logo"].0), (1, 7));
    /// ```
    pub fn upgrade(&self) -> HashMap<K, Strong<V>, S>
    where
        K: Clone,
        S: Clone,
    {
        let mut strong = HashMap::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self.iter().map(|(key, value)| (key.clone(), value)));
        strong
    }

    /// Returns the entries that are alive now, with strong handles, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let map = WeakValueMap::from([("logo", &image)]);
    /// let entries = map.snapshot();
    /// assert_eq!((entries[0].0, entries[0].1.0), ("logo", 7));
    /// ```
    pub fn snapshot(&self) -> Vec<(K, Strong<V>)>
    where
        K: Clone,
    {
        self.iter()
            .map(|(key, value)| (key.clone(), value))
            .collect()
    }
}

impl<K: FinalizerSafe, V: ?Sized + WeakReferenceable, S: FinalizerSafe> FinalizerSafe
    for WeakValueMap<K, V, S>
{
}
