//! The entries of [`PairMap`](super::PairMap).

use core::fmt;
use core::mem;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use crate::table::{Occupied, Vacant};

/// The entry of one key in a [`WeakPairMap`](super::WeakPairMap), from
/// [`entry`](super::PairMap::entry).
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
/// use weakref_containers::weak_both::Entry;
///
/// let mut map = WeakPairMap::new();
/// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
/// match map.entry(&user) {
///     Entry::Occupied(_) => unreachable!(),
///     Entry::Vacant(entry) => entry.insert(&window),
/// };
/// assert!(matches!(map.entry(&user), Entry::Occupied(_)));
/// ```
pub enum Entry<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> {
    /// The key has a live value, and the entry keeps both alive.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not there, or its value is dead.
    Vacant(VacantEntry<'a, K, V>),
}

/// A live entry, of which it keeps both sides alive.
pub struct OccupiedEntry<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> {
    place: Occupied<'a, Watched<K>, Watched<V>>,
    stored: Strong<K>,
    value: Strong<V>,
    /// The key the entry was looked up with, as long as another one is stored.
    key: Option<Strong<K>>,
}

/// An entry without a live value.
pub struct VacantEntry<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> {
    place: Vacant<'a, Watched<K>, Watched<V>>,
    key: Strong<K>,
}

impl<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> Entry<'a, K, V> {
    /// Returns the value, or inserts the given one and returns that.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert!(Strong::ptr_eq(&map.entry(&user).or_insert(&window), &window));
    /// ```
    pub fn or_insert(self, value: &Strong<V>) -> Strong<V> {
        self.or_insert_with(|| value.clone())
    }

    /// Returns the value, or inserts what `make` returns and returns that.
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
    /// let user = Strong::new(User(1));
    /// let window = map.entry(&user).or_insert_with(|| Strong::new(Window(7)));
    /// assert_eq!((window.0, map.len()), (7, 1));
    /// ```
    pub fn or_insert_with(self, make: impl FnOnce() -> Strong<V>) -> Strong<V> {
        self.or_insert_with_key(|_| make())
    }

    /// Returns the value, or inserts what `make` returns for the key and returns that.
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
    /// let user = Strong::new(User(1));
    /// let window = map.entry(&user).or_insert_with_key(|key| Strong::new(Window(key.0)));
    /// assert_eq!(window.0, 1);
    /// ```
    pub fn or_insert_with_key(self, make: impl FnOnce(&Strong<K>) -> Strong<V>) -> Strong<V> {
        match self {
            Self::Occupied(entry) => drop_first(make, entry).into_value(),
            Self::Vacant(entry) => {
                let value = make(&entry.key);
                entry.put(&value);
                value
            }
        }
    }

    /// Returns the value, or inserts what `make` returns and returns that.
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
    /// let mut map = WeakPairMap::<_, Window>::new();
    /// let user = Strong::new(User(1));
    /// assert!(map.entry(&user).or_try_insert_with(|| Err("no display")).is_err());
    /// assert!(map.is_empty());
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn or_try_insert_with<E>(
        self,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        match self {
            Self::Occupied(entry) => Ok(drop_first(make, entry).into_value()),
            Self::Vacant(entry) => match make() {
                Ok(value) => {
                    entry.put(&value);
                    Ok(value)
                }
                Err(error) => Err(drop_first(entry, error)),
            },
        }
    }

    /// Returns the value, or inserts a default one and returns that.
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
    /// #[derive(WeakReferenceable, Default)]
    /// struct Settings(u32);
    ///
    /// let mut map = WeakPairMap::<_, Settings>::new();
    /// let user = Strong::new(User(1));
    /// assert_eq!(map.entry(&user).or_default().0, 0);
    /// ```
    pub fn or_default(self) -> Strong<V>
    where
        V: Default + 'static,
    {
        self.or_insert_with(Strong::default)
    }

    /// Puts a value in, whether there is one or not, and returns the entry. The entry's key stands.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// let entry = map.entry(&user).insert_entry(&window);
    /// assert_eq!((entry.key().0, entry.get().0), (1, 7));
    /// ```
    pub fn insert_entry(self, value: &Strong<V>) -> OccupiedEntry<'a, K, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }

    /// Calls `look` with the value if there is one, and returns the entry.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// let mut map = WeakPairMap::from([(&user, &window)]);
    /// let mut seen = 0;
    /// map.entry(&user).and_modify(|window| seen = window.0).or_insert(&window);
    /// assert_eq!(seen, 7);
    /// ```
    #[must_use]
    pub fn and_modify(self, look: impl FnOnce(&Strong<V>)) -> Self {
        if let Self::Occupied(entry) = &self {
            look(&entry.value);
        } else {
            drop(look);
        }
        self
    }

