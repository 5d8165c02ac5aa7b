//! The entries of the ordered map.

use core::fmt;
use core::mem;
use std::collections::btree_map;

use weakref::watch::{Graveyard, Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::WeakValueBTreeMap;

/// The entry of one key in a [`WeakValueBTreeMap`](super::WeakValueBTreeMap), from
/// [`entry`](super::WeakValueBTreeMap::entry).
///
/// # Examples
///
/// ```
/// # use weakref::{Object, Strong};
/// # use weakref_containers::WeakValueBTreeMap;
/// use weakref_containers::ordered::Entry;
///
/// let mut map = WeakValueBTreeMap::new();
/// let a = Strong::new(Object('a'));
/// match map.entry(1) {
///     Entry::Occupied(_) => unreachable!(),
///     Entry::Vacant(entry) => drop(entry.insert(&a)),
/// }
/// assert!(matches!(map.entry(1), Entry::Occupied(_)));
/// ```
pub enum Entry<'a, K: Ord, V: ?Sized + WeakReferenceable> {
    /// The key has a live value, which the entry keeps alive.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key has none.
    Vacant(VacantEntry<'a, K, V>),
}

/// An entry with a live value, which it keeps alive.
pub struct OccupiedEntry<'a, K: Ord, V: ?Sized + WeakReferenceable> {
    place: btree_map::OccupiedEntry<'a, K, Watched<V>>,
    graveyard: &'a mut Graveyard<V::Slot>,
    value: Strong<V>,
}

/// An entry without a live value.
pub struct VacantEntry<'a, K: Ord, V: ?Sized + WeakReferenceable> {
    place: Gap<'a, K, V>,
    graveyard: &'a mut Graveyard<V::Slot>,
    /// The map's count of dead entries that were taken out.
    stale: &'a mut usize,
}

enum Gap<'a, K: Ord, V: ?Sized + WeakReferenceable> {
    Vacant(btree_map::VacantEntry<'a, K, Watched<V>>),
    /// A dead entry that an order which contradicts itself has led to, when the given key was gone.
    Dead(btree_map::OccupiedEntry<'a, K, Watched<V>>),
}

impl<'a, K: Ord, V: ?Sized + WeakReferenceable> Entry<'a, K, V> {
    pub(super) fn new(map: &'a mut WeakValueBTreeMap<K, V>, key: K) -> Self {
        // Before the tree's own entry, which drops the given key where there is one.
        let live = map.find(&key);
        let WeakValueBTreeMap {
            entries,
            graveyard,
            stale,
            ..
        } = map;
        let place = match entries.entry(key) {
            btree_map::Entry::Vacant(place) => Gap::Vacant(place),
            btree_map::Entry::Occupied(place) => match live.or_else(|| place.get().upgrade()) {
                Some(value) => {
                    return Self::Occupied(OccupiedEntry {
                        place,
                        graveyard,
                        value,
                    });
                }
                None => Gap::Dead(place),
            },
        };
        Self::Vacant(VacantEntry {
            place,
            graveyard,
            stale,
        })
    }

    /// Returns the value, or inserts the given one and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// assert_eq!(map.entry(1).or_insert(&a), a);
    /// ```
    pub fn or_insert(self, value: &Strong<V>) -> Strong<V> {
        self.or_insert_with(|| value.clone())
    }

    /// Returns the value, or inserts what `make` returns and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// assert_eq!(map.entry(1).or_insert_with(|| a.clone()), a);
    /// ```
    pub fn or_insert_with(self, make: impl FnOnce() -> Strong<V>) -> Strong<V> {
        self.or_insert_with_key(|_| make())
    }

    /// Returns the value, or inserts what `make` returns for the key and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let made = map.entry('a').or_insert_with_key(|key| Strong::new(Object(*key)));
    /// assert_eq!(made.0, 'a');
    /// ```
    pub fn or_insert_with_key(self, make: impl FnOnce(&K) -> Strong<V>) -> Strong<V> {
        match self {
            Self::Occupied(entry) => drop_first(make, entry.value),
            Self::Vacant(entry) => {
                let value = make(entry.key());
                entry.insert(&value);
                value
            }
        }
    }

    /// Returns the value, or inserts what `make` returns and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::<_, Object<u8>>::new();
    /// assert!(map.entry(1).or_try_insert_with(|| Err(())).is_err());
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
            Self::Occupied(entry) => Ok(drop_first(make, entry.value)),
            Self::Vacant(entry) => match make() {
                Ok(value) => {
                    entry.insert(&value);
                    Ok(value)
                }
                Err(error) => Err(drop_first(entry, error)),
            },
        }
    }

    /// Calls `look` with the value if there is one, and returns the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// let mut seen = 0;
    /// map.insert(1, &a);
    /// map.entry(1).and_modify(|_| seen += 1).or_insert(&a);
    /// assert_eq!(seen, 1);
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
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let mut map = WeakValueBTreeMap::new();
    /// let a = Strong::new(Object('a'));
    /// map.insert(1, &a);
    /// assert_eq!(map.entry(1).key(), &1);
    /// assert_eq!(map.entry(2).key(), &2);
    /// ```
    pub fn key(&self) -> &K {
        match self {
            Self::Occupied(entry) => entry.key(),
            Self::Vacant(entry) => entry.key(),
        }
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable> OccupiedEntry<'_, K, V> {
    /// Returns the stored key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.key(), &1);
    /// ```
    pub fn key(&self) -> &K {
        self.place.key()
    }

    /// Returns the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.get(), &a);
    /// ```
    pub fn get(&self) -> &Strong<V> {
        &self.value
    }

    /// Returns a handle of the value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.get_strong(), a);
    /// ```
    pub fn get_strong(&self) -> Strong<V> {
        self.value.clone()
    }

    /// Replaces the value and returns the old one. The stored key stays.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let mut entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.insert(&b), a);
    /// assert_eq!(map.get(&1), Some(b));
    /// ```
    pub fn insert(&mut self, value: &Strong<V>) -> Strong<V> {
        *self.place.get_mut() = self.graveyard.watch(value, 0);
        mem::replace(&mut self.value, value.clone())
    }

    /// Removes the entry and returns its value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.remove(), a);
    /// assert!(map.is_empty());
    /// ```
    pub fn remove(self) -> Strong<V> {
        let (key, value) = self.remove_entry();
        drop_first(key, value)
    }

    /// Removes the entry and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// let (a, b) = (Strong::new(Object('a')), Strong::new(Object('b')));
    /// let mut map = WeakValueBTreeMap::from([(1, &a)]);
    /// let entry = map.try_insert(1, &b).unwrap_err();
    /// assert_eq!(entry.remove_entry(), (1, a));
    /// ```
    pub fn remove_entry(self) -> (K, Strong<V>) {
        let (key, _) = self.place.remove_entry();
        (key, self.value)
    }
}

