//! The shared set of weakly held objects, by value or by identity.

mod access;
mod walk;
mod whole;

use core::any::type_name;
use core::fmt;
use std::hash::RandomState;

use weakref::watch::Watched;
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::sharded::Sharded;
use super::shares::Shares;
use super::walk::Walk;
use crate::key::{ByIdentity, ByValue};
use crate::several::Several;
use crate::side::{Held, NoYard, Side};
use crate::table::Yards;

pub use self::walk::SetIter;

/// A shared set that holds its members weakly, and in which two members are the same when `Eq` says so.
///
/// Its methods are those of [`Set`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::WeakSet;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let set = WeakSet::new();
/// set.insert(&rose);
/// assert_eq!(set.insert(&same), false);
/// drop((rose, same));
/// assert!(set.is_empty());
/// ```
pub type WeakSet<T, S = RandomState> = Set<T, S, ByValue>;

/// A shared set that holds its members weakly, and in which two members are the same when they are one object.
///
/// Its methods are those of [`Set`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::IdentityWeakSet;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let set = IdentityWeakSet::new();
/// set.insert(&rose);
/// assert_eq!(set.insert(&same), true);
/// drop((rose, same));
/// assert!(set.is_empty());
/// ```
pub type IdentityWeakSet<T, S = RandomState> = Set<T, S, ByIdentity>;

/// A hash set that any number of threads use, and that holds its members weakly: a member is gone when it
/// dies.
///
/// The shared form of [`Set`](crate::set::Set), by its names [`WeakSet`] and [`IdentityWeakSet`]; what is common to
/// shared containers is said at [the module](super). `Hash` and `Eq` of members run unlocked, on members that are
/// kept alive meanwhile: they may use this set.
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::WeakSet;
///
/// let names: WeakSet<Object<str>> = WeakSet::new();
/// let rose = Strong::<Object<str>>::from("rose");
/// assert!(names.insert(&rose));
/// assert!(Strong::ptr_eq(&names.get("rose").unwrap(), &rose));
/// drop(rose);
/// assert!(names.is_empty());
/// ```
pub struct Set<T: ?Sized + WeakReferenceable, S = RandomState, M = ByValue> {
    pub(super) shards: Sharded<Watched<T>, Held<()>, T::Slot>,
    hash_builder: S,
    keying: core::marker::PhantomData<M>,
}

impl<T: ?Sized + WeakReferenceable + 'static, M> Set<T, RandomState, M> {
    /// Creates an empty set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// assert!(WeakSet::<Object<str>>::new().is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        T::Slot: Shares<T>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<T: ?Sized + WeakReferenceable + 'static, S, M> Set<T, S, M> {
    /// Creates an empty set that hashes its members with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let set: WeakSet<Object<str>, _> = WeakSet::with_hasher(hasher);
    /// assert!(set.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        T::Slot: Shares<T>,
    {
        Self::divided(type_name::<Self>(), usize::MAX, hash_builder)
    }

    /// Makes a set of at most `most` shards, of a container with this name.
    pub(super) fn divided(container: &'static str, most: usize, hash_builder: S) -> Self
    where
        T::Slot: Shares<T>,
    {
        let shards = Sharded::new(container, most, |shard| Yards {
            keys: T::Slot::wake_of_members(shard),
            values: NoYard,
        });
        Self {
            shards,
            hash_builder,
            keying: core::marker::PhantomData,
        }
    }

    /// Returns the hasher of the set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakSet;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let set: WeakSet<Object<str>> = WeakSet::with_hasher(state.clone());
    /// assert_eq!(set.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live members. Other threads may change it at any time; what they change while
    /// this looks at one shard after the other may be counted or not.
    ///
    /// A death on this thread is counted at once. Of one on another thread [`get`](Self::get) knows first, and this a
    /// moment later, before anything is dropped: for that moment a member is counted that is not found any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no member is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakSet;
    /// assert!(IdentityWeakSet::<Object<str>>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all members, one shard after the other.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// set.clear();
    /// assert!(set.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.drain_all());
    }

    /// Removes all members, one shard after the other, and returns those that were alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert_eq!(set.drain(), [rose]);
    /// assert!(set.is_empty());
    /// ```
    pub fn drain(&self) -> Vec<Strong<T>> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<Strong<T>> {
        let mut live = Several::new();
        self.shards.change_each(
            |inside| inside.take_all(|_| true),
            |rows| live.extend(rows.filter_map(|row| row.key.take())),
        );
        live
    }

    /// Iterates over the live members, in no particular order.
    ///
    /// Nothing is locked between two items. Each shard's members are those it had when the iterator came to
    /// it, less what has died since.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// for member in set.iter() {
    ///     assert!(set.remove(&*member));
    /// }
    /// assert!(set.is_empty());
    /// ```
    pub fn iter(&self) -> SetIter<'_, T> {
        SetIter(Walk::new(&self.shards))
    }

    /// Iterates over weak references to the members, as [`Set::iter`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakSet;
    /// let set: WeakSet<Object<str>> = WeakSet::new();
    /// let rose = Strong::<Object<str>>::from("rose");
    /// set.insert(&rose);
    /// assert!(set.weak_iter().eq([Strong::downgrade(&rose)]));
    /// ```
    pub fn weak_iter(&self) -> impl Iterator<Item = WeakRef<T>> {
        self.shards.shards().flat_map(|shard| {
            shard.look(|inside| {
                let live = inside.table.rows().filter(|row| row.is_alive());
                live.map(|row| WeakRef::clone(&row.key)).collect::<Vec<_>>()
            })
        })
    }
}

impl<T: ?Sized + WeakReferenceable + 'static, S: Default, M> Default for Set<T, S, M>
where
    T::Slot: Shares<T>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<T: ?Sized + WeakReferenceable + fmt::Debug + 'static, S, M> fmt::Debug for Set<T, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
