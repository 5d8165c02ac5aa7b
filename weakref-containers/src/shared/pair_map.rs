//! The shared map whose keys and values are held weakly.

mod access;
mod walk;
mod whole;

use core::any::type_name;
use core::fmt;
use core::marker::PhantomData;
use std::hash::RandomState;

use weakref::watch::Watched;
use weakref::{Strong, WeakReferenceable};

use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::Slotted;
use crate::key::{ByIdentity, ByValue};
use crate::several::Several;
use crate::table::{Row, Yards};

pub use self::walk::PairMapIter;

type Slots<V> = Slotted<Watched<V>>;

/// A shared map that holds its keys and values weakly, and in which two keys are the same when `Eq` says so.
///
/// Its methods are those of [`PairMap`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::WeakPairMap;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let red = Strong::new(Object("red"));
/// let map = WeakPairMap::new();
/// map.insert(&rose, &red);
/// map.insert(&same, &red);
/// assert_eq!(map.len(), 1);
/// drop(red);
/// assert!(map.is_empty());
/// ```
pub type WeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByValue>;

/// A shared map that holds its keys and values weakly, and in which two keys are the same when they are one object.
///
/// Its methods are those of [`PairMap`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::IdentityWeakPairMap;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let red = Strong::new(Object("red"));
/// let map = IdentityWeakPairMap::new();
/// map.insert(&rose, &red);
/// map.insert(&same, &red);
/// assert_eq!(map.len(), 2);
/// drop(red);
/// assert!(map.is_empty());
/// ```
pub type IdentityWeakPairMap<K, V, S = RandomState> = PairMap<K, V, S, ByIdentity>;

/// A hash map that any number of threads use, and that holds keys and values weakly: an entry is freed when
/// either dies. Both are of one flavour.
///
/// The shared form of [`PairMap`](crate::PairMap), by its names [`WeakPairMap`] and [`IdentityWeakPairMap`]; what is
/// common to shared containers is said at [the module](super).
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::WeakPairMap;
///
/// let capitals: WeakPairMap<Object<str>, Object<str>> = WeakPairMap::new();
/// let (country, city) = (Strong::from("France"), Strong::from("Paris"));
/// capitals.insert(&country, &city);
/// assert!(Strong::ptr_eq(&capitals.get("France").unwrap(), &city));
/// drop(city);
/// assert!(capitals.is_empty());
/// ```
pub struct PairMap<
    K: ?Sized + WeakReferenceable,
    V: ?Sized + WeakReferenceable<Slot = K::Slot>,
    S = RandomState,
    M = ByValue,
> {
    shards: Sharded<Watched<K>, Slots<V>, K::Slot>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    M,
> PairMap<K, V, RandomState, M>
{
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// assert!(map.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> Self
    where
        K::Slot: Shares<K, V>,
    {
        Self::with_hasher(RandomState::new())
    }
}

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S,
    M,
> PairMap<K, V, S, M>
{
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakPairMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakPairMap<Object<str>, Object<i32>, _> = WeakPairMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(type_name::<Self>(), usize::MAX, |shard| Yards {
            keys: K::Slot::wake_of_pairs(shard),
            values: K::Slot::wake_of_pairs(shard),
        });
        Self {
            shards,
            hash_builder,
            keying: PhantomData,
        }
    }

    /// Returns the hasher of the map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakPairMap;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::with_hasher(state.clone());
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
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// assert_eq!(map.len(), 1);
    /// drop(key);
    /// assert_eq!(map.len(), 0);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(number of shards), and of entries while some are dead.
    pub fn len(&self) -> usize {
        self.shards.len()
    }

    /// Returns whether no entry is alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakPairMap;
    /// assert!(IdentityWeakPairMap::<Object<str>, Object<i32>>::new().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Removes all entries, one shard after the other. What is being constructed meanwhile stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
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
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::shared::WeakPairMap;
    /// let map: WeakPairMap<Object<str>, Object<i32>> = WeakPairMap::new();
    /// let key = Strong::from("key");
    /// let one = Strong::new(Object(1));
    /// map.insert(&key, &one);
    /// let (drained, _) = map.drain().pop().unwrap();
    /// assert!(map.is_empty() && Strong::ptr_eq(&drained, &key));
    /// ```
    pub fn drain(&self) -> Vec<(Strong<K>, Strong<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(Strong<K>, Strong<V>)> {
        let mut live = Several::new();
        self.shards.change_each(
            |inside| inside.take_all(|row| row.value.ready().is_some()),
            |rows| live.extend(rows.filter_map(Row::take)),
        );
        live
    }
}

impl<
    K: ?Sized + WeakReferenceable + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + 'static,
    S: Default,
    M,
> Default for PairMap<K, V, S, M>
where
    K::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S, M> fmt::Debug for PairMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + fmt::Debug + 'static,
    V: ?Sized + WeakReferenceable<Slot = K::Slot> + fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
