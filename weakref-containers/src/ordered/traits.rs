//! The traits of std that the ordered map implements.

use core::fmt;
use core::ops::{BitOr, BitOrAssign};
use std::collections::BTreeMap;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, WeakValueBTreeMap};

impl<K, V: ?Sized + WeakReferenceable> Default for WeakValueBTreeMap<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone, V: ?Sized + WeakReferenceable> Clone for WeakValueBTreeMap<K, V> {
    /// Makes a map of the live entries, with registrations of its own.
    fn clone(&self) -> Self {
        let mut copy = Self::new();
        copy.extend(self.iter().map(|(key, value)| (key.clone(), value)));
        copy
    }
}

impl<K: PartialEq, V: ?Sized + WeakReferenceable + PartialEq> PartialEq
    for WeakValueBTreeMap<K, V>
{
    /// Compares the live entries.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<K: Eq, V: ?Sized + WeakReferenceable + Eq> Eq for WeakValueBTreeMap<K, V> {}

impl<K: PartialEq, V: ?Sized + WeakReferenceable + PartialEq> PartialEq<BTreeMap<K, Strong<V>>>
    for WeakValueBTreeMap<K, V>
{
    /// Compares the live entries with those of a map of strong handles.
    fn eq(&self, other: &BTreeMap<K, Strong<V>>) -> bool {
        let mut theirs = other.iter();
        let is_same = |(key, value): (&K, Strong<V>)| theirs.next() == Some((key, &value));
        self.iter().all(is_same) && theirs.next().is_none()
    }
}

impl<K, V: ?Sized + WeakReferenceable, T> BitOrAssign<T> for WeakValueBTreeMap<K, V>
where
    T: IntoIterator,
    Self: Extend<T::Item>,
{
    /// Inserts what the right side has; the right side wins.
    fn bitor_assign(&mut self, right: T) {
        self.extend(right);
    }
}

impl<K, V: ?Sized + WeakReferenceable, T> BitOr<T> for &WeakValueBTreeMap<K, V>
where
    K: Ord + Clone,
    T: IntoIterator,
    WeakValueBTreeMap<K, V>: Extend<T::Item>,
{
    type Output = WeakValueBTreeMap<K, V>;

    /// A map of what either side has; the right side wins.
    fn bitor(self, right: T) -> WeakValueBTreeMap<K, V> {
        let mut union = self.clone();
        union.extend(right);
        union
    }
}

impl<K, V> BitOr<&WeakValueBTreeMap<K, V>> for &BTreeMap<K, Strong<V>>
where
    K: Ord + Clone,
    V: ?Sized + WeakReferenceable,
{
    type Output = WeakValueBTreeMap<K, V>;

    /// A weak map of what either side has; the right side wins.
    fn bitor(self, right: &WeakValueBTreeMap<K, V>) -> WeakValueBTreeMap<K, V> {
        let mut union = WeakValueBTreeMap::from_iter(self);
        union.extend(right);
        union
    }
}

impl<K: fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug
    for WeakValueBTreeMap<K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<'a, K: Ord, V: ?Sized + WeakReferenceable> Extend<(K, &'a Strong<V>)>
    for WeakValueBTreeMap<K, V>
{
    fn extend<I: IntoIterator<Item = (K, &'a Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable> Extend<(K, Strong<V>)> for WeakValueBTreeMap<K, V> {
    /// Inserts the entries. Handles that nobody else holds die at once, and their entries with them.
    fn extend<I: IntoIterator<Item = (K, Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, &value);
        }
    }
}

impl<'a, K: Ord + Clone, V: ?Sized + WeakReferenceable> Extend<(&'a K, &'a Strong<V>)>
    for WeakValueBTreeMap<K, V>
{
    /// Inserts the entries: what a borrowed map of strong handles yields.
    fn extend<I: IntoIterator<Item = (&'a K, &'a Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key.clone(), value);
        }
    }
}

impl<'a, K: Ord + Clone, V: ?Sized + WeakReferenceable> Extend<(&'a K, Strong<V>)>
    for WeakValueBTreeMap<K, V>
{
    /// Inserts the entries: what a borrowed weak map yields.
    fn extend<I: IntoIterator<Item = (&'a K, Strong<V>)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key.clone(), &value);
        }
    }
}

impl<K, V: ?Sized + WeakReferenceable, P> FromIterator<P> for WeakValueBTreeMap<K, V>
where
    Self: Extend<P>,
{
    /// Collects pairs of keys and handles, owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty map.
    fn from_iter<I: IntoIterator<Item = P>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

impl<'a, K: Ord, V: ?Sized + WeakReferenceable, const N: usize> From<[(K, &'a Strong<V>); N]>
    for WeakValueBTreeMap<K, V>
{
    fn from(entries: [(K, &'a Strong<V>); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable, const N: usize> From<[(K, Strong<V>); N]>
    for WeakValueBTreeMap<K, V>
{
    /// Values that nobody else owns are gone at once.
    fn from(entries: [(K, Strong<V>); N]) -> Self {
        entries.into_iter().collect()
    }
}

impl<'a, K, V: ?Sized + WeakReferenceable> IntoIterator for &'a WeakValueBTreeMap<K, V> {
    type Item = (&'a K, Strong<V>);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Iter<'a, K, V> {
        self.iter()
    }
}

impl<K, V: ?Sized + WeakReferenceable> IntoIterator for WeakValueBTreeMap<K, V> {
    type Item = (K, Strong<V>);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> IntoIter<K, V> {
        IntoIter::new(self)
    }
}

impl<K: FinalizerSafe, V: ?Sized + WeakReferenceable> FinalizerSafe for WeakValueBTreeMap<K, V> {}
