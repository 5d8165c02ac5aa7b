//! Looking up, inserting, removing and walking.

use core::fmt;
use core::hash::BuildHasher;
use core::iter::FusedIterator;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{Drain, Iter, Set, WeakIter};
use crate::iter;
use crate::key::{Keying, Lookup};
use crate::side::Held;

/// Removes the live members that a closure accepts and yields them as `Strong<T>`.
///
/// Members that the iterator has not come to when it is dropped stay.
#[must_use = "the members are removed as the iterator advances; see `retain`"]
pub struct ExtractIf<'a, T: ?Sized + WeakReferenceable, F>(
    iter::ExtractIf<'a, Watched<T>, Held<()>, F>,
);

impl<T, S, M> Set<T, S, M>
where
    T: ?Sized + WeakReferenceable,
    S: BuildHasher,
    M: Keying<T>,
{
    /// Returns whether a member is there, alive.
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
    /// assert!(set.contains(&User(1)) && !set.contains(&User(2)));
    /// drop(user);
    /// assert!(!set.contains(&User(1)));
    /// ```
    #[inline]
    pub fn contains<Q>(&self, member: &Q) -> bool
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.map.contains_key(member)
    }

    /// Returns the stored member.
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
    /// assert!(Strong::ptr_eq(&set.get(&User(1)).unwrap(), &user));
    /// ```
    #[inline]
    pub fn get<Q>(&self, member: &Q) -> Option<Strong<T>>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.map.get_key(member)
    }

    /// Returns several stored members, as [`get`](Self::get) of each does.
    ///
    /// In a set that is larger than the processor's caches this takes less time than one call after the other: what
    /// is looked at is fetched for all at once. What is looked up may be the same.
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
    /// assert_eq!(set.get_many([&User(1), &User(2)]), [Some(user), None]);
    /// ```
    pub fn get_many<Q, const N: usize>(&self, members: [&Q; N]) -> [Option<Strong<T>>; N]
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.map.get_keys(members)
    }

    /// Adds a member and returns whether none like it was there. A stored one is replaced.
    ///
    /// The set does not keep it alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let mut set = WeakSet::new();
    /// assert!(set.insert(&old));
    /// assert!(!set.insert(&new));
    /// drop(old);
    /// assert!(set.contains(&User(1)), "the new one decides");
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised. Apart from the table's growth it allocates only when the member stands in
    /// several containers.
    #[doc(alias = "add")]
    pub fn insert(&mut self, member: &Strong<T>) -> bool {
        self.map.insert(member, ()).is_none()
    }

    /// Adds a member and returns the stored one that it replaces.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let mut set = WeakSet::from([&old]);
    /// assert!(Strong::ptr_eq(&set.replace(&new).unwrap(), &old));
    /// assert!(Strong::ptr_eq(&set.get(&User(1)).unwrap(), &new));
    /// ```
    pub fn replace(&mut self, member: &Strong<T>) -> Option<Strong<T>> {
        self.map.replace(member, ()).map(|(old, ())| old)
    }

    /// Returns the stored member like the given one; if there is none, the given one, which is added.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let mut set = WeakSet::new();
    /// assert!(Strong::ptr_eq(&set.get_or_insert(&a), &a));
    /// assert!(Strong::ptr_eq(&set.get_or_insert(&b), &a));
    /// ```
    pub fn get_or_insert(&mut self, member: &Strong<T>) -> Strong<T> {
        let entry = self.map.find_entry(member).insert_entry(());
        entry.key().clone()
    }

    /// Returns the stored member; if there is none, the one that `make` returns, which is added.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::new();
    /// let user = set.get_or_insert_with(&User(1), |like| Strong::new(User(like.0)));
    /// let again = set.get_or_insert_with(&User(1), |_| unreachable!());
    /// assert!(Strong::ptr_eq(&user, &again));
    /// ```
    #[must_use = "nothing else may hold the object"]
    pub fn get_or_insert_with<Q>(
        &mut self,
        member: &Q,
        make: impl FnOnce(&Q) -> Strong<T>,
    ) -> Strong<T>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        if let Some(stored) = self.get(member) {
            return drop_first(make, stored);
        }
        let fresh = make(member);
        let stored = self.get_or_insert(&fresh);
        drop_first(fresh, stored)
    }

    /// Removes a member and returns whether it was there, alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let mut set = WeakSet::from([&user]);
    /// assert!(set.remove(&User(1)));
    /// assert!(!set.remove(&User(1)));
    /// ```
    #[doc(alias = "discard")]
    pub fn remove<Q>(&mut self, member: &Q) -> bool
    where
        Q: ?Sized + Lookup<T, M>,
    {
        self.map.remove(member).is_some()
    }

    /// Removes a member and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let mut set = WeakSet::from([&user]);
    /// assert!(Strong::ptr_eq(&set.take(&User(1)).unwrap(), &user));
    /// assert!(set.take(&User(1)).is_none());
    /// ```
    pub fn take<Q>(&mut self, member: &Q) -> Option<Strong<T>>
    where
        Q: ?Sized + Lookup<T, M>,
    {
        let (member, ()) = self.map.remove_entry(member)?;
        Some(member)
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> Set<T, S, M> {
    /// Removes any live member and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let mut set = WeakSet::from([&user]);
    /// assert_eq!(set.pop().unwrap().0, 1);
    /// assert!(set.pop().is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised over a series without insertions; else O(capacity).
    pub fn pop(&mut self) -> Option<Strong<T>> {
        let (member, ()) = self.map.pop()?;
        Some(member)
    }

    /// Removes the members for which `keep` returns false.
    ///
    /// It is called once for every member that is alive when its turn comes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let mut set: WeakSet<_> = users.iter().collect();
    /// set.retain(|user| user.0 > 2);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&Strong<T>) -> bool) {
        self.map.retain(|member, ()| keep(member));
    }

    /// Removes the live members for which `wanted` returns true, and iterates over them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let users: Vec<_> = (0..4).map(|n| Strong::new(User(n))).collect();
    /// let mut set: WeakSet<_> = users.iter().collect();
    /// let odd: Vec<_> = set.extract_if(|user| user.0 % 2 == 1).collect();
    /// assert_eq!((odd.len(), set.len()), (2, 2));
    /// ```
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, T, F>
    where
        F: FnMut(&Strong<T>) -> bool,
    {
        ExtractIf(iter::ExtractIf::new(self.map.table_mut(), wanted))
    }

    /// Removes all members, keeps the capacity, and iterates over the live ones.
    ///
    /// The set is empty even if the iterator is forgotten.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let user = Strong::new(User(1));
    /// let mut set = WeakSet::from([&user]);
    /// assert!(set.drain().eq([user]));
    /// assert!(set.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain::new(self.map.table_mut())
    }

    /// Iterates over the live members, in no particular order.
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
    /// for member in set.iter() {
    ///     assert_eq!(member.0, 1);
    /// }
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity); dead members that were not purged count.
    pub fn iter(&self) -> Iter<'_, T> {
        self.map.keys()
    }

    /// Iterates over weak references to the live members, in no particular order.
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
    /// assert!(set.weak_iter().eq([Strong::downgrade(&user)]));
    /// ```
    pub fn weak_iter(&self) -> WeakIter<'_, T> {
        self.map.weak_keys()
    }
}

impl<T, F> Iterator for ExtractIf<'_, T, F>
where
    T: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<T>) -> bool,
{
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        let (_, member) = self.0.next_with(|wanted, row| {
            let member = row.key.upgrade()?;
            wanted(&member).then_some(member)
        })?;
        Some(member)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.left()
    }
}

impl<T, F> FusedIterator for ExtractIf<'_, T, F>
where
    T: ?Sized + WeakReferenceable,
    F: FnMut(&Strong<T>) -> bool,
{
}

impl<T: ?Sized + WeakReferenceable, F> fmt::Debug for ExtractIf<'_, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
