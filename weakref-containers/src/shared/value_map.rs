//! The shared map whose values are held weakly.

mod access;
#[cfg(feature = "strong-tier")]
mod tier;
mod walk;
mod whole;

use core::any::type_name;
use core::fmt;
use core::hash::{BuildHasher, Hash};
use std::hash::RandomState;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::Slotted;
use super::tier::MaybeTier;
use crate::several::Several;
use crate::side::{Held, NoYard};
use crate::table::{Row, Yards};

pub use self::walk::Iter;

type Slots<V> = Slotted<Watched<V>>;

/// A hash map that any number of threads use, and that holds its values weakly: an entry is freed when
/// its value dies.
///
/// The shared form of [`WeakValueMap`](crate::WeakValueMap); what is common to shared containers is said
/// at [the module](super). Calls that change a key exclude each other; calls for different keys mostly
/// run at the same time.
///
/// * `Eq` and `Clone` of keys run while their shard is locked for readers: they may read this map, and a
///   call of them that changes it panics.
/// * Constructors run unlocked, once for all who want the same key at the same time.
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::shared::WeakValueMap;
///
/// #[derive(WeakReferenceable)]
/// struct Image(u8);
///
/// let images = WeakValueMap::new();
/// let logo = Strong::new(Image(7));
/// images.insert("logo", &logo);
/// std::thread::scope(|scope| {
///     scope.spawn(|| assert_eq!(images.get("logo").unwrap().0, 7));
/// });
/// drop(logo);
/// assert!(images.get("logo").is_none() && images.is_empty());
/// ```
pub struct WeakValueMap<K, V: ?Sized + WeakReferenceable, S = RandomState> {
    pub(super) shards: Sharded<Held<K>, Slots<V>, V::Slot>,
    hash_builder: S,
    tier: MaybeTier<V>,
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static> WeakValueMap<K, V> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map: WeakValueMap<String, Image> = WeakValueMap::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        V::Slot: Shares<K, V>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S> WeakValueMap<K, V, S> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakValueMap<String, Image, _> = WeakValueMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        Self::divided(usize::MAX, hash_builder)
    }

    /// One of at most `most` shards.
    fn divided(most: usize, hash_builder: S) -> Self
    where
        V::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(type_name::<Self>(), most, |shard| Yards {
            keys: NoYard,
            values: V::Slot::wake_of_values(shard),
        });
        Self {
            shards,
            hash_builder,
            tier: MaybeTier::none(),
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
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

    /// Returns the number of live entries. Other threads may change it at any time; what they change while
    /// this looks at one shard after the other may be counted or not.
    ///
    /// A death on this thread is counted at once. Of one on another thread [`get`](Self::get) knows first, and this a
    /// moment later, before anything is dropped: for that moment an entry is counted that is not found any more.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// assert_eq!(map.len(), 1);
    /// drop(image);
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards).
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// assert!(WeakValueMap::<u32, Image>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, one shard after the other. What is being constructed meanwhile stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(1, &image);
    /// map.clear();
    /// assert!(map.is_empty());
    /// ```
    pub fn clear(&self) {
        drop(self.drain_all());
    }

    /// Removes all entries, one shard after the other, and returns what was alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::shared::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// map.insert("logo", &image);
    /// let drained = map.drain();
    /// assert_eq!((drained[0].0, drained[0].1.0), ("logo", 7));
    /// assert!(map.is_empty());
    /// ```
    pub fn drain(&self) -> Vec<(K, Strong<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(K, Strong<V>)> {
        let mut live = Several::new();
        let mut let_go = Several::new();
        self.shards.change_each(
            |inside| {
                // All rows count here: a row whose value is being made is not kept.
                inside.part.take_all(&mut let_go);
                inside.take_all(|row| matches!(row.value, Slotted::Ready(_)))
            },
            |rows| live.extend(rows.filter_map(Row::take)),
        );
        drop_first(let_go, live)
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S> WeakValueMap<K, V, S> {
    /// Called for a value that came out of the map, or went in, under a key with this hash.
    #[inline]
    pub(super) fn keep(&self, hash: u64, value: &Strong<V>) {
        self.tier.keep(&self.shards, hash, value);
    }
}

impl<K: 'static, V: ?Sized + WeakReferenceable + 'static, S: Default> Default
    for WeakValueMap<K, V, S>
where
    V::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<
    K: fmt::Debug + Hash + Eq + Clone + 'static,
    V: ?Sized + WeakReferenceable + fmt::Debug + 'static,
    S: BuildHasher,
> fmt::Debug for WeakValueMap<K, V, S>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
