//! A set whose members are held weakly, and what belongs to it.

mod access;
mod algebra;
mod operators;
mod traits;

use core::fmt;
use std::hash::RandomState;

use weakref::WeakReferenceable;
use weakref::watch::Watched;

pub use self::access::ExtractIf;
pub use self::algebra::{Difference, Intersection, SymmetricDifference, Union};
pub use self::operators::Operand;
use crate::error::TryReserveError;
use crate::iter;
use crate::key::{ByIdentity, ByValue};
use crate::map::weak_key::KeyMap;
use crate::side::Held;

/// Iterates over the live members of a [`WeakSet`] as `Strong<T>`.
pub type Iter<'a, T> = iter::Iter<'a, Watched<T>, Held<()>, iter::Keys>;
/// Iterates over the live members of a [`WeakSet`] as `WeakRef<T>`.
pub type WeakIter<'a, T> = iter::Iter<'a, Watched<T>, Held<()>, iter::WeakKeys>;
/// Iterates over the live members that were in a [`WeakSet`] as `Strong<T>`.
pub type IntoIter<T> = iter::IntoIter<Watched<T>, Held<()>, iter::Keys>;
/// Empties a [`WeakSet`] and iterates over what was alive in it as `Strong<T>`.
pub type Drain<'a, T> = iter::Drain<'a, Watched<T>, Held<()>, iter::Keys>;

/// A hash set that holds its members weakly: a member is gone as soon as it is dead.
///
/// It is the set of interners and of groups of objects that others own. Members are compared by
/// value; [`IdentityWeakSet`] compares which objects they are.
///
/// * Lookups take what the member's type borrows as, as in [`HashSet`](std::collections::HashSet):
///   `set.contains(&*handle)`, or `set.get("a name")` for a type with `Borrow<str>`.
/// * [`insert`](Set::insert) of an equal but different member replaces the stored one: from then on
///   the new one's life decides. [`get_or_insert`](Set::get_or_insert) keeps the stored one.
/// * The rest is as for [`WeakKeyMap`](crate::WeakKeyMap).
///
/// # Examples
///
/// An interner:
///
/// ```
/// use std::borrow::Borrow;
///
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakSet;
///
/// #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
/// struct Name(String);
///
/// impl Borrow<str> for Name {
///     fn borrow(&self) -> &str {
///         &self.0
///     }
/// }
///
/// let mut names = WeakSet::new();
/// let a = names.get_or_insert_with("anna", |name| Strong::new(Name(name.to_owned())));
/// let b = names.get_or_insert_with("anna", |_| unreachable!());
/// assert!(Strong::ptr_eq(&a, &b));
///
/// drop((a, b));
/// assert!(names.is_empty());
/// ```
///
/// Its methods are those of [`Set`].
pub type WeakSet<T, S = RandomState> = Set<T, S, ByValue>;

/// A [`WeakSet`] whose members are compared by identity: they need neither `Hash` nor `Eq`, may be
/// unsized, and are looked up by anything [with an id](crate::HasId).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
/// use weakref_containers::IdentityWeakSet;
///
/// trait Listener: WeakReferenceable<Slot = SyncSlot> {}
///
/// #[derive(WeakReferenceable)]
/// struct Printer;
/// impl Listener for Printer {}
///
/// let printer = Strong::new(Printer);
/// let mut listeners = IdentityWeakSet::<dyn Listener>::new();
/// listeners.insert(&coerce!(printer.clone() => dyn Listener));
/// assert!(listeners.contains(&printer));
/// assert!(!listeners.contains(&Strong::new(Printer)));
/// ```
///
/// Its methods are those of [`Set`].
pub type IdentityWeakSet<T, S = RandomState> = Set<T, S, ByIdentity>;

/// What [`WeakSet`] and [`IdentityWeakSet`] are; `M` says what makes two members the same.
pub struct Set<T: ?Sized + WeakReferenceable, S, M> {
    map: KeyMap<T, (), S, M>,
}

impl<T: ?Sized + WeakReferenceable, M> Set<T, RandomState, M> {
    /// Creates an empty set. It allocates nothing before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let set = WeakSet::<User>::new();
    /// assert_eq!(set.capacity(), 0);
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty set with room for at least `capacity` members.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let set = WeakSet::<User>::with_capacity(10);
    /// assert!(set.capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<T: ?Sized + WeakReferenceable, S, M> Set<T, S, M> {
    /// Creates an empty set that hashes its members with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let mut set = WeakSet::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
    /// let user = Strong::new(User(1));
    /// set.insert(&user);
    /// assert_eq!(set.len(), 1);
    /// ```
    pub const fn with_hasher(hash_builder: S) -> Self {
        Self {
            map: KeyMap::with_hasher(hash_builder),
        }
    }

