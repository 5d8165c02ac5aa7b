//! A map whose keys are held weakly, and what belongs to it.

mod access;
mod entry;
mod traits;
mod walk;

use core::fmt;
use core::marker::PhantomData;
use std::hash::RandomState;

use weakref::WeakReferenceable;
use weakref::watch::{Graveyard, Watched};

pub use self::entry::{Entry, OccupiedEntry, OccupiedError, VacantEntry};
use crate::error::TryReserveError;
use crate::iter;
use crate::key::{ByIdentity, ByValue};
use crate::side::{Held, NoYard};
use crate::table::{Table, YardTable};

/// Iterates over the live entries of a [`WeakKeyMap`] as `(Strong<K>, &V)`.
pub type Iter<'a, K, V> = iter::Iter<'a, Watched<K>, Held<V>>;
/// Iterates over the live entries of a [`WeakKeyMap`] as `(Strong<K>, &mut V)`.
pub type IterMut<'a, K, V> = iter::IterMut<'a, K, V>;
/// Iterates over the live keys of a [`WeakKeyMap`] as `Strong<K>`.
pub type Keys<'a, K, V> = iter::Iter<'a, Watched<K>, Held<V>, iter::Keys>;
/// Iterates over the live keys of a [`WeakKeyMap`] as `WeakRef<K>`.
pub type WeakKeys<'a, K, V> = iter::Iter<'a, Watched<K>, Held<V>, iter::WeakKeys>;
/// Iterates over the values of live entries of a [`WeakKeyMap`] as `&V`.
pub type Values<'a, K, V> = iter::Iter<'a, Watched<K>, Held<V>, iter::Values>;
/// Iterates over the values of live entries of a [`WeakKeyMap`] as `&mut V`.
pub type ValuesMut<'a, K, V> = iter::IterMut<'a, K, V, iter::Values>;
/// Iterates over the live entries that were in a [`WeakKeyMap`] as `(Strong<K>, V)`.
pub type IntoIter<K, V> = iter::IntoIter<Watched<K>, Held<V>>;
/// Iterates over the live keys that were in a [`WeakKeyMap`] as `Strong<K>`.
pub type IntoKeys<K, V> = iter::IntoIter<Watched<K>, Held<V>, iter::Keys>;
/// Iterates over the values of live entries that were in a [`WeakKeyMap`] as `V`.
pub type IntoValues<K, V> = iter::IntoIter<Watched<K>, Held<V>, iter::Values>;
/// Empties a [`WeakKeyMap`] and iterates over what was alive in it as `(Strong<K>, V)`.
pub type Drain<'a, K, V> = iter::Drain<'a, Watched<K>, Held<V>>;
/// Removes the live entries that a closure accepts and yields them as `(Strong<K>, V)`.
pub type ExtractIf<'a, K, V, F> = iter::ExtractIf<'a, Watched<K>, Held<V>, F>;

/// A hash map that holds its keys weakly and its values strongly: an entry is gone as soon as its
/// key is dead.
///
/// It adds data to objects that others own, without touching their types. Keys are compared by
/// value; [`IdentityWeakKeyMap`] compares which objects they are.
///
/// * Lookups take what the key's type borrows as, as in [`HashMap`](std::collections::HashMap):
///   `map.get(&*handle)`, or `map.get("a name")` for a key type with `Borrow<str>`.
/// * [`insert`](KeyMap::insert) with an equal but different key replaces the stored key: from then on
///   the new one's life decides. So does [`entry`](KeyMap::entry). Lookups replace nothing; nor do
///   [`get_or_insert`](KeyMap::get_or_insert) and its like, and [`try_insert`](KeyMap::try_insert), where
///   the key is there.
/// * A value that owns its key's strong handle, directly or through others, keeps the entry alive for
///   ever. Let it own a `WeakRef`.
/// * The rest is as for [`WeakValueMap`](crate::WeakValueMap): a death is O(1), takes no lock and is
///   seen at once; memory goes with the next `&mut` call or [`purge`](KeyMap::purge).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakKeyMap;
///
/// #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
/// struct User(u32);
///
/// let mut visits = WeakKeyMap::new();
/// let user = Strong::new(User(1));
/// *visits.entry(&user).or_insert(0) += 1;
/// *visits.entry(&user).or_insert(0) += 1;
/// assert_eq!(visits[&User(1)], 2);
///
/// drop(user);
/// assert!(visits.is_empty());
/// ```
///
/// Its methods are those of [`KeyMap`].
pub type WeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByValue>;

/// A [`WeakKeyMap`] whose keys are compared by identity: they need neither `Hash` nor `Eq`, may be
/// unsized, and are looked up by anything [with an id](crate::HasId).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
/// use weakref_containers::IdentityWeakKeyMap;
///
/// trait Listener: WeakReferenceable<Slot = SyncSlot> {}
///
/// #[derive(WeakReferenceable)]
/// struct Printer;
/// impl Listener for Printer {}
///
/// let mut priorities: IdentityWeakKeyMap<dyn Listener, u32> = IdentityWeakKeyMap::new();
/// let listener: Strong<dyn Listener> = coerce!(Strong::new(Printer) => dyn Listener);
/// priorities.insert(&listener, 3);
/// assert_eq!(priorities[&listener], 3);
/// assert_eq!(priorities.get(&Strong::downgrade(&listener)), Some(&3));
///
/// drop(listener);
/// assert!(priorities.is_empty());
/// ```
///
/// Its methods are those of [`KeyMap`].
pub type IdentityWeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByIdentity>;

