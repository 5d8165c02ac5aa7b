//! Collecting, comparing and joining.

use core::hash::{BuildHasher, Hash};
use core::ops::{BitOr, BitOrAssign};
use std::collections::HashMap;
use std::hash::RandomState;

use weakref::watch::drop_first;
use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, PairMap};
use crate::key::{ByValue, Keying};

impl<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S, M> IntoIterator
    for &'a PairMap<K, V, S, M>
{
    type Item = (Strong<K>, Strong<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S, M> IntoIterator
    for PairMap<K, V, S, M>
{
    type Item = (Strong<K>, Strong<V>);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        drop_first(self.hash_builder, IntoIter::new(self.table))
    }
}

impl<'a, K, V, S, M> Extend<(&'a Strong<K>, &'a Strong<V>)> for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair, as [`insert`](Self::insert) does: also what a borrowed map of strong
    /// handles yields.
    fn extend<I: IntoIterator<Item = (&'a Strong<K>, &'a Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(key, value);
        }
    }
}

impl<K, V, S, M> Extend<(Strong<K>, Strong<V>)> for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Inserts every pair, what a borrowed weak map yields, and drops its handles: a key or value
    /// that nobody else owns is gone at once.
    fn extend<I: IntoIterator<Item = (Strong<K>, Strong<V>)>>(&mut self, pairs: I) {
        for (key, value) in pairs {
            self.insert(&key, &value);
        }
    }
}

impl<K, V, S, M, P> FromIterator<P> for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: Default,
    Self: Extend<P>,
{
    /// Collects pairs of handles, owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty map.
    fn from_iter<I: IntoIterator<Item = P>>(pairs: I) -> Self {
        let mut map = Self::default();
        map.extend(pairs);
        map
    }
}

impl<'a, K, V, M, const N: usize> From<[(&'a Strong<K>, &'a Strong<V>); N]>
    for PairMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    M: Keying<K>,
{
    fn from(pairs: [(&'a Strong<K>, &'a Strong<V>); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, M, const N: usize> From<[(Strong<K>, Strong<V>); N]> for PairMap<K, V, RandomState, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    M: Keying<K>,
{
    /// Keys and values that nobody else owns are gone at once.
    fn from(pairs: [(Strong<K>, Strong<V>); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl<K, V, S, S2, M> PartialEq<PairMap<K, V, S2, M>> for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable + PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<K>,
{
    /// Compares the live entries.
    fn eq(&self, other: &PairMap<K, V, S2, M>) -> bool {
        self.len() == other.len() && self.is_submap(other)
    }
}

impl<K, V, S, M> Eq for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable + Eq,
    S: BuildHasher,
    M: Keying<K>,
{
}

impl<K, V, S, S2> PartialEq<HashMap<Strong<K>, Strong<V>, S2>> for PairMap<K, V, S, ByValue>
where
    K: ?Sized + WeakReferenceable + Hash + Eq,
    V: ?Sized + WeakReferenceable + PartialEq,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live entries with those of a map of strong handles.
    fn eq(&self, other: &HashMap<Strong<K>, Strong<V>, S2>) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, value)| other.get(&key).is_some_and(|there| *there == value))
    }
}

impl<K, V, S, M, T> BitOrAssign<T> for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    T: IntoIterator,
    Self: Extend<T::Item>,
{
    /// Inserts what the right side has; the right side wins.
    fn bitor_assign(&mut self, right: T) {
        self.extend(right);
    }
}

impl<K, V, S, M, T> BitOr<T> for &PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: Clone,
    T: IntoIterator,
    PairMap<K, V, S, M>: Extend<T::Item>,
{
    type Output = PairMap<K, V, S, M>;

    /// A map of what either side has; the right side wins.
    fn bitor(self, right: T) -> PairMap<K, V, S, M> {
        let mut union = self.clone();
        union.extend(right);
        union
    }
}

impl<K, V, S, S2, M> BitOr<&PairMap<K, V, S, M>> for &HashMap<Strong<K>, Strong<V>, S2>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher + Clone,
    M: Keying<K>,
{
    type Output = PairMap<K, V, S, M>;

    /// A weak map of what either side has; the right side wins.
    fn bitor(self, right: &PairMap<K, V, S, M>) -> PairMap<K, V, S, M> {
        let mut union = PairMap::with_hasher(right.hasher().clone());
        union.extend(self);
        union.extend(right);
        union
    }
}

impl<K, V, S, M> PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<K>,
{
    /// Returns whether `other` has every live key of this map, with a value that `same` accepts.
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
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let (five, six) = (Strong::new(Window(5)), Strong::new(Window(6)));
    /// let small = WeakPairMap::from([(&a, &five)]);
    /// let large = WeakPairMap::from([(&a, &six), (&b, &six)]);
    /// assert!(small.is_submap_with(&large, |here, there| here.0 < there.0));
    /// assert!(!large.is_submap_with(&small, |_, _| true));
    /// ```
    #[doc(alias = "submap_with")]
    pub fn is_submap_with<V2: ?Sized + WeakReferenceable, S2: BuildHasher>(
        &self,
        other: &PairMap<K, V2, S2, M>,
        mut same: impl FnMut(&Strong<V>, &Strong<V2>) -> bool,
    ) -> bool {
        self.iter().all(|(key, value)| {
            let there = other.get(M::query(&key));
            there.is_some_and(|there| same(&value, &there))
        })
    }

    /// Returns whether `other` has every live entry of this map.
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
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let five = Strong::new(Window(5));
    /// let small = WeakPairMap::from([(&a, &five)]);
    /// let large = WeakPairMap::from([(&a, &five), (&b, &five)]);
    /// assert!(small.is_submap(&large) && !large.is_submap(&small));
    /// ```
    pub fn is_submap<S2: BuildHasher>(&self, other: &PairMap<K, V, S2, M>) -> bool
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
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let (five, six) = (Strong::new(Window(5)), Strong::new(Window(6)));
    /// let small = WeakPairMap::from([(&a, &five)]);
    /// let large = WeakPairMap::from([(&a, &six), (&b, &six)]);
    /// assert!(small.domain_is_subset(&large));
    /// ```
    pub fn domain_is_subset<V2, S2>(&self, other: &PairMap<K, V2, S2, M>) -> bool
    where
        V2: ?Sized + WeakReferenceable,
        S2: BuildHasher,
    {
        self.keys().all(|key| other.contains_key(M::query(&key)))
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S, M> PairMap<K, V, S, M> {
    /// Returns a map of strong handles, which keeps the entries that are alive now.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// let map = WeakPairMap::from([(&user, &window)]);
    /// let strong = map.upgrade();
    /// drop(user);
    /// assert_eq!((map.len(), strong.len()), (1, 1));
    /// ```
    pub fn upgrade(&self) -> HashMap<Strong<K>, Strong<V>, S>
    where
        K: Hash + Eq,
        S: BuildHasher + Clone,
    {
        let mut strong = HashMap::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self);
        strong
    }

    /// Returns the entries that are alive now, with strong handles, in no particular order.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// let map = WeakPairMap::from([(&user, &window)]);
    /// let entries = map.snapshot();
    /// assert_eq!((entries[0].0.0, entries[0].1.0), (1, 7));
    /// ```
    pub fn snapshot(&self) -> Vec<(Strong<K>, Strong<V>)> {
        self.iter().collect()
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S: FinalizerSafe, M>
    FinalizerSafe for PairMap<K, V, S, M>
{
}
