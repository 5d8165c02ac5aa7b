//! The iterators of a list.

use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use weakref::watch::Watched;
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::slab::{Edge, Walk};
use super::{Key, Member, WeakList};

/// The referents of entries.
#[derive(Clone, Copy, Debug)]
pub struct Referents;

/// The keys of entries.
#[derive(Clone, Copy, Debug)]
pub struct Keys;

/// Keys and referents.
#[derive(Clone, Copy, Debug)]
pub struct Entries;

/// Weak references to the referents.
#[derive(Clone, Copy, Debug)]
pub struct WeakRefs;

/// A part of a list's entry: [`Referents`], [`Keys`], [`Entries`] or [`WeakRefs`]. Sealed.
pub trait Part<T: ?Sized + WeakReferenceable>: sealed::Sealed {
    /// What is yielded.
    type Shown;

    #[doc(hidden)]
    fn show(key: Key, referent: &Watched<T>) -> Option<Self::Shown>;
}

/// Iterates over the live members of a borrowed list in order, from either end.
///
/// Members that die during the iteration are left out from then on. What it has yielded as `Strong`
/// is alive.
pub struct Iter<'a, T: ?Sized + WeakReferenceable, P = Referents> {
    walk: Walk<'a, Member<T>>,
    part: PhantomData<P>,
}

/// Iterates over the live members that were in a list in order, from either end.
pub struct IntoIter<T: ?Sized + WeakReferenceable> {
    list: WeakList<T>,
}

/// Empties a borrowed list and iterates over the live members that were in it, in order.
///
/// The list is empty from the start, whatever becomes of the iterator.
pub struct Drain<'a, T: ?Sized + WeakReferenceable> {
    members: IntoIter<T>,
    list: PhantomData<&'a mut ()>,
}

/// Removes the live members that a closure accepts, and yields them in order.
///
/// Members that the iterator has not come to when it is dropped stay.
#[must_use = "members are removed as the iterator advances; see `retain`"]
pub struct ExtractIf<'a, T: ?Sized + WeakReferenceable, F> {
    list: &'a mut WeakList<T>,
    next: Option<u32>,
    wanted: F,
}

impl<'a, T: ?Sized + WeakReferenceable, P> Iter<'a, T, P> {
    pub(super) fn new(list: &'a WeakList<T>) -> Self {
        Self {
            walk: list.entries.walk(),
            part: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable> IntoIter<T> {
    pub(super) fn new(list: WeakList<T>) -> Self {
        Self { list }
    }
}

impl<T: ?Sized + WeakReferenceable> Drain<'_, T> {
    pub(super) fn new(list: &mut WeakList<T>) -> Self {
        let empty = WeakList::with_capacity(list.capacity());
        Self {
            members: IntoIter::new(core::mem::replace(list, empty)),
            list: PhantomData,
        }
    }
}

impl<'a, T: ?Sized + WeakReferenceable, F> ExtractIf<'a, T, F> {
    pub(super) fn new(list: &'a mut WeakList<T>, wanted: F) -> Self {
        list.purge();
        Self {
            next: list.entries.end(Edge::First),
            list,
            wanted,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, P: Part<T>> Iterator for Iter<'_, T, P> {
    type Item = P::Shown;

    #[inline]
    fn next(&mut self) -> Option<P::Shown> {
        self.walk.by_ref().find_map(show::<T, P>)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.walk.size_hint().1)
    }
}

impl<T: ?Sized + WeakReferenceable, P: Part<T>> DoubleEndedIterator for Iter<'_, T, P> {
    #[inline]
    fn next_back(&mut self) -> Option<P::Shown> {
        self.walk.by_ref().rev().find_map(show::<T, P>)
    }
}

#[inline]
fn show<T: ?Sized + WeakReferenceable, P: Part<T>>(
    (index, entry): (u32, &Member<T>),
) -> Option<P::Shown> {
    P::show(entry.key(index), &entry.referent)
}

impl<T: ?Sized + WeakReferenceable> Iterator for IntoIter<T> {
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        self.list.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.list.len()))
    }
}

impl<T: ?Sized + WeakReferenceable> DoubleEndedIterator for IntoIter<T> {
    fn next_back(&mut self) -> Option<Strong<T>> {
        self.list.pop_back()
    }
}

impl<T: ?Sized + WeakReferenceable> Iterator for Drain<'_, T> {
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        self.members.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.members.size_hint()
    }
}

impl<T: ?Sized + WeakReferenceable> DoubleEndedIterator for Drain<'_, T> {
    fn next_back(&mut self) -> Option<Strong<T>> {
        self.members.next_back()
    }
}

impl<T, F> Iterator for ExtractIf<'_, T, F>
where
    T: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<T>) -> bool,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        while let Some(index) = self.next {
            self.next = self.list.entries.after(index);
            let Some(member) = self.list.at(index) else {
                continue;
            };
            if (self.wanted)(&member) {
                drop(self.list.entries.take(index));
                return Some(member);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.list.len()))
    }
}

impl<T: ?Sized + WeakReferenceable, P: Part<T>> FusedIterator for Iter<'_, T, P> {}
impl<T: ?Sized + WeakReferenceable> FusedIterator for IntoIter<T> {}
impl<T: ?Sized + WeakReferenceable> FusedIterator for Drain<'_, T> {}
impl<T, F> FusedIterator for ExtractIf<'_, T, F>
where
    T: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<T>) -> bool,
{
}

impl<T: ?Sized + WeakReferenceable, P> Clone for Iter<'_, T, P> {
    fn clone(&self) -> Self {
        Self {
            walk: self.walk.clone(),
            part: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, P: Part<T>> fmt::Debug for Iter<'_, T, P>
where
    P::Shown: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug for IntoIter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("IntoIter").field(&self.list).finish()
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug for Drain<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Drain").field(&self.members.list).finish()
    }
}

impl<T: ?Sized + WeakReferenceable, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}

impl<T: ?Sized + WeakReferenceable> Part<T> for Referents {
    type Shown = Strong<T>;

    #[inline]
    fn show(_: Key, referent: &Watched<T>) -> Option<Strong<T>> {
        referent.upgrade()
    }
}

impl<T: ?Sized + WeakReferenceable> Part<T> for Keys {
    type Shown = Key;

    #[inline]
    fn show(key: Key, referent: &Watched<T>) -> Option<Key> {
        referent.is_alive().then_some(key)
    }
}

impl<T: ?Sized + WeakReferenceable> Part<T> for Entries {
    type Shown = (Key, Strong<T>);

    #[inline]
    fn show(key: Key, referent: &Watched<T>) -> Option<(Key, Strong<T>)> {
        Some((key, referent.upgrade()?))
    }
}

impl<T: ?Sized + WeakReferenceable> Part<T> for WeakRefs {
    type Shown = WeakRef<T>;

    #[inline]
    fn show(_: Key, referent: &Watched<T>) -> Option<WeakRef<T>> {
        referent.is_alive().then(|| (**referent).clone())
    }
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals")]
    pub trait Sealed {}
    impl Sealed for super::Referents {}
    impl Sealed for super::Keys {}
    impl Sealed for super::Entries {}
    impl Sealed for super::WeakRefs {}
}