impl<K: Ord, V: ?Sized + WeakReferenceable> VacantEntry<'_, K, V> {
    /// Returns the key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// use weakref_containers::ordered::Entry;
    ///
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { unreachable!() };
    /// assert_eq!(entry.key(), &1);
    /// # entry.insert(&a);
    /// ```
    pub fn key(&self) -> &K {
        match &self.place {
            Gap::Vacant(place) => place.key(),
            Gap::Dead(place) => place.key(),
        }
    }

    /// Returns the key and leaves the map as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// use weakref_containers::ordered::Entry;
    ///
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { unreachable!() };
    /// assert_eq!(entry.into_key(), 1);
    /// # map.insert(1, &a);
    /// ```
    pub fn into_key(self) -> K {
        match self.place {
            Gap::Vacant(place) => place.into_key(),
            Gap::Dead(place) => {
                *self.stale += 1;
                place.remove_entry().0
            }
        }
    }

    /// Inserts a value and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Object, Strong};
    /// # use weakref_containers::WeakValueBTreeMap;
    /// use weakref_containers::ordered::Entry;
    ///
    /// let a = Strong::new(Object('a'));
    /// let mut map = WeakValueBTreeMap::new();
    /// let Entry::Vacant(entry) = map.entry(1) else { unreachable!() };
    /// assert_eq!(entry.insert(&a), a);
    /// assert_eq!(map.len(), 1);
    /// ```
    pub fn insert(self, value: &Strong<V>) -> Strong<V> {
        let watched = self.graveyard.watch(value, 0);
        match self.place {
            Gap::Vacant(place) => drop_first(place.insert(watched), value.clone()),
            Gap::Dead(mut place) => {
                *self.stale += 1;
                *place.get_mut() = watched;
                value.clone()
            }
        }
    }
}

impl<K: Ord + fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug
    for Entry<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("Entry").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("Entry").field(entry).finish(),
        }
    }
}

impl<K: Ord + fmt::Debug, V: ?Sized + WeakReferenceable + fmt::Debug> fmt::Debug
    for OccupiedEntry<'_, K, V>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OccupiedEntry")
            .field("key", self.key())
            .field("value", self.get())
            .finish_non_exhaustive()
    }
}

impl<K: Ord + fmt::Debug, V: ?Sized + WeakReferenceable> fmt::Debug for VacantEntry<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntry").field(self.key()).finish()
    }
}
