//! Comparing and combining sets. The left operand's members are what comes out of both.

use core::fmt;
use core::hash::BuildHasher;
use core::iter::{Chain, FusedIterator};

use weakref::{Strong, WeakReferenceable};

use super::{Iter, Set};
use crate::key::Keying;

/// Iterates over the live members of one set that are in another one too.
pub struct Intersection<'a, T: ?Sized + WeakReferenceable, S, M> {
    members: Iter<'a, T>,
    other: &'a Set<T, S, M>,
}

/// Iterates over the live members of one set that are not in another one.
pub struct Difference<'a, T: ?Sized + WeakReferenceable, S, M> {
    members: Iter<'a, T>,
    other: &'a Set<T, S, M>,
}

/// Iterates over the live members of one set, then over those of another one that are not in the
/// first.
pub struct Union<'a, T: ?Sized + WeakReferenceable, S, M>(
    Chain<Iter<'a, T>, Difference<'a, T, S, M>>,
);

/// Iterates over the live members of two sets that are in one of them only.
pub struct SymmetricDifference<'a, T: ?Sized + WeakReferenceable, S, S2, M>(
    Chain<Difference<'a, T, S2, M>, Difference<'a, T, S, M>>,
);

impl<T, S, M> Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Iterates over the live members that are in `other` too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b, c] = [1, 2, 3].map(|n| Strong::new(User(n)));
    /// let (left, right) = (WeakSet::from([&a, &b]), WeakSet::from([&b, &c]));
    /// assert!(left.intersection(&right).eq([b]));
    /// ```
    pub fn intersection<'a, S2: BuildHasher>(
        &'a self,
        other: &'a Set<T, S2, M>,
    ) -> Intersection<'a, T, S2, M> {
        Intersection {
            members: self.iter(),
            other,
        }
    }

    /// Iterates over the live members that are not in `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b, c] = [1, 2, 3].map(|n| Strong::new(User(n)));
    /// let (left, right) = (WeakSet::from([&a, &b]), WeakSet::from([&b, &c]));
    /// assert!(left.difference(&right).eq([a]));
    /// ```
    pub fn difference<'a, S2: BuildHasher>(
        &'a self,
        other: &'a Set<T, S2, M>,
    ) -> Difference<'a, T, S2, M> {
        Difference {
            members: self.iter(),
            other,
        }
    }

    /// Iterates over the live members that are in this set or in `other`, once each.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b, c] = [1, 2, 3].map(|n| Strong::new(User(n)));
    /// let (left, right) = (WeakSet::from([&a, &b]), WeakSet::from([&b, &c]));
    /// assert_eq!(left.union(&right).count(), 3);
    /// ```
    pub fn union<'a, S2: BuildHasher>(&'a self, other: &'a Set<T, S2, M>) -> Union<'a, T, S, M> {
        Union(self.iter().chain(other.difference(self)))
    }

    /// Iterates over the live members that are in this set or in `other`, but not in both.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b, c] = [1, 2, 3].map(|n| Strong::new(User(n)));
    /// let (left, right) = (WeakSet::from([&a, &b]), WeakSet::from([&b, &c]));
    /// assert!(left.symmetric_difference(&right).eq([a, c]));
    /// ```
    pub fn symmetric_difference<'a, S2: BuildHasher>(
        &'a self,
        other: &'a Set<T, S2, M>,
    ) -> SymmetricDifference<'a, T, S, S2, M> {
        SymmetricDifference(self.difference(other).chain(other.difference(self)))
    }

    /// Returns whether no live member is in `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b] = [1, 2].map(|n| Strong::new(User(n)));
    /// let (left, right) = (WeakSet::from([&a]), WeakSet::from([&b]));
    /// assert!(left.is_disjoint(&right) && !left.is_disjoint(&left));
    /// ```
    #[doc(alias = "isdisjoint")]
    pub fn is_disjoint<S2: BuildHasher>(&self, other: &Set<T, S2, M>) -> bool {
        self.intersection(other).next().is_none()
    }

    /// Returns whether every live member is in `other`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b] = [1, 2].map(|n| Strong::new(User(n)));
    /// let (small, large) = (WeakSet::from([&a]), WeakSet::from([&a, &b]));
    /// assert!(small.is_subset(&large) && small.is_subset(&small));
    /// ```
    #[doc(alias = "issubset")]
    pub fn is_subset<S2: BuildHasher>(&self, other: &Set<T, S2, M>) -> bool {
        self.difference(other).next().is_none()
    }

    /// Returns whether every live member of `other` is in this set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b] = [1, 2].map(|n| Strong::new(User(n)));
    /// let (small, large) = (WeakSet::from([&a]), WeakSet::from([&a, &b]));
    /// assert!(large.is_superset(&small) && !small.is_superset(&large));
    /// ```
    #[doc(alias = "issuperset")]
    pub fn is_superset<S2: BuildHasher>(&self, other: &Set<T, S2, M>) -> bool {
        other.is_subset(self)
    }

    /// Returns whether every live member is in `other`, which has others besides.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b] = [1, 2].map(|n| Strong::new(User(n)));
    /// let (small, large) = (WeakSet::from([&a]), WeakSet::from([&a, &b]));
    /// assert!(small.is_proper_subset(&large) && !small.is_proper_subset(&small));
    /// ```
    pub fn is_proper_subset<S2: BuildHasher>(&self, other: &Set<T, S2, M>) -> bool {
        self.is_subset(other) && !other.is_subset(self)
    }

    /// Returns whether every live member of `other` is in this set, which has others besides.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let [a, b] = [1, 2].map(|n| Strong::new(User(n)));
    /// let (small, large) = (WeakSet::from([&a]), WeakSet::from([&a, &b]));
    /// assert!(large.is_proper_superset(&small) && !small.is_proper_superset(&small));
    /// ```
    pub fn is_proper_superset<S2: BuildHasher>(&self, other: &Set<T, S2, M>) -> bool {
        other.is_proper_subset(self)
    }
}