    /// Returns the key: the stored one, or the one that would be.
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
    /// let mut map = WeakPairMap::<_, Window>::new();
    /// let user = Strong::new(User(1));
    /// assert_eq!(map.entry(&user).key().0, 1);
    /// ```
    pub fn key(&self) -> &Strong<K> {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> OccupiedEntry<'a, K, V> {
    pub(super) fn new(
        place: Occupied<'a, Watched<K>, Watched<V>>,
        stored: Strong<K>,
        value: Strong<V>,
        key: &Strong<K>,
    ) -> Self {
        let key = (!Strong::ptr_eq(&stored, key)).then(|| key.clone());
        Self {
            place,
            stored,
            value,
            key,
        }
    }

    /// Returns the stored key, which the entry keeps alive.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert_eq!(map.entry(&user).insert_entry(&window).key().0, 1);
    /// ```
    pub fn key(&self) -> &Strong<K> {
        &self.stored
    }

    /// Returns the value, which the entry keeps alive.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert_eq!(map.entry(&user).insert_entry(&window).get().0, 7);
    /// ```
    pub fn get(&self) -> &Strong<V> {
        &self.value
    }

    /// Returns a strong handle of the value.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert_eq!(map.entry(&user).insert_entry(&window).get_strong().0, 7);
    /// ```
    pub fn get_strong(&self) -> Strong<V> {
        self.value.clone()
    }

    /// Replaces the value and returns the old one. The stored key stays.
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
    /// let user = Strong::new(User(1));
    /// let (a, b) = (Strong::new(Window(1)), Strong::new(Window(2)));
    /// assert_eq!(map.entry(&user).insert_entry(&a).insert(&b).0, 1);
    /// assert_eq!(map.get(&User(1)).unwrap().0, 2);
    /// ```
    pub fn insert(&mut self, value: &Strong<V>) -> Strong<V> {
        let token = self.place.hash();
        let watched = self.place.graves.values.watch(value, token);
        self.place.row_mut().value = watched;
        mem::replace(&mut self.value, value.clone())
    }

    /// Puts the key that the entry was looked up with in the stored one's place, and returns the
    /// stored one. Returns `None` if it stands there already, as in each entry of
    /// [`entry`](super::PairMap::entry): this is for the entry that [`try_insert`](super::PairMap::try_insert) found.
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
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let window = Strong::new(Window(7));
    /// let mut map = WeakPairMap::from([(&old, &window)]);
    /// let mut entry = map.try_insert(&new, &window).unwrap_err();
    /// assert!(Strong::ptr_eq(&entry.replace_key().unwrap(), &old));
    /// drop(old);
    /// assert_eq!(map.get(&User(1)).unwrap().0, 7);
    /// ```
    pub fn replace_key(&mut self) -> Option<Strong<K>> {
        let key = self.key.take()?;
        let token = self.place.hash();
        let watched = self.place.graves.keys.watch(&key, token);
        self.place.row_mut().key = watched;
        Some(mem::replace(&mut self.stored, key))
    }

    /// Removes the entry and returns its value.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// assert_eq!(map.entry(&user).insert_entry(&window).remove().0, 7);
    /// assert!(map.is_empty());
    /// ```
    pub fn remove(self) -> Strong<V> {
        let (_, value) = self.remove_entry();
        value
    }

    /// Removes the entry and returns it.
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
    /// let (user, window) = (Strong::new(User(1)), Strong::new(Window(7)));
    /// let (key, value) = map.entry(&user).insert_entry(&window).remove_entry();
    /// assert_eq!((key.0, value.0), (1, 7));
    /// ```
    pub fn remove_entry(self) -> (Strong<K>, Strong<V>) {
        drop(self.place.remove());
        drop_first(self.key, (self.stored, self.value))
    }

    /// Returns the value, after dropping everything else that the entry owns.
    fn into_value(self) -> Strong<V> {
        drop_first((self.stored, self.key), self.value)
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V: ?Sized + WeakReferenceable> VacantEntry<'a, K, V> {
    pub(super) fn new(place: Vacant<'a, Watched<K>, Watched<V>>, key: Strong<K>) -> Self {
        Self { place, key }
    }

    /// Returns the key.
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
    /// use weakref_containers::weak_both::Entry;
    ///
    /// let mut map = WeakPairMap::<_, Window>::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// assert!(Strong::ptr_eq(entry.key(), &user));
    /// ```
    pub fn key(&self) -> &Strong<K> {
        &self.key
    }

    /// Returns the key and leaves the map as it is.
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
    /// use weakref_containers::weak_both::Entry;
    ///
    /// let mut map = WeakPairMap::<_, Window>::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// assert!(Strong::ptr_eq(&entry.into_key(), &user));
    /// ```
    pub fn into_key(self) -> Strong<K> {
        self.key
    }

    /// Inserts a value and returns a strong handle of it.
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
    /// use weakref_containers::weak_both::Entry;
    ///
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// let window = entry.insert(&Strong::new(Window(7)));
    /// assert_eq!((window.0, map.len()), (7, 1));
    /// ```
    pub fn insert(self, value: &Strong<V>) -> Strong<V> {
        self.put(value);
        value.clone()
    }

    /// Inserts a value and returns the entry.
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
    /// use weakref_containers::weak_both::Entry;
    ///
    /// let mut map = WeakPairMap::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// assert_eq!(entry.insert_entry(&Strong::new(Window(7))).get().0, 7);
    /// ```
    pub fn insert_entry(self, value: &Strong<V>) -> OccupiedEntry<'a, K, V> {
        let stored = self.key.clone();
        OccupiedEntry {
            place: self.put(value),
            stored,
            value: value.clone(),
            key: None,
        }
    }

    fn put(self, value: &Strong<V>) -> Occupied<'a, Watched<K>, Watched<V>> {
        let key = &self.key;
        self.place.insert(|graves, token| {
            let key = graves.keys.watch(key, token);
            (key, graves.values.watch(value, token))
        })
    }
}

impl<K, V> fmt::Debug for Entry<'_, K, V>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: ?Sized + WeakReferenceable + fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K, V> fmt::Debug for OccupiedEntry<'_, K, V>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: ?Sized + WeakReferenceable + fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish_non_exhaustive()
    }
}

impl<K, V> fmt::Debug for VacantEntry<'_, K, V>
where
    K: ?Sized + WeakReferenceable + fmt::Debug,
    V: ?Sized + WeakReferenceable,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
