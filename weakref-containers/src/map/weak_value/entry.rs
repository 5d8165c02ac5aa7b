//! The entries of [`WeakValueMap`](super::WeakValueMap).

use core::fmt;
use core::mem;

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use crate::side::Held;
use crate::table::{Occupied, Vacant};

/// The entry of one key in a [`WeakValueMap`](super::WeakValueMap), from
/// [`entry`](super::WeakValueMap::entry).
///
/// # Examples
///
/// ```
/// use weakref::{Strong, WeakReferenceable};
/// use weakref_containers::WeakValueMap;
/// use weakref_containers::weak_value::Entry;
///
/// #[derive(WeakReferenceable)]
/// struct Image;
///
/// let mut map = WeakValueMap::new();
/// let image = Strong::new(Image);
/// match map.entry("logo") {
///     Entry::Occupied(_) => unreachable!(),
///     Entry::Vacant(entry) => entry.insert(&image),
/// };
/// assert!(matches!(map.entry("logo"), Entry::Occupied(_)));
/// ```
pub enum Entry<'a, K, V: ?Sized + WeakReferenceable> {
    /// The key has a live value, which the entry keeps alive.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key has no live value.
    Vacant(VacantEntry<'a, K, V>),
}

/// An entry with a live value, which it keeps alive.
pub struct OccupiedEntry<'a, K, V: ?Sized + WeakReferenceable> {
    place: Occupied<'a, Held<K>, Watched<V>>,
    value: Strong<V>,
    /// The key the entry was looked up with.
    key: Option<K>,
}

/// An entry without a live value.
pub struct VacantEntry<'a, K, V: ?Sized + WeakReferenceable> {
    place: Vacant<'a, Held<K>, Watched<V>>,
    key: K,
}

impl<'a, K, V: ?Sized + WeakReferenceable> Entry<'a, K, V> {
    /// Returns the value, or inserts the given one and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// assert_eq!(map.entry("logo").or_insert(&a).0, 1);
    /// assert_eq!(map.entry("logo").or_insert(&b).0, 1);
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = map.entry("logo").or_insert_with(|| Strong::new(Image(1)));
    /// assert_eq!((image.0, map.len()), (1, 1));
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(usize);
    /// let mut map = WeakValueMap::new();
    /// let image = map.entry("logo").or_insert_with_key(|key| Strong::new(Image(key.len())));
    /// assert_eq!(image.0, 4);
    /// ```
    pub fn or_insert_with_key(self, make: impl FnOnce(&K) -> Strong<V>) -> Strong<V> {
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<_, Image>::new();
    /// assert_eq!(map.entry("logo").or_try_insert_with(|| Err("no such file")).err(), Some("no such file"));
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable, Default)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<_, Image>::new();
    /// assert_eq!(map.entry("logo").or_default().0, 0);
    /// ```
    pub fn or_default(self) -> Strong<V>
    where
        V: Default + 'static,
    {
        self.or_insert_with(Strong::default)
    }

