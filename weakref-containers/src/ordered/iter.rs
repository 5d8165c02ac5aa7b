//! The iterators of the ordered map.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use std::collections::btree_map;

use weakref::watch::{Graveyard, Panics, Watched, drop_first};
use weakref::{Source, Strong, WeakRef, WeakReferenceable};

use super::WeakValueBTreeMap;
use crate::several::Several;

/// Defines an iterator over a borrowed map that yields live entries.
macro_rules! borrowed {
    ($(#[$doc:meta])* $name:ident<$used:lifetime> $([$life:lifetime])? over $inner:ident, $item:ty, $show:expr;) => {
        $(#[$doc])*
        pub struct $name<'a, K, V: ?Sized + WeakReferenceable>(
            pub(super) btree_map::$inner<'a, K, Watched<V>>,
        );

        impl<$($life,)? K, V: ?Sized + WeakReferenceable> Iterator for $name<$used, K, V> {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                self.0.find_map($show)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                (0, self.0.size_hint().1)
            }
        }

        impl<K, V: ?Sized + WeakReferenceable> DoubleEndedIterator for $name<'_, K, V> {
            fn next_back(&mut self) -> Option<Self::Item> {
                self.0.by_ref().rev().find_map($show)
            }
        }

        impl<K, V: ?Sized + WeakReferenceable> FusedIterator for $name<'_, K, V> {}

        impl<K, V: ?Sized + WeakReferenceable> Clone for $name<'_, K, V> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<K, V: ?Sized + WeakReferenceable> fmt::Debug for $name<'_, K, V>
        where
            Self: Iterator<Item: fmt::Debug>,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}

borrowed! {
    /// Iterates over the live entries of a [`WeakValueBTreeMap`] as `(&K, Strong<V>)`, in order.
    Iter<'a> ['a] over Iter, (&'a K, Strong<V>), super::upgraded;
}
borrowed! {
    /// Iterates over those of the live entries of a [`WeakValueBTreeMap`] whose keys are in a range, in order.
    Range<'a> ['a] over Range, (&'a K, Strong<V>), super::upgraded;
}
borrowed! {
    /// Iterates over the keys of live entries of a [`WeakValueBTreeMap`], in order.
    Keys<'a> ['a] over Iter, &'a K, |(key, value)| value.is_alive().then_some(key);
}
borrowed! {
    /// Iterates over the live values of a [`WeakValueBTreeMap`] as `Strong<V>`, in the order of their keys.
    Values<'_> over Iter, Strong<V>, |(_, value)| value.upgrade();
}
borrowed! {
    /// Iterates over the live values of a [`WeakValueBTreeMap`] as `WeakRef<V>`, in the order of their keys.
    WeakValues<'_> over Iter, WeakRef<V>, |(_, value)| value.is_alive().then(|| (**value).clone());
}

/// Entries that are dropped one by one, so that a panic in one drop spares the others.
pub(super) struct Rest<K, V: ?Sized + WeakReferenceable>(
    pub(super) btree_map::IntoIter<K, Watched<V>>,
);

impl<K, V: ?Sized + WeakReferenceable> Drop for Rest<K, V> {
    fn drop(&mut self) {
        if self.0.len() == 0 {
            return;
        }
        let mut panics = Panics::of::<(K, WeakRef<V>)>(Source::Drop);
        panics.drop_each(&mut self.0);
        panics.resume();
    }
}

/// Iterates over the live entries that were in a [`WeakValueBTreeMap`] as `(K, Strong<V>)`, in order.
pub struct IntoIter<K, V: ?Sized + WeakReferenceable> {
    rest: Rest<K, V>,
    /// Dropped after the entries, whose registrations end first.
    _graveyard: Graveyard<V::Slot>,
}

impl<K, V: ?Sized + WeakReferenceable> IntoIter<K, V> {
    pub(super) fn new(mut map: WeakValueBTreeMap<K, V>) -> Self {
        Self {
            rest: map.entries.take(),
            _graveyard: map.graveyard,
        }
    }
}

fn taken<K, V: ?Sized + WeakReferenceable>(
    (key, value): (K, Watched<V>),
) -> Option<(K, Strong<V>)> {
    match value.upgrade() {
        Some(live) => Some((key, live)),
        None => drop_first(key, None),
    }
}

