//! A map whose keys and values are both held weakly, and what belongs to it.

mod access;
mod entry;
mod traits;
mod walk;

use core::fmt;
use core::marker::PhantomData;
use std::hash::RandomState;

use weakref::WeakReferenceable;
use weakref::watch::Watched;

pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
use crate::error::TryReserveError;
use crate::iter;
use crate::key::{ByIdentity, ByValue};
use crate::table::Table;

/// Iterates over the live entries of a [`WeakPairMap`] as `(Strong<K>, Strong<V>)`.
pub type Iter<'a, K, V> = iter::Iter<'a, Watched<K>, Watched<V>>;
/// Iterates over the keys of live entries of a [`WeakPairMap`] as `Strong<K>`.
pub type Keys<'a, K, V> = iter::Iter<'a, Watched<K>, Watched<V>, iter::Keys>;
/// Iterates over the keys of live entries of a [`WeakPairMap`] as `WeakRef<K>`.
pub type WeakKeys<'a, K, V> = iter::Iter<'a, Watched<K>, Watched<V>, iter::WeakKeys>;
/// Iterates over the values of live entries of a [`WeakPairMap`] as `Strong<V>`.
pub type Values<'a, K, V> = iter::Iter<'a, Watched<K>, Watched<V>, iter::Values>;
/// Iterates over the values of live entries of a [`WeakPairMap`] as `WeakRef<V>`.
pub type WeakValues<'a, K, V> = iter::Iter<'a, Watched<K>, Watched<V>, iter::WeakValues>;
/// Iterates over the live entries that were in a [`WeakPairMap`] as `(Strong<K>, Strong<V>)`.
pub type IntoIter<K, V> = iter::IntoIter<Watched<K>, Watched<V>>;
/// Iterates over the keys of live entries that were in a [`WeakPairMap`] as `Strong<K>`.
pub type IntoKeys<K, V> = iter::IntoIter<Watched<K>, Watched<V>, iter::Keys>;
/// Iterates over the values of live entries that were in a [`WeakPairMap`] as `Strong<V>`.
pub type IntoValues<K, V> = iter::IntoIter<Watched<K>, Watched<V>, iter::Values>;
/// Empties a [`WeakPairMap`] and iterates over what was alive in it as `(Strong<K>, Strong<V>)`.
pub type Drain<'a, K, V> = iter::Drain<'a, Watched<K>, Watched<V>>;
/// Removes the live entries that a closure accepts and yields them as `(Strong<K>, Strong<V>)`.
pub type ExtractIf<'a, K, V, F> = iter::ExtractIf<'a, Watched<K>, Watched<V>, F>;

/// A hash map that holds keys and values weakly: an entry is gone as soon as either is dead.
///
/// It relates objects that others own. Keys are compared by value; [`IdentityWeakPairMap`] compares
/// which objects they are.
///
/// * [`insert`](PairMap::insert) with an equal but different key replaces the stored key: from then on
///   the new one's life decides. So does [`entry`](PairMap::entry). Lookups replace nothing; nor do
///   [`get_or_insert`](PairMap::get_or_insert) and its like, and [`try_insert`](PairMap::try_insert), where
///   the key is there.
/// * [`len`](PairMap::len) has to count while dead entries wait to be freed, because an entry can be
///   dead twice; it is O(1) at all other times.
/// * The rest is as for [`WeakKeyMap`](crate::WeakKeyMap) and [`WeakValueMap`](crate::WeakValueMap).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakPairMap;
///
/// #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
/// struct User(u32);
///
/// #[derive(WeakReferenceable)]
/// struct Window(&'static str);
///
/// let mut windows = WeakPairMap::new();
/// let (user, window) = (Strong::new(User(1)), Strong::new(Window("inbox")));
/// windows.insert(&user, &window);
/// assert_eq!(windows.get(&User(1)).unwrap().0, "inbox");
///
/// drop(window);
/// assert!(windows.get(&User(1)).is_none() && windows.is_empty());
/// ```
///
/// Its methods are those of [`PairMap`].
pub type WeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByValue>;

/// A [`WeakPairMap`] whose keys are compared by identity: they need neither `Hash` nor `Eq`, may be
/// unsized, and are looked up by anything [with an id](crate::HasId).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::IdentityWeakPairMap;
///
/// #[derive(WeakReferenceable)]
/// struct Node;
///
/// let (child, parent) = (Strong::new(Node), Strong::new(Node));
/// let mut parents = IdentityWeakPairMap::new();
/// parents.insert(&child, &parent);
/// assert!(Strong::ptr_eq(&parents.get(&child).unwrap(), &parent));
/// assert!(parents.get(&parent).is_none());
/// ```
///
/// Its methods are those of [`PairMap`].
pub type IdentityWeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByIdentity>;

