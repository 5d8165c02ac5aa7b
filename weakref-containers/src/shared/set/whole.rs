//! What is done with a shared set as a whole: made with room, filled, copied, compared, brought to life.

use core::hash::{BuildHasher, Hash};
use std::collections::HashSet;
use std::hash::RandomState;

use weakref::{FinalizerSafe, Strong, WeakReferenceable};

use super::{Set, SetIter};
use crate::key::{ByValue, Keying};
use crate::shared::Shares;

impl<T: ?Sized + WeakReferenceable + 'static, M> Set<T, RandomState, M> {
    /// Creates an empty set with room for about `capacity` members.
    ///
    /// The room is divided among the shards, which do not fill at the same rate: what is entered may still make some of
    /// them grow.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<u8>> = WeakSet::with_capacity(10);
    /// assert!(set.is_empty());
    /// ```
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self
    where
        T::Slot: Shares<T>,
    {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T: ?Sized + WeakReferenceable + 'static, S, M> Set<T, S, M> {
    /// Creates an empty set with [room](Self::with_capacity) for about `capacity` members, which hashes them with
    /// `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// use std::hash::RandomState;
    ///
    /// let set: WeakSet<Object<u8>> = WeakSet::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(set.is_empty());
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self
    where
        T::Slot: Shares<T>,
    {
        let set = Self::with_hasher(hash_builder);
        set.shards.reserve(capacity);
        set
    }

    /// Frees the memory of dead members. There are none, but while a call is inside, which frees them when it leaves, and
    /// after a burial that failed.
    ///
    /// Returns how many members this call has freed: as a rule none, however many have died. It is for code that is written for
    /// both families: the dead of a shared set are freed, one by one, when they die.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let user = Strong::new(Object(1));
    /// let set = WeakSet::from([&user]);
    /// drop(user);
    /// assert!(set.is_empty());
    /// assert_eq!(set.purge(), 0, "the death has freed it");
    /// ```
    #[doc(alias = "remove_expired")]
    pub fn purge(&self) -> usize {
        self.shards.settle()
    }

    /// Returns the number of members that the set has room for. Some of its shards may have to grow before.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// assert!(WeakSet::<Object<u8>>::with_capacity(100).capacity() >= 100);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn capacity(&self) -> usize {
        self.shards.capacity()
    }

    /// Returns the bytes that the set has allocated for its members. What these own is not counted, nor is what each
    /// of its shards takes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// assert_eq!(WeakSet::<Object<u8>>::new().allocation_size(), 0);
    /// assert!(WeakSet::<Object<u8>>::with_capacity(100).allocation_size() > 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn allocation_size(&self) -> usize {
        self.shards.allocation_size()
    }

    /// Makes [room](Self::with_capacity) for about `additional` more members, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// let set = WeakSet::<Object<u8>>::new();
    /// set.reserve(100);
    /// assert!(set.capacity() >= 100);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&self, additional: usize) {
        self.shards.reserve(additional);
    }

    /// Shrinks the capacity to what is needed, in one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// let set = WeakSet::<Object<u8>>::with_capacity(100);
    /// set.shrink_to_fit();
    /// assert_eq!(set.capacity(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity).
    pub fn shrink_to_fit(&self) {
        self.shards.shrink_to_fit();
    }
}

impl<T: ?Sized + WeakReferenceable + 'static, S, M> Set<T, S, M> {
    /// Returns the members that are alive now, with strong handles, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let user = Strong::new(Object(1));
    /// let set = WeakSet::from([&user]);
    /// assert_eq!(set.snapshot(), [user]);
    /// ```
    pub fn snapshot(&self) -> Vec<Strong<T>> {
        self.iter().collect()
    }

    /// Returns a set of strong handles, which keeps the members that are alive now.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let user = Strong::new(Object(1));
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
        strong.extend(self.iter());
        strong
    }
}

impl<'a, T: ?Sized + WeakReferenceable + 'static, S, M> IntoIterator for &'a Set<T, S, M> {
    type Item = Strong<T>;
    type IntoIter = SetIter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T, S, M, P> Extend<P> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    for<'m> &'m Self: Extend<P>,
{
    /// As through a shared reference.
    fn extend<I: IntoIterator<Item = P>>(&mut self, members: I) {
        (&*self).extend(members);
    }
}

impl<T, S, M> Extend<Strong<T>> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Adds the members. Members that nothing else keeps alive die at once.
    fn extend<I: IntoIterator<Item = Strong<T>>>(&mut self, members: I) {
        for member in members {
            self.insert(&member);
        }
    }
}

impl<'a, T, S, M> Extend<&'a Strong<T>> for &Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Adds the members.
    fn extend<I: IntoIterator<Item = &'a Strong<T>>>(&mut self, members: I) {
        for member in members {
            self.insert(member);
        }
    }
}

impl<T, S, M, P> FromIterator<P> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    T::Slot: Shares<T>,
    S: Default,
    Self: Extend<P>,
{
    /// Collects members, of handles that are owned or borrowed.
    ///
    /// Collecting owned handles that nobody else owns gives an empty set.
    fn from_iter<I: IntoIterator<Item = P>>(members: I) -> Self {
        let mut set = Self::default();
        set.extend(members);
        set
    }
}

impl<'a, T, M, const N: usize> From<[&'a Strong<T>; N]> for Set<T, RandomState, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    M: Keying<T>,
    T::Slot: Shares<T>,
{
    fn from(members: [&'a Strong<T>; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<T, M, const N: usize> From<[Strong<T>; N]> for Set<T, RandomState, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    M: Keying<T>,
    T::Slot: Shares<T>,
{
    /// Members that nothing else keeps alive die at once.
    fn from(members: [Strong<T>; N]) -> Self {
        members.into_iter().collect()
    }
}

impl<T, S, M> Clone for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher + Clone,
    M: Keying<T>,
    T::Slot: Shares<T>,
{
    /// Makes a set of the live members, with registrations of its own.
    fn clone(&self) -> Self {
        let mut copy = Self::with_hasher(self.hasher().clone());
        copy.extend(self);
        copy
    }
}

impl<T, S, S2, M> PartialEq<Set<T, S2, M>> for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    S2: BuildHasher,
    M: Keying<T>,
{
    /// Compares the live members, as they are when this comes to each.
    fn eq(&self, other: &Set<T, S2, M>) -> bool {
        self.len() == other.len() && self.iter().all(|member| other.contains(M::query(&member)))
    }
}

impl<T, S, M> Eq for Set<T, S, M>
where
    T: ?Sized + WeakReferenceable + 'static,
    S: BuildHasher,
    M: Keying<T>,
{
}

impl<T, S, S2> PartialEq<HashSet<Strong<T>, S2>> for Set<T, S, ByValue>
where
    T: ?Sized + WeakReferenceable + Hash + Eq + 'static,
    S: BuildHasher,
    S2: BuildHasher,
{
    /// Compares the live members with those of a set of strong handles, as they are when this comes to each.
    fn eq(&self, other: &HashSet<Strong<T>, S2>) -> bool {
        self.len() == other.len() && self.iter().all(|member| other.contains(&member))
    }
}

impl<T: ?Sized + WeakReferenceable, S: FinalizerSafe, M> FinalizerSafe for Set<T, S, M> {}
