//! Collecting, comparing and joining.

use core::hash::{BuildHasher, Hash};
use core::ops::{BitOr, BitOrAssign, Index, IndexMut};
use std::collections::HashMap;
use std::hash::RandomState;

use weakref::watch::drop_first;
use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, IterMut, KeyMap};
use crate::key::{ByValue, Keying, Lookup};

impl<'a, K: ?Sized + WeakReferenceable, V, S, M> IntoIterator for &'a KeyMap<K, V, S, M> {
    type Item = (Strong<K>, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V, S, M> IntoIterator for &'a mut KeyMap<K, V, S, M> {
    type Item = (Strong<K>, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

impl<K: ?Sized + WeakReferenceable, V, S, M> IntoIterator for KeyMap<K, V, S, M> {
    type Item = (Strong<K>, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        drop_first(self.hash_builder, IntoIter::new(self.table))
    }
}

impl<'a, K, V, S, M> Extend<(&'a Strong<K>, V)> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair, as [`insert`](Self::insert) does.
    fn extend<I: IntoIterator<Item = (&'a Strong<K>, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl<'a, K, V, S, M> Extend<(&'a Strong<K>, &'a V)> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: Clone,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair, as [`insert`](Self::insert) does: what a borrowed map of strong handles
    /// yields.
    fn extend<I: IntoIterator<Item = (&'a Strong<K>, &'a V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value.clone());
        }
    }
}

impl<'a, K, V, S, M> Extend<(Strong<K>, &'a V)> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: Clone,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair, as [`insert`](Self::insert) does: what a borrowed weak map yields.
    fn extend<I: IntoIterator<Item = (Strong<K>, &'a V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(&key, value.clone());
        }
    }
}

impl<K, V, S, M> Extend<(Strong<K>, V)> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair and drops its handle: a key that nobody else owns is gone at once.
    fn extend<I: IntoIterator<Item = (Strong<K>, V)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(&key, value);
        }
    }
}

impl<K, V, S, M, P> FromIterator<P> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: Default,
    Self: Extend<P>,
{
    /// Collects pairs of handles, owned or borrowed, and values.
    ///
    /// Collecting owned handles that nobody else owns gives an empty map.
    fn from_iter<I: IntoIterator<Item = P>>(pairs: I) -> Self {
        let mut map = Self::default();
        map.extend(pairs);
        map
    }
}

