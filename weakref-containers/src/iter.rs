//! The iterators of all single-owner containers. Each walks rows and yields the part of every live
//! one that its last parameter names; the containers' modules give them their usual names
//! ([`weak_value::Keys`](crate::weak_value::Keys) and so on).

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use hashbrown::hash_table;
use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakRef, WeakReferenceable};

use crate::side::{Held, Side};
use crate::table::{Graves, IntoRows, Prefetched, Row, Table};

/// Whole entries.
#[derive(Clone, Copy, Debug)]
pub struct Entries;

/// Their keys.
#[derive(Clone, Copy, Debug)]
pub struct Keys;

/// Their values.
#[derive(Clone, Copy, Debug)]
pub struct Values;

/// Weak references to their keys.
#[derive(Clone, Copy, Debug)]
pub struct WeakKeys;

/// Weak references to their values.
#[derive(Clone, Copy, Debug)]
pub struct WeakValues;

/// A part of an entry: [`Entries`], [`Keys`], [`Values`], [`WeakKeys`] or [`WeakValues`]. Sealed.
pub trait Part<K: Side, V: Side>: sealed::Sealed {
    /// What is yielded while the container is borrowed.
    type Shown<'a>
    where
        K: 'a,
        V: 'a;

    #[doc(hidden)]
    fn show<'a>(key: &'a K, value: &'a V) -> Option<Self::Shown<'a>>;
}

/// A part of an entry that can be taken out: [`Entries`], [`Keys`] or [`Values`]. Sealed.
pub trait TakenPart<K: Side, V: Side>: Part<K, V> {
    /// What is yielded.
    type Taken;

    #[doc(hidden)]
    fn take(key: K, value: V) -> Option<Self::Taken>;
}

/// Iterates over the live entries of a borrowed container, in no particular order.
///
/// Entries that die during the iteration are left out from then on. What it has yielded keeps its
/// referent alive.
pub struct Iter<'a, K: Side, V: Side, P = Entries> {
    rows: Prefetched<'a, K, V>,
    part: PhantomData<P>,
}

/// Iterates over the live entries of a borrowed key-weak map, in no particular order; the values may
/// be changed.
pub struct IterMut<'a, K: ?Sized + WeakReferenceable, V, P = Entries> {
    rows: hash_table::IterMut<'a, Row<Watched<K>, Held<V>>>,
    part: PhantomData<P>,
}

/// Iterates over the live entries that were in a container, in no particular order.
///
/// The container itself is empty from the start, whatever becomes of the iterator; the lifetime is
/// that of its borrow, and `'static` where it was moved in.
pub struct IntoIter<K: Side, V: Side, P = Entries> {
    rows: IntoRows<K, V>,
    /// Dropped after the rows, whose registrations end first.
    _graves: Graves<K, V>,
    part: PhantomData<P>,
}

/// Empties a borrowed container and iterates over the live entries that were in it.
///
/// The container is empty from the start, whatever becomes of the iterator.
pub struct Drain<'a, K: Side, V: Side, P = Entries> {
    entries: IntoIter<K, V, P>,
    container: PhantomData<&'a mut ()>,
}

/// Removes the live entries that a closure accepts, and yields them.
///
/// Entries that the iterator has not come to when it is dropped stay.
#[must_use = "the entries are removed as the iterator advances; see `retain`"]
pub struct ExtractIf<'a, K: Side, V: Side, F> {
    table: &'a mut Table<K, V>,
    bucket: usize,
    wanted: F,
}

impl<'a, K: Side, V: Side, P> Iter<'a, K, V, P> {
    pub(crate) fn new(table: &'a Table<K, V>) -> Self {
        Self {
            rows: table.rows(),
            part: PhantomData,
        }
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V, P> IterMut<'a, K, V, P> {
    pub(crate) fn new(table: &'a mut Table<Watched<K>, Held<V>>) -> Self {
        table.bury();
        Self {
            rows: table.rows_mut(),
            part: PhantomData,
        }
    }
}

impl<K: Side, V: Side, P> IntoIter<K, V, P> {
    pub(crate) fn new(table: Table<K, V>) -> Self {
        let (rows, graves) = table.into_parts();
        Self {
            rows,
            _graves: graves,
            part: PhantomData,
        }
    }
}

impl<K: Side, V: Side, P> Drain<'_, K, V, P> {
    pub(crate) fn new(table: &mut Table<K, V>) -> Self {
        Self {
            entries: IntoIter::new(table.swap_out()),
            container: PhantomData,
        }
    }
}

