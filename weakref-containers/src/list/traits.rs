//! Collecting, comparing and copying lists.

use core::fmt;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, WeakList};

impl<T: ?Sized + WeakReferenceable> Default for WeakList<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: ?Sized + WeakReferenceable> Clone for WeakList<T> {
    /// Makes a list of the live members in the same order, with registrations and keys of its own.
    fn clone(&self) -> Self {
        let mut copy = Self::with_capacity(self.len());
        copy.extend(self);
        copy
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug for WeakList<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T: ?Sized + WeakReferenceable + PartialEq> PartialEq for WeakList<T> {
    /// Compares the live members in order, by value.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<T: ?Sized + WeakReferenceable + Eq> Eq for WeakList<T> {}

impl<'a, T: ?Sized + WeakReferenceable> IntoIterator for &'a WeakList<T> {
    type Item = Strong<T>;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: ?Sized + WeakReferenceable> IntoIterator for WeakList<T> {
    type Item = Strong<T>;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter::new(self)
    }
}

impl<'a, T: ?Sized + WeakReferenceable> Extend<&'a Strong<T>> for WeakList<T> {
    /// Adds every object at the end.
    fn extend<I: IntoIterator<Item = &'a Strong<T>>>(&mut self, referents: I) {
        for referent in referents {
            self.push(referent);
        }
    }
}

impl<T: ?Sized + WeakReferenceable> Extend<Strong<T>> for WeakList<T> {
    /// Adds every object at the end and drops its handle: what nobody else owns is gone at once.
    fn extend<I: IntoIterator<Item = Strong<T>>>(&mut self, referents: I) {
        for referent in referents {
            self.push(&referent);
        }
    }
}

impl<T: ?Sized + WeakReferenceable, H> FromIterator<H> for WeakList<T>
where
    Self: Extend<H>,
{
    /// Collects handles, owned or borrowed.
    ///
    /// Collecting owned handles of objects that nobody else owns gives an empty list.
    fn from_iter<I: IntoIterator<Item = H>>(referents: I) -> Self {
        let mut list = Self::new();
        list.extend(referents);
        list
    }
}

impl<'a, T: ?Sized + WeakReferenceable, const N: usize> From<[&'a Strong<T>; N]> for WeakList<T> {
    fn from(referents: [&'a Strong<T>; N]) -> Self {
        referents.into_iter().collect()
    }
}

impl<T: ?Sized + WeakReferenceable> FinalizerSafe for WeakList<T> {}