/// What [`WeakKeyMap`] and [`IdentityWeakKeyMap`] are; `M` says what makes two keys the same.
pub struct KeyMap<K: ?Sized + WeakReferenceable, V, S, M> {
    table: YardTable<Watched<K>, Held<V>, Graveyard<K::Slot>, NoYard>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<K: ?Sized + WeakReferenceable, V, M> KeyMap<K, V, RandomState, M> {
    /// Creates an empty map. It allocates nothing before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let map = WeakKeyMap::<User, u32>::new();
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let map = WeakKeyMap::<User, u32>::with_capacity(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K: ?Sized + WeakReferenceable, V, S, M> KeyMap<K, V, S, M> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let mut map = WeakKeyMap::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::RandomState;
    ///
    /// let map = WeakKeyMap::<User, u32>::with_capacity_and_hasher(10, RandomState::new());
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map = WeakKeyMap::<User, u32>::with_hasher(state.clone());
    /// assert_eq!(map.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live entries.
    ///
    /// Exact on the thread on which keys die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let (a, b) = (Strong::new(User(1)), Strong::new(User(2)));
    /// map.insert(&a, "data");
    /// map.insert(&b, "more");
    /// assert_eq!(map.len(), 2);
    /// drop(a);
    /// assert_eq!(map.len(), 1);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1).
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// map.insert(&Strong::new(User(1)), "data");
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<User, u32>::new();
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let map = WeakKeyMap::<User, u32>::new();
    /// assert_eq!(map.load_factor(), 0.0);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn load_factor(&self) -> f32 {
        match self.capacity() {
            0 => 0.0,
            capacity => self.len() as f32 / capacity as f32,
        }
    }

    /// Returns the bytes allocated for entries. What values own is not counted, nor are registrations
    /// of objects that stand in several containers.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// assert_eq!(WeakKeyMap::<User, u32>::new().allocation_size(), 0);
    /// assert!(WeakKeyMap::<User, u32>::with_capacity(10).allocation_size() > 0);
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<User, u32>::new();
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<User, u32>::new();
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<User, u32>::with_capacity(100);
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<User, u32>::with_capacity(1000);
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use std::rc::Rc;
    ///
    /// let data = Rc::new("data");
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, Rc::clone(&data));
    /// drop(user);
    /// assert_eq!((map.len(), Rc::strong_count(&data)), (0, 2));
    /// assert_eq!(map.purge(), 1);
    /// assert_eq!((map.len(), Rc::strong_count(&data)), (0, 1));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of entries to free): free of cost when all are alive.
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        self.table.bury()
    }

    /// Turns on or off that the values of entries whose key died are kept for
    /// [`drain_evicted`](Self::drain_evicted), instead of being dropped when their entries are freed. Off at first; turning
    /// it off drops what was kept.
    ///
    /// While it is on, each entry that goes does so in one of two ways. Alive, by a call: it is removed, replaced, cleared or
    /// drained, by [`retain`](Self::retain) and [`extract_if`](Self::extract_if) too; then it is not evicted. Or its key
    /// dies first: then its value is kept, and comes out once, whether the death was before the call that finds it or within
    /// that call. What dies while the iterator of [`drain`](Self::drain) is in use was drained. A clone of the map starts
    /// with it off.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct Image(u32);
    /// let mut map = WeakKeyMap::new();
    /// map.track_evictions(true);
    /// let image = Strong::new(Image(7));
    /// map.insert(&image, "logo");
    /// drop(image);
    /// assert!(map.drain_evicted().eq(["logo"]));
    /// ```
    pub fn track_evictions(&mut self, on: bool) {
        self.table.keep_evicted(on);
    }

    /// Takes out the values of the entries that were evicted since the last call, in no particular order; see
    /// [`track_evictions`](Self::track_evictions).
    ///
    /// This is the hook for evictions: it comes when you ask, so that your code never runs inside a call of the map, or of a
    /// death.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct Image(u32);
    /// let mut map = WeakKeyMap::new();
    /// map.track_evictions(true);
    /// let image = Strong::new(Image(7));
    /// map.insert(&image, "logo");
    /// assert_eq!(map.drain_evicted().count(), 0);
    /// drop(image);
    /// assert_eq!(map.drain_evicted().next(), Some("logo"));
    /// assert_eq!(map.drain_evicted().next(), None);
    /// ```
    pub fn drain_evicted(&mut self) -> impl ExactSizeIterator<Item = V> + use<K, V, S, M> {
        let (_, values) = self.table.take_evicted();
        values.map(|value| value.0)
    }

    /// Removes all entries and keeps the capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// map.insert(&user, "data");
    /// map.clear();
    /// assert!(map.is_empty() && map.capacity() > 0);
    /// ```
    pub fn clear(&mut self) {
        drop(self.table.swap_out());
    }
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V: fmt::Debug, S, M> fmt::Debug
    for KeyMap<K, V, S, M>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K: ?Sized + WeakReferenceable, V, S: Default, M> Default for KeyMap<K, V, S, M> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: ?Sized + WeakReferenceable, V: Clone, S: Clone, M> Clone for KeyMap<K, V, S, M> {
    /// Makes a map of the live entries, with registrations of its own.
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            hash_builder: self.hash_builder.clone(),
            keying: PhantomData,
        }
    }
}