/// What [`WeakPairMap`] and [`IdentityWeakPairMap`] are; `M` says what makes two keys the same.
pub struct PairMap<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S, M> {
    table: Table<Watched<K>, Watched<V>>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, M>
    PairMap<K, V, RandomState, M>
{
    /// Creates an empty map. It allocates nothing before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let map = WeakPairMap::<User, Window>::new();
    /// assert_eq!(map.capacity(), 0);
    /// ```
    pub fn new() -> Self {
        Self::with_hasher(RandomState::new())
    }

    /// Creates an empty map with room for at least `capacity` entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let map = WeakPairMap::<User, Window>::with_capacity(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable, S, M> PairMap<K, V, S, M> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let mut map = WeakPairMap::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(1)));
    /// map.insert(&user, &window);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub const fn with_hasher(hash_builder: S) -> Self {
        Self {
            table: Table::new(),
            hash_builder,
            keying: PhantomData,
        }
    }

    /// Creates an empty map with room for at least `capacity` entries that hashes its keys
    /// with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// use std::hash::RandomState;
    ///
    /// let map = WeakPairMap::<User, Window>::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self {
            table: Table::with_capacity(capacity),
            hash_builder,
            keying: PhantomData,
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map = WeakPairMap::<User, Window>::with_hasher(state.clone());
    /// assert_eq!(map.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live entries.
    ///
    /// Exact on the thread on which keys and values die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// let window = Strong::new(Window(1));
    /// map.insert(&a, &window);
    /// map.insert(&b, &window);
    /// assert_eq!(map.len(), 2);
    /// drop(a);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), and O(capacity) while dead entries wait for the next call with `&mut self`.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// map.insert(&Strong::new(User(1)), &Strong::new(Window(1)));
    /// assert!(map.is_empty(), "the only owner is gone");
    /// ```
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns the number of entries there is room for without growing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::<User, Window>::new();
    /// map.reserve(100);
    /// assert!(map.capacity() >= 100);
    /// ```
    pub fn capacity(&self) -> usize {
        self.table.capacity()
    }

    /// Returns the share of the capacity that live entries take, from 0 to 1.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let map = WeakPairMap::<User, Window>::new();
    /// assert_eq!(map.load_factor(), 0.0);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn load_factor(&self) -> f32 {
        match self.capacity() {
            0 => 0.0,
            capacity => self.len() as f32 / capacity as f32,
        }
    }

    /// Returns the bytes allocated for entries. What keys and values own is not counted, nor are registrations
    /// of objects that stand in several containers.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// assert_eq!(WeakPairMap::<User, Window>::new().allocation_size(), 0);
    /// assert!(WeakPairMap::<User, Window>::with_capacity(10).allocation_size() > 0);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.table.allocation_size()
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::<User, Window>::new();
    /// map.reserve(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics when the capacity overflows `usize`, and aborts when the allocator fails.
    pub fn reserve(&mut self, additional: usize) {
        self.table.bury();
        self.table.reserve(additional);
    }

    /// Makes room for at least `additional` more entries, or says why it cannot.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::<User, Window>::new();
    /// assert!(map.try_reserve(10).is_ok());
    /// assert!(map.try_reserve(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the capacity overflows or the allocator fails. Nothing is changed then.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.table.bury();
        self.table.try_reserve(additional)
    }

    /// Shrinks the capacity to what the live entries need.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::<User, Window>::with_capacity(100);
    /// map.shrink_to_fit();
    /// assert_eq!(map.capacity(), 0);
    /// ```
    pub fn shrink_to_fit(&mut self) {
        self.shrink_to(0);
    }

    /// Shrinks the capacity to what the live entries need, but not below `capacity`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::<User, Window>::with_capacity(1000);
    /// map.shrink_to(10);
    /// assert!((10..1000).contains(&map.capacity()));
    /// ```
    pub fn shrink_to(&mut self, capacity: usize) {
        self.table.bury();
        self.table.shrink_to(capacity);
    }

    /// Frees the memory of the entries that have died since the last call with `&mut self`, and returns how many there were.
    /// Those that an earlier call has freed, whichever it was, are not counted again.
    ///
    /// Nothing else changes: the dead are not seen before either.
    ///
    /// When of a thousand entries and more nearly all go at once, the capacity goes with them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(1)));
    /// map.insert(&user, &window);
    /// drop(user);
    /// assert_eq!((map.len(), Strong::weak_count(&window)), (0, 1));
    /// assert_eq!(map.purge(), 1);
    /// assert_eq!((map.len(), Strong::weak_count(&window)), (0, 0));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of entries to free): free of cost when all are alive.
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        self.table.bury()
    }

    /// Removes all entries and keeps the capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakPairMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// # #[derive(WeakReferenceable, Debug, PartialEq, Eq)]
    /// # struct Window(u32);
    /// let mut map = WeakPairMap::new();
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(1)));
    /// map.insert(&user, &window);
    /// map.clear();
    /// assert!(map.is_empty() && map.capacity() > 0);
    /// ```
    pub fn clear(&mut self) {
        drop(self.table.swap_out());
    }
}

impl<K, V, S, M> fmt::Debug for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: ?Sized + WeakReferenceable + fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V, S, M> Default for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: Default,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S, M> Clone for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable,
    S: Clone,
{
    /// Makes a map of the live entries, with registrations of its own.
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            hash_builder: self.hash_builder.clone(),
            keying: PhantomData,
        }
    }
}