impl<'a, K: Side, V: Side, F> ExtractIf<'a, K, V, F> {
    pub(crate) fn new(table: &'a mut Table<K, V>, wanted: F) -> Self {
        table.bury();
        Self {
            table,
            bucket: 0,
            wanted,
        }
    }

    /// Takes out the next row for which `wanted` returns something.
    pub(crate) fn next_with<T>(
        &mut self,
        mut wanted: impl FnMut(&mut F, &mut Row<K, V>) -> Option<T>,
    ) -> Option<(Row<K, V>, T)> {
        while self.bucket < self.table.buckets() {
            self.table.look_ahead(self.bucket);
            let bucket = self.bucket;
            let taken = self
                .table
                .take_with(bucket, |row| wanted(&mut self.wanted, row));
            self.bucket += 1;
            if taken.is_some() {
                return taken;
            }
        }
        None
    }

    /// The size hint.
    pub(crate) fn left(&self) -> (usize, Option<usize>) {
        (0, Some(self.table.len()))
    }
}

impl<'a, K: Side, V: Side, P: Part<K, V>> Iterator for Iter<'a, K, V, P> {
    type Item = P::Shown<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.rows
            .by_ref()
            .find_map(|row| P::show(&row.key, &row.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }

    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, f: F) -> B {
        self.rows
            .filter_map(|row| P::show(&row.key, &row.value))
            .fold(init, f)
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V> Iterator for IterMut<'a, K, V> {
    type Item = (Strong<K>, &'a mut V);

    fn next(&mut self) -> Option<Self::Item> {
        self.rows
            .find_map(|row| Some((row.key.upgrade()?, &mut row.value.0)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V> Iterator for IterMut<'a, K, V, Values> {
    type Item = &'a mut V;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.rows.find(|row| row.is_alive())?;
        Some(&mut row.value.0)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<K: Side, V: Side, P: TakenPart<K, V>> Iterator for IntoIter<K, V, P> {
    type Item = P::Taken;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows
            .by_ref()
            .find_map(|row| P::take(row.key, row.value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.rows.size_hint().1)
    }
}

impl<K: Side, V: Side, P: TakenPart<K, V>> Iterator for Drain<'_, K, V, P> {
    type Item = P::Taken;

    fn next(&mut self) -> Option<Self::Item> {
        self.entries.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }
}

impl<K, V, F> Iterator for ExtractIf<'_, Held<K>, Watched<V>, F>
where
    V: ?Sized + WeakReferenceable,
    F: FnMut(&K, &Strong<V>) -> bool,
{
    type Item = (K, Strong<V>);

    fn next(&mut self) -> Option<Self::Item> {
        let (row, value) = self.next_with(|wanted, row| {
            let value = row.value.upgrade()?;
            wanted(&row.key.0, &value).then_some(value)
        })?;
        Some((row.key.0, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left()
    }
}

impl<K, V, F> Iterator for ExtractIf<'_, Watched<K>, Held<V>, F>
where
    K: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<K>, &mut V) -> bool,
{
    type Item = (Strong<K>, V);

    fn next(&mut self) -> Option<Self::Item> {
        let (row, key) = self.next_with(|wanted, row| {
            let key = row.key.upgrade()?;
            wanted(&key, &mut row.value.0).then_some(key)
        })?;
        Some((key, row.value.0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left()
    }
}

impl<K, V, F> Iterator for ExtractIf<'_, Watched<K>, Watched<V>, F>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<K>, &Strong<V>) -> bool,
{
    type Item = (Strong<K>, Strong<V>);

    fn next(&mut self) -> Option<Self::Item> {
        let (_, both) = self.next_with(|wanted, row| {
            let (key, value) = (row.key.upgrade()?, row.value.upgrade()?);
            wanted(&key, &value).then_some((key, value))
        })?;
        Some(both)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.left()
    }
}

impl<K: Side, V: Side, P: Part<K, V>> FusedIterator for Iter<'_, K, V, P> {}
impl<K: ?Sized + WeakReferenceable, V, P> FusedIterator for IterMut<'_, K, V, P> where Self: Iterator
{}
impl<K: Side, V: Side, P: TakenPart<K, V>> FusedIterator for IntoIter<K, V, P> {}
impl<K: Side, V: Side, P: TakenPart<K, V>> FusedIterator for Drain<'_, K, V, P> {}
impl<K: Side, V: Side, F> FusedIterator for ExtractIf<'_, K, V, F> where Self: Iterator {}

impl<K: Side, V: Side, P> Clone for Iter<'_, K, V, P> {
    fn clone(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            part: PhantomData,
        }
    }
}

impl<'a, K: Side, V: Side, P: Part<K, V>> fmt::Debug for Iter<'a, K, V, P>
where
    P::Shown<'a>: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K: ?Sized + WeakReferenceable, V, P> fmt::Debug for IterMut<'_, K, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut").finish_non_exhaustive()
    }
}

impl<K: Side, V: Side, P> fmt::Debug for IntoIter<K, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

impl<K: Side, V: Side, P> fmt::Debug for Drain<'_, K, V, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drain").finish_non_exhaustive()
    }
}

impl<K: Side, V: Side, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}

impl<K: Side, V: Side> Part<K, V> for Entries {
    type Shown<'a>
        = (K::Shown<'a>, V::Shown<'a>)
    where
        K: 'a,
        V: 'a;