/// Defines an iterator over a part of what an [`IntoIter`] yields.
macro_rules! owned {
    ($(#[$doc:meta])* $name:ident, $item:ty, $show:expr;) => {
        $(#[$doc])*
        pub struct $name<K, V: ?Sized + WeakReferenceable>(pub(super) IntoIter<K, V>);

        impl<K, V: ?Sized + WeakReferenceable> Iterator for $name<K, V> {
            type Item = $item;

            fn next(&mut self) -> Option<$item> {
                self.0.next().map($show)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                self.0.size_hint()
            }
        }

        impl<K, V: ?Sized + WeakReferenceable> DoubleEndedIterator for $name<K, V> {
            fn next_back(&mut self) -> Option<$item> {
                self.0.next_back().map($show)
            }
        }

        impl<K, V: ?Sized + WeakReferenceable> FusedIterator for $name<K, V> {}

        impl<K, V: ?Sized + WeakReferenceable> fmt::Debug for $name<K, V> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

owned! {
    /// Iterates over the keys of live entries that were in a [`WeakValueBTreeMap`], in order.
    IntoKeys, K, |(key, value)| drop_first(value, key);
}
owned! {
    /// Iterates over the live values that were in a [`WeakValueBTreeMap`] as `Strong<V>`, in the order of their keys.
    IntoValues, Strong<V>, |(key, value)| drop_first(key, value);
}

/// Empties a [`WeakValueBTreeMap`] and iterates over what was alive in it as `(K, Strong<V>)`, in order.
///
/// The map is empty from the start, whatever becomes of the iterator.
pub struct Drain<'a, K, V: ?Sized + WeakReferenceable> {
    entries: IntoIter<K, V>,
    map: PhantomData<&'a mut ()>,
}

impl<K, V: ?Sized + WeakReferenceable> Drain<'_, K, V> {
    pub(super) fn new(map: &mut WeakValueBTreeMap<K, V>) -> Self {
        Self {
            entries: IntoIter::new(core::mem::take(map)),
            map: PhantomData,
        }
    }
}

impl<K, V: ?Sized + WeakReferenceable> Iterator for Drain<'_, K, V> {
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<(K, Strong<V>)> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V: ?Sized + WeakReferenceable> DoubleEndedIterator for Drain<'_, K, V> {
    fn next_back(&mut self) -> Option<(K, Strong<V>)> {
        self.entries.next_back()
    }
}

impl<K, V: ?Sized + WeakReferenceable> FusedIterator for Drain<'_, K, V> {}

impl<K, V: ?Sized + WeakReferenceable> fmt::Debug for Drain<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}

impl<K, V: ?Sized + WeakReferenceable> Iterator for IntoIter<K, V> {
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<(K, Strong<V>)> {
        self.rest.0.find_map(taken)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.rest.0.len()))
    }
}

impl<K, V: ?Sized + WeakReferenceable> DoubleEndedIterator for IntoIter<K, V> {
    fn next_back(&mut self) -> Option<(K, Strong<V>)> {
        self.rest.0.by_ref().rev().find_map(taken)
    }
}

impl<K, V: ?Sized + WeakReferenceable> FusedIterator for IntoIter<K, V> {}

impl<K, V: ?Sized + WeakReferenceable> fmt::Debug for IntoIter<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

/// Removes the live entries of a [`WeakValueBTreeMap`] that a closure accepts, and yields them in order.
///
/// Entries that the iterator has not come to when it is dropped stay. Of an iterator that is leaked, none is left.
#[must_use = "the entries are removed as the iterator advances; see `retain`"]
pub struct ExtractIf<'a, K: Ord, V: ?Sized + WeakReferenceable, F> {
    /// Empty, and usable, until the drop puts the rest back.
    map: &'a mut WeakValueBTreeMap<K, V>,
    rest: WeakValueBTreeMap<K, V>,
    /// The entries that stay, in order.
    kept: Several<(K, Watched<V>)>,
    wanted: F,
}

impl<'a, K: Ord, V: ?Sized + WeakReferenceable, F> ExtractIf<'a, K, V, F> {
    pub(super) fn new(map: &'a mut WeakValueBTreeMap<K, V>, wanted: F) -> Self {
        Self {
            rest: core::mem::take(map),
            map,
            kept: Several::new(),
            wanted,
        }
    }
}

impl<K, V, F> Iterator for ExtractIf<'_, K, V, F>
where
    K: Ord,
    V: ?Sized + WeakReferenceable,
    F: FnMut(&K, &Strong<V>) -> bool,
{
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<(K, Strong<V>)> {
        loop {
            self.kept.push_back(self.rest.entries.pop_first()?);
            // Kept first, so that the entry stays if the closure panics.
            let (key, value) = self.kept.back()?;
            let live = value.upgrade();
            if live.as_ref().is_some_and(|live| (self.wanted)(key, live)) {
                let (key, _) = self.kept.pop_back()?;
                return Some((key, live?));
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.rest.entries.len()))
    }
}

impl<K, V, F> FusedIterator for ExtractIf<'_, K, V, F>
where
    K: Ord,
    V: ?Sized + WeakReferenceable,
    F: FnMut(&K, &Strong<V>) -> bool,
{
}

impl<K: Ord, V: ?Sized + WeakReferenceable, F> Drop for ExtractIf<'_, K, V, F> {
    fn drop(&mut self) {
        core::mem::swap(self.map, &mut self.rest);
        // Inserted one by one, because the standard library leaks a tree that it builds from many entries when a
        // comparison panics.
        for (key, value) in self.kept.by_ref() {
            self.map.entries.insert(key, value);
        }
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