impl<T, S, M> Iterator for Intersection<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        let other = self.other;
        self.members.find(|member| other.contains(M::query(member)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.members.size_hint().1)
    }
}

impl<T, S, M> Iterator for Difference<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        let other = self.other;
        self.members
            .find(|member| !other.contains(M::query(member)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.members.size_hint().1)
    }
}

impl<T, S, M> Iterator for Union<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T, S, S2, M> Iterator for SymmetricDifference<'_, T, S, S2, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<T>,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T, S, M> FusedIterator for Intersection<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
}

impl<T, S, M> FusedIterator for Difference<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
}

impl<T, S, M> FusedIterator for Union<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
}

impl<T, S, S2, M> FusedIterator for SymmetricDifference<'_, T, S, S2, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<T>,
{
}

impl<T: ?Sized + WeakReferenceable, S, M> Clone for Intersection<'_, T, S, M> {
    fn clone(&self) -> Self {
        Self {
            members: self.members.clone(),
            other: self.other,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> Clone for Difference<'_, T, S, M> {
    fn clone(&self) -> Self {
        Self {
            members: self.members.clone(),
            other: self.other,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> Clone for Union<'_, T, S, M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized + WeakReferenceable, S, S2, M> Clone for SymmetricDifference<'_, T, S, S2, M> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T, S, M> fmt::Debug for Intersection<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable + fmt::Debug,
    S: BuildHasher,
    M: Keying<T>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T, S, M> fmt::Debug for Difference<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable + fmt::Debug,
    S: BuildHasher,
    M: Keying<T>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T, S, M> fmt::Debug for Union<'_, T, S, M>
where
    T: ?Sized + WeakReferenceable + fmt::Debug,
    S: BuildHasher,
    M: Keying<T>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T, S, S2, M> fmt::Debug for SymmetricDifference<'_, T, S, S2, M>
where
    T: ?Sized + WeakReferenceable + fmt::Debug,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<T>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
