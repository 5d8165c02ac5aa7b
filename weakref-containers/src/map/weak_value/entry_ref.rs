//! Entries that are looked up by a borrowed key, and own one only when they have to.

use core::borrow::Borrow;
use core::fmt;
use core::hash::{BuildHasher, Hash};

use weakref::watch::{Watched, drop_first};
use weakref::{Strong, WeakReferenceable};

use super::{OccupiedEntry, VacantEntry, WeakValueMap};
use crate::side::Held;
use crate::table::{Place, Vacant};

/// The entry of one borrowed key in a [`WeakValueMap`], from
/// [`entry_ref`](WeakValueMap::entry_ref).
pub enum EntryRef<'a, 'q, K, Q: ?Sized, V: ?Sized + WeakReferenceable> {
    /// The key has a live value, which the entry keeps alive.
    Occupied(OccupiedEntry<'a, K, V>),
    /// The key has no live value.
    Vacant(VacantEntryRef<'a, 'q, K, Q, V>),
}

/// An entry without a live value, whose key is borrowed.
pub struct VacantEntryRef<'a, 'q, K, Q: ?Sized, V: ?Sized + WeakReferenceable> {
    place: Vacant<'a, Held<K>, Watched<V>>,
    key: &'q Q,
}

impl<K, V, S> WeakValueMap<K, V, S>
where
    K: Hash + Eq,
    V: ?Sized + WeakReferenceable,
    S: BuildHasher,
{
    /// Returns the entry of a borrowed key, which is made into an owned one, by [`ToOwned`], only if something is inserted. So
    /// it is of no use for keys that are handles, such as `Strong<Object<str>>` or `Arc<str>`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let image = map.entry_ref("logo").or_insert_with(|| Strong::new(Image(1)));
    /// let again = map.entry_ref("logo").or_insert_with(|| unreachable!());
    /// assert!(Strong::ptr_eq(&image, &again));
    /// ```
    pub fn entry_ref<'q, Q>(&mut self, key: &'q Q) -> EntryRef<'_, 'q, K, Q, V>
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq,
    {
        let place = match self.place(key) {
            Place::Vacant(place) => place,
            Place::Occupied(place, ()) => match place.row().value.upgrade() {
                Some(value) => {
                    return EntryRef::Occupied(OccupiedEntry::new(place, value, None));
                }
                // The value died during the lookup.
                None => place.evict(),
            },
        };
        EntryRef::Vacant(VacantEntryRef { place, key })
    }
}

