//! Collecting and comparing.

use core::hash::{BuildHasher, Hash};
use std::collections::HashSet;
use std::hash::RandomState;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{IntoIter, Iter, Set};
use crate::key::{ByValue, Keying};

impl<'a, T: ?Sized + WeakReferenceable, S, M> IntoIterator for &'a Set<T, S, M> {
    type Item = Strong<T>;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> IntoIterator for Set<T, S, M> {
    type Item = Strong<T>;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        self.map.into_keys()
    }
}

impl<'a, T, S, M> Extend<&'a Strong<T>> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Adds every member, as [`insert`](Self::insert) does.
    fn extend<I: IntoIterator<Item = &'a Strong<T>>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T, S, M> Extend<Strong<T>> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Adds every member and drops its handle: one that nobody else owns is gone at once.
    fn extend<I: IntoIterator<Item = Strong<T>>>(&mut self, members: I) {
        for member in members {
            self.insert(&member);
        }
    }
}

impl<T, S, M, H> FromIterator<H> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: Default,
    Self: Extend<H>,
{
    /// Collects handles, owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty set.
    fn from_iter<I: IntoIterator<Item = H>>(members: I) -> Self {
        let mut set = Self::default();
        set.extend(members);
        set
    }
}

impl<'a, T, M, const N: usize> From<[&'a Strong<T>; N]> for Set<T, RandomState, M>
where
    T: ?Sized + WeakReferenceable,
    M: Keying<T>,
{
    fn from(members: [&'a Strong<T>; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<T, M, const N: usize> From<[Strong<T>; N]> for Set<T, RandomState, M>
where
    T: ?Sized + WeakReferenceable,
    M: Keying<T>,
{
    /// Members that nobody else owns are gone at once.
    fn from(members: [Strong<T>; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<T, S, S2, M> PartialEq<Set<T, S2, M>> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<T>,
{
    /// Compares the live members.
    fn eq(&self, other: &Set<T, S2, M>) -> bool {
        self.len() == other.len() && self.is_subset(other)
    }
}

impl<T, S, M> Eq for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
}

impl<T, S, S2> PartialEq<HashSet<Strong<T>, S2>> for Set<T, S, ByValue>
where
    T: ?Sized + WeakReferenceable + Hash + Eq,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live members with those of a set of strong handles.
    fn eq(&self, other: &HashSet<Strong<T>, S2>) -> bool {
        self.len() == other.len() && self.iter().all(|member| other.contains(&member))
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> Set<T, S, M> {
    /// Returns a set of strong handles, which keeps the members that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let set = WeakSet::from([&user]);
    /// let strong = set.upgrade();
    /// drop(user);
    /// assert_eq!((set.len(), strong.len()), (1, 1));
    /// ```
    pub fn upgrade(&self) -> HashSet<Strong<T>, S>
    where
        T: Hash + Eq,
        S: BuildHasher + Clone,
    {
        let mut strong = HashSet::with_capacity_and_hasher(self.len(), self.hasher().clone());
        strong.extend(self);
        strong
    }

    /// Returns strong handles of the members that are alive now, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let set = WeakSet::from([&user]);
    /// assert_eq!(set.snapshot(), [user]);
    /// ```
    pub fn snapshot(&self) -> Vec<Strong<T>> {
        self.iter().collect()
    }
}

impl<T: ?Sized + WeakReferenceable, S: FinalizerSafe, M> FinalizerSafe for Set<T, S, M> {}
