//! A map whose values are held weakly, and what belongs to it.

mod access;
mod entry;
mod entry_ref;
mod traits;
mod walk;

use core::fmt;
use std::hash::RandomState;

use weakref::WeakReferenceable;
use weakref::watch::{Graveyard, Watched};

pub use self::entry::{Entry, OccupiedEntry, VacantEntry};
pub use self::entry_ref::{EntryRef, VacantEntryRef};
use crate::error::TryReserveError;
use crate::iter;
use crate::side::{Held, NoYard};
use crate::table::{Table, YardTable};

/// Iterates over the live entries of a [`WeakValueMap`] as `(&K, Strong<V>)`.
pub type Iter<'a, K, V> = iter::Iter<'a, Held<K>, Watched<V>>;
/// Iterates over the keys of live entries of a [`WeakValueMap`] as `&K`.
pub type Keys<'a, K, V> = iter::Iter<'a, Held<K>, Watched<V>, iter::Keys>;
/// Iterates over the live values of a [`WeakValueMap`] as `Strong<V>`.
pub type Values<'a, K, V> = iter::Iter<'a, Held<K>, Watched<V>, iter::Values>;
/// Iterates over the live values of a [`WeakValueMap`] as `WeakRef<V>`.
pub type WeakValues<'a, K, V> = iter::Iter<'a, Held<K>, Watched<V>, iter::WeakValues>;
/// Iterates over the live entries that were in a [`WeakValueMap`] as `(K, Strong<V>)`.
pub type IntoIter<K, V> = iter::IntoIter<Held<K>, Watched<V>>;
/// Iterates over the keys of live entries that were in a [`WeakValueMap`] as `K`.
pub type IntoKeys<K, V> = iter::IntoIter<Held<K>, Watched<V>, iter::Keys>;
/// Iterates over the live values that were in a [`WeakValueMap`] as `Strong<V>`.
pub type IntoValues<K, V> = iter::IntoIter<Held<K>, Watched<V>, iter::Values>;
/// Empties a [`WeakValueMap`] and iterates over what was alive in it as `(K, Strong<V>)`.
pub type Drain<'a, K, V> = iter::Drain<'a, Held<K>, Watched<V>>;
/// Removes the live entries that a closure accepts and yields them as `(K, Strong<V>)`.
pub type ExtractIf<'a, K, V, F> = iter::ExtractIf<'a, Held<K>, Watched<V>, F>;

/// A hash map that holds its keys strongly and its values weakly: an entry is gone as soon as its
/// value is dead.
///
/// It is the map of caches and registries: from a name or a number to an object that others own.
/// Values go in as `&Strong<V>` and come out as `Strong<V>`; the map keeps none of them alive.
///
/// * A death costs the map O(1), takes no lock of it, and is seen at once by everything on the
///   thread: [`len`](Self::len), [`get`](Self::get) and iteration agree, also within the dying
///   value's `Drop` and in callbacks. Another thread may see it a moment later.
/// * The memory of a dead entry, its key included, goes with the next call that takes `&mut self`,
///   or with [`purge`](Self::purge).
/// * [`insert`](Self::insert) replaces the stored key as well as the value; entries obtained by
///   [`entry`](Self::entry) keep it.
/// * A key that (through the value's own fields or otherwise) owns a value's strong handle keeps the
///   value alive for ever.
///
/// `Hash` and `Eq` of keys may panic, and answer inconsistently; entries may then not be found, but
/// nothing worse happens, and a dead value's entry still goes. While a map call runs, handles may be
/// dropped by it (keys, or a value whose last owner left meanwhile), and so user code.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakValueMap;
///
/// #[derive(WeakReferenceable)]
/// struct Image {
///     pixels: Vec<u8>,
/// }
///
/// let mut cache = WeakValueMap::new();
/// let logo = Strong::new(Image { pixels: vec![0; 64] });
/// cache.insert("logo.png", &logo);
/// assert_eq!(cache.get("logo.png").unwrap().pixels.len(), 64);
///
/// drop(logo);
/// assert!(cache.get("logo.png").is_none());
/// assert!(cache.is_empty());
/// ```
pub struct WeakValueMap<K, V: ?Sized + WeakReferenceable, S = RandomState> {
    table: YardTable<Held<K>, Watched<V>, NoYard, Graveyard<V::Slot>>,
    hash_builder: S,
}

impl<K, V: ?Sized + WeakReferenceable> WeakValueMap<K, V> {
    /// Creates an empty map. It allocates nothing before the first insertion.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map: WeakValueMap<String, Image> = WeakValueMap::new();
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
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map: WeakValueMap<String, Image> = WeakValueMap::with_capacity(10);
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity(capacity: usize) -> Self {
        Self::with_capacity_and_hasher(capacity, RandomState::new())
    }
}

