//! The entries of [`KeyMap`](super::KeyMap).

use core::error::Error;
use core::fmt;
use core::mem;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use crate::side::Held;
use crate::table::{Occupied, Vacant};

/// The entry of one key in a [`WeakKeyMap`](super::WeakKeyMap), from
/// [`entry`](super::KeyMap::entry).
///
/// # Examples
///
/// ```
/// # use weakref::{Strong, WeakReferenceable};
/// # use weakref_containers::WeakKeyMap;
/// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
/// # struct User(u32);
/// use weakref_containers::weak_key::Entry;
///
/// let mut map = WeakKeyMap::new();
/// let user = Strong::new(User(1));
/// match map.entry(&user) {
///     Entry::Occupied(_) => unreachable!(),
///     Entry::Vacant(entry) => entry.insert("data"),
/// };
/// assert!(matches!(map.entry(&user), Entry::Occupied(_)));
/// ```
pub enum Entry<'a, K: ?Sized + WeakReferenceable, V> {
    /// The key is there, and the entry keeps it alive.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key is not there.
    Vacant(VacantEntry<'a, K, V>),
}

/// An entry with a live key, which it keeps alive.
pub struct OccupiedEntry<'a, K: ?Sized + WeakReferenceable, V> {
    place: Occupied<'a, Watched<K>, Held<V>>,
    stored: Strong<K>,
    /// The key the entry was looked up with, as long as another one is stored.
    key: Option<Strong<K>>,
}

/// An entry that is not there yet.
pub struct VacantEntry<'a, K: ?Sized + WeakReferenceable, V> {
    place: Vacant<'a, Watched<K>, Held<V>>,
    key: Strong<K>,
}

/// The error of [`try_insert`](super::KeyMap::try_insert): the key is there.
pub struct OccupiedError<'a, K: ?Sized + WeakReferenceable, V> {
    /// The key's entry.
    pub entry: OccupiedEntry<'a, K, V>,
    /// What was not inserted.
    pub value: V,
}

impl<'a, K: ?Sized + WeakReferenceable, V> Entry<'a, K, V> {
    /// Returns the value, or inserts the given one and returns that.
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
    /// *map.entry(&user).or_insert(5) += 1;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn or_insert(self, value: V) -> &'a mut V {
        self.or_insert_with(|| value)
    }

    /// Returns the value, or inserts what `make` returns and returns that.
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
    /// map.entry(&user).or_insert_with(Vec::new).push("data");
    /// assert_eq!(map[&User(1)], ["data"]);
    /// ```
    pub fn or_insert_with(self, make: impl FnOnce() -> V) -> &'a mut V {
        self.or_insert_with_key(|_| make())
    }

    /// Returns the value, or inserts what `make` returns for the key and returns that.
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
    /// assert_eq!(*map.entry(&user).or_insert_with_key(|key| key.0 + 1), 2);
    /// ```
    pub fn or_insert_with_key(self, make: impl FnOnce(&Strong<K>) -> V) -> &'a mut V {
        match self {
            Self::Occupied(entry) => entry.into_mut(),
            Self::Vacant(entry) => {
                let value = make(&entry.key);
                entry.insert(value)
            }
        }
    }

    /// Returns the value, or inserts what `make` returns and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<_, u8>::new();
    /// let user = Strong::new(User(1));
    /// assert!(map.entry(&user).or_try_insert_with(|| "x".parse()).is_err());
    /// assert!(map.is_empty());
    /// ```
    ///
    /// # Errors
    ///
    /// That of `make`; nothing is inserted then.
    pub fn or_try_insert_with<E>(
        self,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&'a mut V, E> {
        match self {
            Self::Occupied(entry) => Ok(entry.into_mut()),
            Self::Vacant(entry) => match make() {
                Ok(value) => Ok(entry.insert(value)),
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<_, u32>::new();
    /// let user = Strong::new(User(1));
    /// *map.entry(&user).or_default() += 1;
    /// assert_eq!(map[&User(1)], 1);
    /// ```
    pub fn or_default(self) -> &'a mut V
    where
        V: Default,
    {
        self.or_insert_with(V::default)
    }

    /// Puts a value in, whether there is one or not, and returns the entry. The entry's key stands.
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
    /// let entry = map.entry(&user).insert_entry("data");
    /// assert_eq!((entry.key().0, *entry.get()), (1, "data"));
    /// ```
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        match self {
            Self::Occupied(mut entry) => {
                entry.insert(value);
                entry
            }
            Self::Vacant(entry) => entry.insert_entry(value),
        }
    }

    /// Calls `modify` with the value if there is one, and returns the entry.
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
    /// for _ in 0..3 {
    ///     map.entry(&user).and_modify(|visits| *visits += 1).or_insert(1);
    /// }
    /// assert_eq!(map[&User(1)], 3);
    /// ```
    #[must_use]
    pub fn and_modify(mut self, modify: impl FnOnce(&mut V)) -> Self {
        if let Self::Occupied(entry) = &mut self {
            modify(entry.get_mut());
        } else {
            drop(modify);
        }
        self
    }

    /// Returns the key: the stored one, or the one that would be.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::<_, u32>::new();
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

impl<'a, K: ?Sized + WeakReferenceable, V> OccupiedEntry<'a, K, V> {
    pub(super) fn new(
        place: Occupied<'a, Watched<K>, Held<V>>,
        stored: Strong<K>,
        key: &Strong<K>,
    ) -> Self {
        let key = (!Strong::ptr_eq(&stored, key)).then(|| key.clone());
        Self { place, stored, key }
    }

    /// Returns the stored key, which the entry keeps alive.
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
    /// assert_eq!(map.entry(&user).insert_entry("data").key().0, 1);
    /// ```
    pub fn key(&self) -> &Strong<K> {
        &self.stored
    }

    /// Returns the value.
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
    /// assert_eq!(*map.entry(&user).insert_entry("data").get(), "data");
    /// ```
    pub fn get(&self) -> &V {
        &self.place.row().value.0
    }

    /// Returns the value, to be changed.
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
    /// *map.entry(&user).insert_entry(5).get_mut() += 1;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn get_mut(&mut self) -> &mut V {
        &mut self.place.row_mut().value.0
    }

    /// Returns the value, to be changed while the map is borrowed.
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
    /// let value = map.entry(&user).insert_entry(5).into_mut();
    /// *value += 1;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn into_mut(self) -> &'a mut V {
        &mut self.place.into_row().value.0
    }

    /// Replaces the value and returns the old one. The stored key stays.
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
    /// assert_eq!(map.entry(&user).insert_entry("one").insert("two"), "one");
    /// assert_eq!(map[&User(1)], "two");
    /// ```
    pub fn insert(&mut self, value: V) -> V {
        mem::replace(self.get_mut(), value)
    }

    /// Puts the key that the entry was looked up with in the stored one's place, and returns the
    /// stored one. Returns `None` if it stands there already, as in each entry of
    /// [`entry`](super::KeyMap::entry): this is for the entry that [`try_insert`](super::KeyMap::try_insert) found.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let (old, new) = (Strong::new(User(1)), Strong::new(User(1)));
    /// let mut map = WeakKeyMap::from([(&old, "data")]);
    /// let mut error = map.try_insert(&new, "other").unwrap_err();
    /// assert!(Strong::ptr_eq(&error.entry.replace_key().unwrap(), &old));
    /// drop(old);
    /// assert_eq!(map[&User(1)], "data");
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// assert_eq!(map.entry(&user).insert_entry("data").remove(), "data");
    /// assert!(map.is_empty());
    /// ```
    pub fn remove(self) -> V {
        let (_, value) = self.remove_entry();
        value
    }

    /// Removes the entry and returns it.
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
    /// let (key, value) = map.entry(&user).insert_entry("data").remove_entry();
    /// assert_eq!((key.0, value), (1, "data"));
    /// ```
    pub fn remove_entry(self) -> (Strong<K>, V) {
        let (row, _) = self.place.remove();
        drop_first(self.key, (self.stored, row.value.0))
    }
}

