//! Rows that go all at once: each by itself, so that one whose drop panics takes no other along, as hashbrown's bulk
//! drops would.

use core::mem;
use core::ops::{Deref, DerefMut};
use std::collections::VecDeque;

use hashbrown::HashTable;
use hashbrown::hash_table;
use weakref::Source;
use weakref::watch::Panics;

use super::Row;
use crate::several::Several;

/// The rows of a table.
pub(super) struct Rows<K, V>(pub(super) HashTable<Row<K, V>>);

/// What is left of the rows of a table that is gone.
pub(crate) struct IntoRows<K, V>(hash_table::IntoIter<Row<K, V>>);

impl<K, V> IntoRows<K, V> {
    pub(super) fn new(mut rows: Rows<K, V>) -> Self {
        Self(mem::take(&mut rows.0).into_iter())
    }
}

/// The rows one death removes: one, unless the object is stored in several rows with the same hash.
pub(crate) struct Dead<K, V> {
    first: Option<Row<K, V>>,
    /// As a rule none, which then costs nothing.
    others: Option<Several<Row<K, V>>>,
}

impl<K, V> Dead<K, V> {
    #[inline]
    pub(crate) fn one(row: Row<K, V>) -> Self {
        Self {
            first: Some(row),
            others: None,
        }
    }

    pub(crate) fn new(first: Row<K, V>, others: Several<Row<K, V>>) -> Self {
        Self {
            first: Some(first),
            others: (!VecDeque::is_empty(&others)).then_some(others),
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row<K, V>> {
        let others = self.others.iter().flat_map(|others| VecDeque::iter(others));
        self.first.iter().chain(others)
    }
}

impl<K, V> Iterator for Dead<K, V> {
    type Item = Row<K, V>;

    #[inline]
    fn next(&mut self) -> Option<Row<K, V>> {
        self.first.take().or_else(|| self.others.as_mut()?.next())
    }
}

impl<K, V> Drop for Dead<K, V> {
    #[inline]
    fn drop(&mut self) {
        if self.others.is_some() {
            self.drop_each();
        }
    }
}

impl<K, V> Dead<K, V> {
    #[cold]
    fn drop_each(&mut self) {
        let mut panics = Panics::of::<Row<K, V>>(Source::Drop);
        panics.drop_each(self);
        panics.resume();
    }
}

impl<K, V> Deref for Rows<K, V> {
    type Target = HashTable<Row<K, V>>;

    #[inline]
    fn deref(&self) -> &HashTable<Row<K, V>> {
        &self.0
    }
}

impl<K, V> DerefMut for Rows<K, V> {
    #[inline]
    fn deref_mut(&mut self) -> &mut HashTable<Row<K, V>> {
        &mut self.0
    }
}

impl<K, V> Iterator for IntoRows<K, V> {
    type Item = Row<K, V>;

    #[inline]
    fn next(&mut self) -> Option<Row<K, V>> {
        self.0.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> Drop for Rows<K, V> {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            drop(IntoRows(mem::take(&mut self.0).into_iter()));
        }
    }
}

impl<K, V> Drop for IntoRows<K, V> {
    fn drop(&mut self) {
        if self.0.len() == 0 {
            return;
        }
        let mut panics = Panics::of::<Row<K, V>>(Source::Drop);
        panics.drop_each(&mut self.0);
        panics.resume();
    }
}