    #[inline]
    fn show<'a>(key: &'a K, value: &'a V) -> Option<Self::Shown<'a>> {
        Some((key.show()?, value.show()?))
    }
}

impl<K: Side, V: Side> TakenPart<K, V> for Entries {
    type Taken = (K::Taken, V::Taken);

    #[inline]
    fn take(key: K, value: V) -> Option<Self::Taken> {
        Some((key.take()?, value.take()?))
    }
}

impl<K: Side, V: Side> Part<K, V> for Keys {
    type Shown<'a>
        = K::Shown<'a>
    where
        K: 'a,
        V: 'a;

    #[inline]
    fn show<'a>(key: &'a K, value: &'a V) -> Option<Self::Shown<'a>> {
        if value.is_alive() { key.show() } else { None }
    }
}

impl<K: Side, V: Side> TakenPart<K, V> for Keys {
    type Taken = K::Taken;

    #[inline]
    fn take(key: K, value: V) -> Option<Self::Taken> {
        let taken = if value.is_alive() { key.take() } else { None };
        drop_first(value, taken)
    }
}

impl<K: Side, V: Side> Part<K, V> for Values {
    type Shown<'a>
        = V::Shown<'a>
    where
        K: 'a,
        V: 'a;

    #[inline]
    fn show<'a>(key: &'a K, value: &'a V) -> Option<Self::Shown<'a>> {
        if key.is_alive() { value.show() } else { None }
    }
}

impl<K: Side, V: Side> TakenPart<K, V> for Values {
    type Taken = V::Taken;

    #[inline]
    fn take(key: K, value: V) -> Option<Self::Taken> {
        let taken = if key.is_alive() { value.take() } else { None };
        drop_first(key, taken)
    }
}

impl<K: ?Sized + WeakReferenceable, V: Side> Part<Watched<K>, V> for WeakKeys {
    type Shown<'a>
        = WeakRef<K>
    where
        K: 'a,
        V: 'a;

    fn show(key: &Watched<K>, value: &V) -> Option<WeakRef<K>> {
        (key.is_alive() && value.is_alive()).then(|| (**key).clone())
    }
}

impl<K: Side, V: ?Sized + WeakReferenceable> Part<K, Watched<V>> for WeakValues {
    type Shown<'a>
        = WeakRef<V>
    where
        K: 'a,
        V: 'a;

    fn show(key: &K, value: &Watched<V>) -> Option<WeakRef<V>> {
        (key.is_alive() && value.is_alive()).then(|| (**value).clone())
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl Sealed for super::Entries {}
    impl Sealed for super::Keys {}
    impl Sealed for super::Values {}
    impl Sealed for super::WeakKeys {}
    impl Sealed for super::WeakValues {}
}