impl<K, V: ?Sized + WeakReferenceable, S> WeakValueMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let mut map = WeakValueMap::with_hasher(BuildHasherDefault::<DefaultHasher>::default());
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert!(map.contains_key(&1));
    /// ```
    pub const fn with_hasher(hash_builder: S) -> Self {
        Self {
            table: Table::new(),
            hash_builder,
        }
    }

    /// Creates an empty map with room for at least `capacity` entries that hashes its keys with
    /// `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::RandomState;
    ///
    /// let map = WeakValueMap::<u32, Image>::with_capacity_and_hasher(10, RandomState::new());
    /// assert!(map.capacity() >= 10);
    /// ```
    pub fn with_capacity_and_hasher(capacity: usize, hash_builder: S) -> Self {
        Self {
            table: Table::with_capacity(capacity),
            hash_builder,
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map = WeakValueMap::<u32, Image>::with_hasher(state.clone());
    /// assert_eq!(map.hasher().hash_one(1), state.hash_one(1));
    /// ```
    pub const fn hasher(&self) -> &S {
        &self.hash_builder
    }

    /// Returns the number of live entries.
    ///
    /// Exact on the thread on which values die, from the instant they are dead.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let (a, b) = (Strong::new(Image), Strong::new(Image));
    /// map.insert(1, &a);
    /// map.insert(2, &b);
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// map.insert(1, &Strong::new(Image));
    /// assert!(map.is_empty(), "the only owner is gone");
    /// ```
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns the number of entries the map has room for without growing.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<u32, Image>::new();
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// assert_eq!(map.load_factor(), 0.0);
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert!(map.load_factor() > 0.0 && map.load_factor() <= 1.0);
    /// ```
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    pub fn load_factor(&self) -> f32 {
        match self.capacity() {
            0 => 0.0,
            capacity => self.len() as f32 / capacity as f32,
        }
    }

    /// Returns the bytes that the map has allocated for its entries. What keys own is not counted,
    /// nor are registrations of values that stand in several containers.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// assert_eq!(WeakValueMap::<u32, Image>::new().allocation_size(), 0);
    /// assert!(WeakValueMap::<u32, Image>::with_capacity(10).allocation_size() > 0);
    /// ```
    pub fn allocation_size(&self) -> usize {
        self.table.allocation_size()
    }

    /// Makes room for at least `additional` more entries.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<u32, Image>::new();
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
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<u32, Image>::new();
    /// assert!(map.try_reserve(10).is_ok());
    /// assert!(map.try_reserve(usize::MAX).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// When the capacity overflows or the allocator fails. The map is as before.
    pub fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        self.table.bury();
        self.table.try_reserve(additional)
    }

    /// Shrinks the capacity to what the live entries need.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<u32, Image>::with_capacity(100);
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
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<u32, Image>::with_capacity(1000);
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
    /// Nothing else changes: dead entries are not seen before either. Needed only where a map is
    /// left alone for long.
    ///
    /// When of a thousand entries and more nearly all go at once, the capacity goes with them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::rc::Rc;
    ///
    /// let key = Rc::new("a key");
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(Rc::clone(&key), &image);
    /// drop(image);
    /// assert_eq!((map.len(), Rc::strong_count(&key)), (0, 2));
    /// assert_eq!(map.purge(), 1);
    /// assert_eq!((map.len(), Rc::strong_count(&key)), (0, 1));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of entries to free): free of cost when all are alive.
    #[doc(alias = "remove_expired")]
    pub fn purge(&mut self) -> usize {
        self.table.bury()
    }

    /// Turns on or off that the keys of entries whose value died are kept for
    /// [`drain_evicted`](Self::drain_evicted), instead of being dropped when their entries are freed. Off at first; turning
    /// it off drops what was kept.
    ///
    /// While it is on, each entry that goes does so in one of two ways. Alive, by a call: it is removed, replaced, cleared or
    /// drained, by [`retain`](Self::retain) and [`extract_if`](Self::extract_if) too; then it is not evicted. Or its value
    /// dies first: then its key is kept, and comes out once, whether the death was before the call that finds it or within
    /// that call. What dies while the iterator of [`drain`](Self::drain) is in use was drained. A clone of the map starts
    /// with it off.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let mut map = WeakValueMap::new();
    /// map.track_evictions(true);
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// drop(image);
    /// assert!(map.drain_evicted().eq(["logo"]));
    /// ```
    pub fn track_evictions(&mut self, on: bool) {
        self.table.keep_evicted(on);
    }

    /// Takes out the keys of the entries that were evicted since the last call, in no particular order; see
    /// [`track_evictions`](Self::track_evictions).
    ///
    /// This is the hook for evictions: it comes when you ask, so that your code never runs inside a call of the map, or of a
    /// death.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u32);
    /// let mut map = WeakValueMap::new();
    /// map.track_evictions(true);
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// assert_eq!(map.drain_evicted().count(), 0);
    /// drop(image);
    /// assert_eq!(map.drain_evicted().next(), Some("logo"));
    /// assert_eq!(map.drain_evicted().next(), None);
    /// ```
    pub fn drain_evicted(&mut self) -> impl ExactSizeIterator<Item = K> + use<K, V, S> {
        let (keys, _) = self.table.take_evicted();
        keys.map(|key| key.0)
    }

    /// Removes all entries and keeps the capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// map.clear();
    /// assert!(map.is_empty() && map.capacity() > 0);
    /// ```
    pub fn clear(&mut self) {
        drop(self.table.swap_out());
    }
}

impl<K: fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug, S> fmt::Debug
    for WeakValueMap<K, V, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl<K, V: ?Sized + WeakReferenceable, S: Default> Default for WeakValueMap<K, V, S> {
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K: Clone, V: ?Sized + WeakReferenceable, S: Clone> Clone for WeakValueMap<K, V, S> {
    /// Makes a map of the live entries, with registrations of its own.
    fn clone(&self) -> Self {
        Self {
            table: self.table.clone(),
            hash_builder: self.hash_builder.clone(),
        }
    }
}