    /// Creates an empty set with room for at least `capacity` members that hashes its members
    /// with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::RandomState;
    ///
    /// let set = WeakSet::<User>::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(set.capacity() >= 10);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self {
            map: KeyMap::with_capacity_and_hasher(capacity, hash_builder),
        }
    }

    /// Returns the hasher of the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let set = WeakSet::<User>::with_hasher(state.clone());
    /// assert_eq!(set.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        self.map.hasher()
    }

    /// Returns the number of live members.
    ///
    /// Exact on the thread on which members die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::new();
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// set.insert(&a);
    /// set.insert(&b);
    /// assert_eq!(set.len(), 2);
    /// drop(a);
    /// assert_eq!(set.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1).
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns whether no member is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::new();
    /// set.insert(&Strong::new(User(1)));
    /// assert!(set.is_empty(), "the only owner is gone");
    /// ```
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Returns the number of members there is room for without growing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::<User>::new();
    /// set.reserve(100);
    /// assert!(set.capacity() >= 100);
    /// ```
    pub fn capacity(&self) -> usize {
        self.map.capacity()
    }

    /// Returns the share of the capacity that live members take, from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let set = WeakSet::<User>::new();
    /// assert_eq!(set.load_factor(), 0.0);
    /// ```
    pub fn load_factor(&self) -> f32 {
        self.map.load_factor()
    }

    /// Returns the bytes allocated for members. What members own is not counted, nor are registrations
    /// of objects that stand in several containers.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// assert_eq!(WeakSet::<User>::new().allocation_size(), 0);
    /// assert!(WeakSet::<User>::with_capacity(10).allocation_size() > 0);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.map.allocation_size()
    }

    /// Makes room for at least `additional` more members.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::<User>::new();
    /// set.reserve(10);
    /// assert!(set.capacity() >= 10);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&mut self, additional: usize) {
        self.map.reserve(additional);
    }

    /// Makes room for at least `additional` more members, or says why it cannot.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::<User>::new();
    /// assert!(set.try_reserve(10).is_ok());
    /// assert!(set.try_reserve(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the capacity overflows or the allocator fails. Nothing is changed then.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.map.try_reserve(additional)
    }

    /// Shrinks the capacity to what the live members need.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::<User>::with_capacity(100);
    /// set.shrink_to_fit();
    /// assert_eq!(set.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Shrinks the capacity to what the live members need, but not below `capacity`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::<User>::with_capacity(1000);
    /// set.shrink_to(10);
    /// assert!((10..1000).contains(&set.capacity()));
    /// ```
    pub fn shrink_to(&mut self, capacity: usize) {
        self.map.shrink_to(capacity);
    }

    /// Frees the memory of the members that have died since the last call with `&mut self`, and returns how many there were.
    /// Those that an earlier call has freed, whichever it was, are not counted again.
    ///
    /// Nothing else changes: the dead are not seen before either.
    ///
    /// When of a thousand members and more nearly all go at once, the capacity goes with them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::new();
    /// let user = Strong::new(User(1));
    /// set.insert(&user);
    /// drop(user);
    /// assert_eq!(set.purge(), 1);
    /// assert_eq!(set.iter().size_hint(), (0, Some(0)), "not even dead members");
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of members to free): free of cost when all are alive.
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        self.map.purge()
    }

    /// Removes all members and keeps the capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakSet;
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut set = WeakSet::new();
    /// let user = Strong::new(User(1));
    /// set.insert(&user);
    /// set.clear();
    /// assert!(set.is_empty() && set.capacity() > 0);
    /// ```
    pub fn clear(&mut self) {
        self.map.clear();
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug, S, M> fmt::Debug for Set<T, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<T: ?Sized + WeakReferenceable, S: Default, M> Default for Set<T, S, M> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: ?Sized + WeakReferenceable, S: Clone, M> Clone for Set<T, S, M> {
    /// Makes a set of the live members, with registrations of its own.
    fn clone(&self) -> Self {
        Self {
            map: self.map.clone(),
        }
    }
}
