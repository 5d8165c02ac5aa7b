//! The shared map whose keys are held weakly.

mod access;
mod change;
mod walk;
mod whole;

use core::any::type_name;
use core::fmt;
use core::marker::PhantomData;
use std::hash::RandomState;
use std::sync::Arc;

use weakref::watch::Watched;
use weakref::{Strong, WeakReferenceable};

use super::sharded::Sharded;
use super::shares::Shares;
use super::slotted::Slotted;
use crate::key::{ByIdentity, ByValue};
use crate::several::Several;
use crate::side::{Held, NoYard};
use crate::table::{Row, Yards};

pub use self::walk::KeyMapIter;

type Slots<V> = Slotted<Held<Arc<V>>>;

/// A shared map that holds its keys weakly, and in which two keys are the same when `Eq` says so.
///
/// Its methods are those of [`KeyMap`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::WeakKeyMap;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let map = WeakKeyMap::new();
/// map.insert(&rose, 1);
/// map.insert(&same, 2);
/// assert_eq!(map.len(), 1);
/// drop((rose, same));
/// assert!(map.is_empty());
/// ```
pub type WeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByValue>;

/// A shared map that holds its keys weakly, and in which two keys are the same when they are one object.
///
/// Its methods are those of [`KeyMap`].
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::shared::IdentityWeakKeyMap;
/// let (rose, same) = (Strong::<Object<str>>::from("rose"), Strong::<Object<str>>::from("rose"));
/// let map = IdentityWeakKeyMap::new();
/// map.insert(&rose, 1);
/// map.insert(&same, 2);
/// assert_eq!(map.len(), 2);
/// drop((rose, same));
/// assert!(map.is_empty());
/// ```
pub type IdentityWeakKeyMap<K, V, S = RandomState> = KeyMap<K, V, S, ByIdentity>;

/// A hash map that any number of threads use, and that holds its keys weakly and owns its values: data about
/// objects that others own, freed with them.
///
/// The shared form of [`KeyMap`](crate::KeyMap), by its names [`WeakKeyMap`] and [`IdentityWeakKeyMap`]; what is common
/// to shared containers is said at [the module](super). Values are handed out as clones
/// ([`get`](Self::get)) or shared ([`get_shared`](Self::get_shared)), and replaced rather than changed
/// ([`update`](Self::update), [`with_mut`](Self::with_mut), [`compute`](Self::compute)), so that no
/// closure runs under a lock. A value that is to be changed in place is an atomic or a `Mutex`:
/// [`get_or_insert_with`](Self::get_or_insert_with) gives an `Arc` of it.
///
/// A value that owns its key keeps it, and itself, alive for ever.
///
/// # Examples
///
/// ```
/// use weakref::{Object, Strong};
/// use weakref_containers::shared::IdentityWeakKeyMap;
///
/// let visits = IdentityWeakKeyMap::new();
/// let page = Strong::new(Object("page"));
/// std::thread::scope(|scope| {
///     for _ in 0..2 {
///         scope.spawn(|| visits.compute(&page, |count| Some(count.map_or(1, |count| count + 1))));
///     }
/// });
/// assert_eq!(visits.get(&page), Some(2));
/// drop(page);
/// assert!(visits.is_empty());
/// ```
pub struct KeyMap<K: ?Sized + WeakReferenceable, V, S = RandomState, M = ByValue> {
    pub(super) shards: Sharded<Watched<K>, Slots<V>, K::Slot>,
    hash_builder: S,
    keying: PhantomData<fn() -> M>,
}

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, M> KeyMap<K, V, RandomState, M> {
    /// Creates an empty map.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
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

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, S, M> KeyMap<K, V, S, M> {
    /// Creates an empty map that hashes its keys with `hash_builder`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Object;
    /// # use weakref_containers::shared::WeakKeyMap;
    /// use std::hash::{BuildHasherDefault, DefaultHasher};
    ///
    /// let hasher = BuildHasherDefault::<DefaultHasher>::default();
    /// let map: WeakKeyMap<Object<str>, i32, _> = WeakKeyMap::with_hasher(hasher);
    /// assert!(map.is_empty());
    /// ```
    pub fn with_hasher(hash_builder: S) -> Self
    where
        K::Slot: Shares<K, V>,
    {
        let shards = Sharded::new(type_name::<Self>(), usize::MAX, |shard| Yards {
            keys: K::Slot::wake_of_keys(shard),
            values: NoYard,
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// use std::hash::{BuildHasher, RandomState};
    ///
    /// let state = RandomState::new();
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::with_hasher(state.clone());
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// assert_eq!(map.len(), 1);
    /// drop(key);
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
    /// # use weakref::Object;
    /// # use weakref_containers::shared::IdentityWeakKeyMap;
    /// assert!(IdentityWeakKeyMap::<Object<str>, i32>::new().is_empty());
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
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
    /// # use weakref_containers::shared::WeakKeyMap;
    /// let map: WeakKeyMap<Object<str>, i32> = WeakKeyMap::new();
    /// let key = Strong::from("key");
    /// map.insert(&key, 1);
    /// let (drained, _) = map.drain().pop().unwrap();
    /// assert!(map.is_empty() && Strong::ptr_eq(&drained, &key));
    /// ```
    pub fn drain(&self) -> Vec<(Strong<K>, Arc<V>)> {
        self.drain_all().into_vec()
    }

    fn drain_all(&self) -> Several<(Strong<K>, Arc<V>)> {
        let mut live = Several::new();
        self.shards.change_each(
            |inside| inside.take_all(|row| row.value.ready().is_some()),
            |rows| live.extend(rows.filter_map(Row::take)),
        );
        live
    }
}

impl<K: ?Sized + WeakReferenceable + 'static, V: 'static, S: Default, M> Default
    for KeyMap<K, V, S, M>
where
    K::Slot: Shares<K, V>,
{
    fn default() -> Self {
        Self::with_hasher(S::default())
    }
}

impl<K, V, S, M> fmt::Debug for KeyMap<K, V, S, M>
where
    K: ?Sized + WeakReferenceable + fmt::Debug + 'static,
    V: fmt::Debug + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