impl<'a, K: ?Sized + WeakReferenceable, V> VacantEntry<'a, K, V> {
    pub(super) fn new(place: Vacant<'a, Watched<K>, Held<V>>, key: Strong<K>) -> Self {
        Self { place, key }
    }

    /// Returns the key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use weakref_containers::weak_key::Entry;
    ///
    /// let mut map = WeakKeyMap::<_, u32>::new();
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
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use weakref_containers::weak_key::Entry;
    ///
    /// let mut map = WeakKeyMap::<_, u32>::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// assert!(Strong::ptr_eq(&entry.into_key(), &user));
    /// ```
    pub fn into_key(self) -> Strong<K> {
        self.key
    }

    /// Inserts a value and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use weakref_containers::weak_key::Entry;
    ///
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// *entry.insert(5) += 1;
    /// assert_eq!(map[&User(1)], 6);
    /// ```
    pub fn insert(self, value: V) -> &'a mut V {
        &mut put(self.place, &self.key, value).into_row().value.0
    }

    /// Inserts a value and returns the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakKeyMap;
    /// # #[derive(WeakReferenceable, PartialEq, Eq, Hash)]
    /// # struct User(u32);
    /// use weakref_containers::weak_key::Entry;
    ///
    /// let mut map = WeakKeyMap::new();
    /// let user = Strong::new(User(1));
    /// let Entry::Vacant(entry) = map.entry(&user) else { unreachable!() };
    /// assert_eq!(*entry.insert_entry("data").get(), "data");
    /// ```
    pub fn insert_entry(self, value: V) -> OccupiedEntry<'a, K, V> {
        OccupiedEntry {
            place: put(self.place, &self.key, value),
            stored: self.key,
            key: None,
        }
    }
}

fn put<'a, K: ?Sized + WeakReferenceable, V>(
    place: Vacant<'a, Watched<K>, Held<V>>,
    key: &Strong<K>,
    value: V,
) -> Occupied<'a, Watched<K>, Held<V>> {
    place.insert(|graves, token| (graves.keys.watch(key, token), Held(value)))
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V: fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V: fmt::Debug> fmt::Debug
    for OccupiedEntry<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish_non_exhaustive()
    }
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V: fmt::Debug> fmt::Debug
    for OccupiedError<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedError")
            .field("entry", &self.entry)
            .field("value", &self.value)
            .finish()
    }
}

impl<K: ?Sized + WeakReferenceable, V> fmt::Display for OccupiedError<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key is in the map already")
    }
}

impl<K: ?Sized + WeakReferenceable + fmt::Debug, V: fmt::Debug> Error for OccupiedError<'_, K, V> {}