    /// Puts a value in, whether there is one or not, and returns the entry. The stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(1));
    /// let entry = map.entry("logo").insert_entry(&image);
    /// assert_eq!((*entry.key(), entry.get().0), ("logo", 1));
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(std::sync::atomic::AtomicU32);
    /// use std::sync::atomic::Ordering::Relaxed;
    ///
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(0.into()));
    /// map.insert("logo", &image);
    /// map.entry("logo").and_modify(|image| image.0.store(1, Relaxed)).or_insert(&image);
    /// assert_eq!(image.0.load(Relaxed), 1);
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
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<_, Image>::new();
    /// assert_eq!(*map.entry("logo").key(), "logo");
    /// ```
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<'a, K, V: ?Sized + WeakReferenceable> OccupiedEntry<'a, K, V> {
    pub(super) fn new(
        place: Occupied<'a, Held<K>, Watched<V>>,
        value: Strong<V>,
        key: Option<K>,
    ) -> Self {
        Self { place, value, key }
    }

    /// Returns the stored key.
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
    /// assert_eq!(*map.entry("logo").insert_entry(&image).key(), "logo");
    /// ```
    pub fn key(&self) -> &K {
        &self.place.row().key.0
    }

    /// Returns the value, which the entry keeps alive.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let entry = map.entry("logo").insert_entry(&Strong::new(Image(7)));
    /// assert_eq!(entry.get().0, 7);
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = map.entry("logo").insert_entry(&Strong::new(Image(7))).get_strong();
    /// assert_eq!(image.0, 7);
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut entry = map.entry("logo").insert_entry(&a);
    /// assert_eq!(entry.insert(&b).0, 1);
    /// assert_eq!(map.get("logo").unwrap().0, 2);
    /// ```
    pub fn insert(&mut self, value: &Strong<V>) -> Strong<V> {
        let token = self.place.hash();
        let watched = self.place.graves.values.watch(value, token);
        self.place.row_mut().value = watched;
        mem::replace(&mut self.value, value.clone())
    }

    /// Puts the key that the entry was looked up with in the stored one's place, and returns the
    /// stored one. Returns `None` if that was done already, or if the entry was just inserted.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::Entry;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// use std::rc::Rc;
    ///
    /// let (old, new) = (Rc::new("logo"), Rc::new("logo"));
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image);
    /// map.insert(Rc::clone(&old), &image);
    /// let Entry::Occupied(mut entry) = map.entry(Rc::clone(&new)) else { unreachable!() };
    /// assert!(Rc::ptr_eq(&entry.replace_key().unwrap(), &old));
    /// assert!(Rc::ptr_eq(entry.key(), &new));
    /// ```
    pub fn replace_key(&mut self) -> Option<K> {
        let key = self.key.take()?;
        Some(mem::replace(&mut self.place.row_mut().key, Held(key)).0)
    }

    /// Removes the entry and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// assert_eq!(map.entry("logo").insert_entry(&image).remove().0, 7);
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
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let image = Strong::new(Image(7));
    /// let (key, value) = map.entry("logo").insert_entry(&image).remove_entry();
    /// assert_eq!((key, value.0), ("logo", 7));
    /// ```
    pub fn remove_entry(self) -> (K, Strong<V>) {
        let (row, _) = self.place.remove();
        drop_first(self.key, (row.key.0, self.value))
    }

    /// Returns the value, after dropping everything else that the entry owns.
    pub(super) fn into_value(self) -> Strong<V> {
        drop_first(self.key, self.value)
    }
}

impl<'a, K, V: ?Sized + WeakReferenceable> VacantEntry<'a, K, V> {
    pub(super) fn new(place: Vacant<'a, Held<K>, Watched<V>>, key: K) -> Self {
        Self { place, key }
    }

    /// Returns the key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::Entry;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<_, Image>::new();
    /// let Entry::Vacant(entry) = map.entry("logo") else { unreachable!() };
    /// assert_eq!(*entry.key(), "logo");
    /// ```
    pub fn key(&self) -> &K {
        &self.key
    }

    /// Returns the key and leaves the map as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::Entry;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<_, Image>::new();
    /// let Entry::Vacant(entry) = map.entry("logo") else { unreachable!() };
    /// assert_eq!(entry.into_key(), "logo");
    /// ```
    pub fn into_key(self) -> K {
        self.key
    }

    /// Inserts a value and returns a strong handle of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::Entry;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let Entry::Vacant(entry) = map.entry("logo") else { unreachable!() };
    /// let image = entry.insert(&Strong::new(Image(7)));
    /// assert_eq!((image.0, map.len()), (7, 1));
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
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::Entry;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::new();
    /// let Entry::Vacant(entry) = map.entry("logo") else { unreachable!() };
    /// let entry = entry.insert_entry(&Strong::new(Image(7)));
    /// assert_eq!(entry.get().0, 7);
    /// ```
    pub fn insert_entry(self, value: &Strong<V>) -> OccupiedEntry<'a, K, V> {
        OccupiedEntry {
            place: self.put(value),
            value: value.clone(),
            key: None,
        }
    }

    fn put(self, value: &Strong<V>) -> Occupied<'a, Held<K>, Watched<V>> {
        let key = self.key;
        self.place
            .insert(|graves, token| (Held(key), graves.values.watch(value, token)))
    }
}

impl<K: fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug for Entry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug
    for OccupiedEntry<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

impl<K: fmt::Debug, V: ?Sized + WeakReferenceable> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(&self.key).finish()
    }
}