impl<'a, K, V, M, const N: usize> From<[(&'a Strong<K>, V); N]> for KeyMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable,
    M: Keying<K>,
{
    fn from(pairs: [(&'a Strong<K>, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, M, const N: usize> From<[(Strong<K>, V); N]> for KeyMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable,
    M: Keying<K>,
{
    /// Keys that nobody else owns are gone at once.
    fn from(pairs: [(Strong<K>, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, S, S2, M> PartialEq<KeyMap<K, V, S2, M>> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<K>,
{
    /// Compares the live entries.
    fn eq(&self, other: &KeyMap<K, V, S2, M>) -> bool {
        self.len() == other.len() && self.is_submap(other)
    }
}

impl<K, V, S, M> Eq for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: Eq,
    S: BuildHasher,
    M: Keying<K>,
{
}

impl<K, V, S, S2> PartialEq<HashMap<Strong<K>, V, S2>> for KeyMap<K, V, S, ByValue>
where
    K: ?Sized + WeakReferenceable + Hash + Eq,
    V: PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries with those of a map of strong handles.
    fn eq(&self, other: &HashMap<Strong<K>, V, S2>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(&key).is_some_and(|there| there == value))
    }
}

impl<K, V, S, M, Q> Index<&Q> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
    Q: ?Sized + Lookup<K, M>,
{
    type Output = V;

    /// Returns the value of a key.
    ///
    /// # Panics
    ///
    /// Panics when the key is not there, or dead.
    fn index(&self, key: &Q) -> &V {
        self.get(key).expect("no live entry found for key")
    }
}

impl<K, V, S, M, Q> IndexMut<&Q> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
    Q: ?Sized + Lookup<K, M>,
{
    /// Returns the value of a key, to be changed.
    ///
    /// # Panics
    ///
    /// Panics when the key is not there, or dead.
    fn index_mut(&mut self, key: &Q) -> &mut V {
        self.get_mut(key).expect("no live entry found for key")
    }
}

impl<K, V, S, M, T> BitOrAssign<T> for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    T: IntoIterator,
    Self: Extend<T::Item>,
{
    /// Inserts what the right side has; the right side wins.
    fn bitor_assign(&mut self, right: T) {
        self.extend(right);
    }
}

impl<K, V, S, M, T> BitOr<T> for &KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: Clone,
    S: Clone,
    T: IntoIterator,
    KeyMap<K, V, S, M>: Extend<T::Item>,
{
    type Output = KeyMap<K, V, S, M>;

    /// A map of what either side has; the right side wins.
    fn bitor(self, right: T) -> KeyMap<K, V, S, M> {
        let mut union = self.clone();
        union.extend(right);
        union
    }
}

impl<K, V, S, S2, M> BitOr<&KeyMap<K, V, S, M>> for &HashMap<Strong<K>, V, S2>
where
    K: ?Sized + WeakReferenceable,
    V: Clone,
    S: BuildHasher + Clone,
    M: Keying<K>,
{
    type Output = KeyMap<K, V, S, M>;

    /// A weak map of what either side has; the right side wins.
    fn bitor(self, right: &KeyMap<K, V, S, M>) -> KeyMap<K, V, S, M> {
        let mut union = KeyMap::with_hasher(right.hasher().clone());
        union.extend(self);
        union.extend(right);
        union
    }
}

impl<K, V, S, M> KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns whether `other` has every live key of this map, with a value that `same` accepts.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let small = WeakKeyMap::from([(&a, 5)]);
    /// let large = WeakKeyMap::from([(&a, 6), (&b, 7)]);
    /// assert!(small.is_submap_with(&large, |here, there| here < there));
    /// assert!(!large.is_submap_with(&small, |_, _| true));
    /// ```
    #[doc(alias = "submap_with")]
    pub fn is_submap_with<V2, S2: BuildHasher>(
        &self,
        other: &KeyMap<K, V2, S2, M>,
        mut same: impl FnMut(&V, &V2) -> bool,
    ) -> bool {
        self.iter().all(|(key, value)| {
            let there = other.get(M::query(&key));
            there.is_some_and(|there| same(value, there))
        })
    }

    /// Returns whether `other` has every live entry of this map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let small = WeakKeyMap::from([(&a, 5)]);
    /// let large = WeakKeyMap::from([(&a, 5), (&b, 6)]);
    /// assert!(small.is_submap(&large) && !large.is_submap(&small));
    /// ```
    pub fn is_submap<S2: BuildHasher>(&self, other: &KeyMap<K, V, S2, M>) -> bool
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let small = WeakKeyMap::from([(&a, 5)]);
    /// let large = WeakKeyMap::from([(&a, "five"), (&b, "six")]);
    /// assert!(small.domain_is_subset(&large));
    /// ```
    pub fn domain_is_subset<V2, S2: BuildHasher>(&self, other: &KeyMap<K, V2, S2, M>) -> bool {
        self.is_submap_with(other, |_, _| true)
    }
}

impl<K: ?Sized + WeakReferenceable, V, S, M> KeyMap<K, V, S, M> {
    /// Returns a map of strong handles, which keeps the entries that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let map = WeakKeyMap::from([(&user, "data")]);
    /// let strong = map.upgrade();
    /// drop(user);
    /// assert_eq!((map.len(), strong.len()), (1, 1));
    /// ```
    pub fn upgrade(&self) -> HashMap<Strong<K>, V, S>
    where
        K: Hash + Eq,
        V: Clone,
        S: BuildHasher + Clone,
    {
        let mut strong = HashMap::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self.iter().map(|(key, value)| (key, value.clone())));
        strong
    }

    /// Returns the entries that are alive now, with strong handles, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let map = WeakKeyMap::from([(&user, "data")]);
    /// let entries = map.snapshot();
    /// assert_eq!((entries[0].0.0, entries[0].1), (1, "data"));
    /// ```
    pub fn snapshot(&self) -> Vec<(Strong<K>, V)>
    where
        V: Clone,
    {
        self.iter()
            .map(|(key, value)| (key, value.clone()))
            .collect()
    }
}

impl<K: ?Sized + WeakReferenceable, V: FinalizerSafe, S: FinalizerSafe, M> FinalizerSafe
    for KeyMap<K, V, S, M>
{
}
