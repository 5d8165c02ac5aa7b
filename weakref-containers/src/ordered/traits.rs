//! The traits of std that the ordered map implements.

use core::fmt;

use weakref::{Strong, WeakReferenceable};

use super::WeakValueBTreeMap;

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

impl<'a, K: Ord, V: ?Sized + WeakReferenceable> FromIterator<(K, &'a Strong<V>)>
    for WeakValueBTreeMap<K, V>
{
    fn from_iter<I: IntoIterator<Item = (K, &'a Strong<V>)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}