impl<'a, K, Q, V> EntryRef<'a, '_, K, Q, V>
where
    K: Borrow<Q>,
    Q: ?Sized + ToOwned<Owned = K>,
    V: ?Sized + WeakReferenceable,
{
    /// Returns the value, or inserts the given one and returns that.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let image = Strong::new(Image(7));
    /// assert_eq!(map.entry_ref("logo").or_insert(&image).0, 7);
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
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// assert_eq!(map.entry_ref("logo").or_insert_with(|| Strong::new(Image(7))).0, 7);
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
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let image = map.entry_ref("logo").or_insert_with_key(|key| Strong::new(Image(key.len())));
    /// assert_eq!(image.0, 4);
    /// ```
    pub fn or_insert_with_key(self, make: impl FnOnce(&Q) -> Strong<V>) -> Strong<V> {
        match self {
            Self::Occupied(entry) => drop_first(make, entry).into_value(),
            Self::Vacant(entry) => {
                let value = make(entry.key);
                entry.insert(&value)
            }
        }
    }

    /// Returns the value, or inserts what `make` returns, if that is not an error.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable, Debug)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let load = || "7".parse().map(|number| Strong::new(Image(number)));
    /// assert_eq!(map.entry_ref("logo").or_try_insert_with(load).unwrap().0, 7);
    /// assert!(map.entry_ref("icon").or_try_insert_with(|| Err("no such file")).is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// What `make` returns; nothing is inserted then.
    pub fn or_try_insert_with<E>(
        self,
        make: impl FnOnce() -> Result<Strong<V>, E>,
    ) -> Result<Strong<V>, E> {
        match self {
            Self::Occupied(entry) => Ok(drop_first(make, entry).into_value()),
            Self::Vacant(entry) => Ok(entry.insert(&make()?)),
        }
    }

    /// Returns the value, or inserts a new one made by `Default`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable, Default)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// assert_eq!(map.entry_ref("logo").or_default().0, 0);
    /// ```
    pub fn or_default(self) -> Strong<V>
    where
        V: Default + 'static,
    {
        self.or_insert_with(Strong::default)
    }

    /// Calls `look` with the value if there is one, and returns the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::cell::Cell;
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # #[weakref(local)]
    /// # struct Image(Cell<u8>);
    /// let logo = Strong::new(Image(Cell::new(7)));
    /// let mut map = WeakValueMap::<String, Image>::from([("logo".to_owned(), &logo)]);
    /// map.entry_ref("logo").and_modify(|image| image.0.set(8)).or_insert(&logo);
    /// assert_eq!(logo.0.get(), 8);
    /// ```
    #[must_use]
    pub fn and_modify(self, look: impl FnOnce(&Strong<V>)) -> Self {
        if let Self::Occupied(entry) = &self {
            look(entry.get());
        } else {
            drop(look);
        }
        self
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
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let entry = map.entry_ref("logo").insert_entry(&Strong::new(Image(7)));
    /// assert_eq!((entry.key().as_str(), entry.get().0), ("logo", 7));
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
}

impl<K: Borrow<Q>, Q: ?Sized, V: ?Sized + WeakReferenceable> EntryRef<'_, '_, K, Q, V> {
    /// Returns the key: the stored one, or the one that was looked up.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::WeakReferenceable;
    /// # use weakref_containers::WeakValueMap;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// assert_eq!(map.entry_ref("logo").key(), "logo");
    /// ```
    pub fn key(&self) -> &Q {
        match self {
            Self::Occupied(entry) => entry.key().borrow(),
            Self::Vacant(entry) => entry.key,
        }
    }
}

impl<'a, K, Q, V> VacantEntryRef<'a, '_, K, Q, V>
where
    K: Borrow<Q>,
    Q: ?Sized + ToOwned<Owned = K>,
    V: ?Sized + WeakReferenceable,
{
    /// Inserts a value and returns a strong handle of it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::EntryRef;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let EntryRef::Vacant(entry) = map.entry_ref("logo") else { unreachable!() };
    /// assert_eq!(entry.insert(&Strong::new(Image(7))).0, 7);
    /// ```
    pub fn insert(self, value: &Strong<V>) -> Strong<V> {
        VacantEntry::new(self.place, self.key.to_owned()).insert(value)
    }

    /// Inserts a value and returns the entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakValueMap;
    /// # use weakref_containers::weak_value::EntryRef;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let mut map = WeakValueMap::<String, Image>::new();
    /// let EntryRef::Vacant(entry) = map.entry_ref("logo") else { unreachable!() };
    /// assert_eq!(entry.insert_entry(&Strong::new(Image(7))).key(), "logo");
    /// ```
    pub fn insert_entry(self, value: &Strong<V>) -> OccupiedEntry<'a, K, V> {
        VacantEntry::new(self.place, self.key.to_owned()).insert_entry(value)
    }
}

impl<K, Q, V> fmt::Debug for EntryRef<'_, '_, K, Q, V>
where
    K: fmt::Debug,
    Q: ?Sized + fmt::Debug,
    V: ?Sized + WeakReferenceable + fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Occupied(entry) => f.debug_tuple("EntryRef").field(entry).finish(),
            Self::Vacant(entry) => f.debug_tuple("EntryRef").field(entry).finish(),
        }
    }
}

impl<K, Q, V> fmt::Debug for VacantEntryRef<'_, '_, K, Q, V>
where
    Q: ?Sized + fmt::Debug,
    V: ?Sized + WeakReferenceable,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VacantEntryRef").field(&self.key).finish()
    }
}
