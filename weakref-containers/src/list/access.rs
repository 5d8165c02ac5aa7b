//! Looking members up, and removing them.

use weakref::{Strong, WeakReferenceable};

use super::slab::Edge;
use super::{Key, Member, WeakList};
use crate::key::HasId;

impl<T: ?Sized + WeakReferenceable> WeakList<T> {
    /// Returns the member with this key, if it is alive and has not been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let mut list = WeakList::new();
    /// let key = list.push(&image);
    /// assert_eq!(list.get(key).unwrap().0, 7);
    /// drop(image);
    /// assert!(list.get(key).is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1).
    pub fn get(&self, key: Key) -> Option<Strong<T>> {
        self.entry(key)?.referent.upgrade()
    }

    /// Returns whether there is a live member with this key.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let mut list = WeakList::new();
    /// let key = list.push(&image);
    /// assert!(list.contains_key(key) && !list.clone().contains_key(key));
    /// ```
    pub fn contains_key(&self, key: Key) -> bool {
        self.entry(key)
            .is_some_and(|entry| entry.referent.is_alive())
    }

    /// Removes the member with this key and returns it, if it was alive and had not been removed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let mut list = WeakList::new();
    /// let key = list.push(&image);
    /// assert_eq!(list.remove(key).unwrap().0, 7);
    /// assert!(list.remove(key).is_none() && list.is_empty());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), amortised over deaths.
    pub fn remove(&mut self, key: Key) -> Option<Strong<T>> {
        self.purge();
        self.entry(key)?;
        self.entries.take(key.index)?.referent.upgrade()
    }

    fn entry(&self, key: Key) -> Option<&Member<T>> {
        let entry = self.entries.get(key.index)?;
        (entry.serial == key.serial).then_some(entry)
    }

    /// The member at an index, if it is alive.
    pub(super) fn at(&self, index: u32) -> Option<Strong<T>> {
        self.entries.get(index)?.referent.upgrade()
    }

    /// Returns the key of an object's first entry, if it is alive and a member. The object is named by
    /// anything [with an id](HasId): a handle of it, strong or weak.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let (a, b) = (Strong::new(Image), Strong::new(Image));
    /// let mut list = WeakList::new();
    /// list.push(&a);
    /// let key = list.push(&b);
    /// assert_eq!(list.key_of(&b), Some(key));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(capacity of the list); keep the key of [`push`](Self::push) where that is too much.
    pub fn key_of<I: ?Sized + HasId>(&self, object: &I) -> Option<Key> {
        let id = object.object_id();
        self.entries.walk().find_map(|(index, entry)| {
            let found = entry.referent.id() == id && entry.referent.is_alive();
            found.then(|| entry.key(index))
        })
    }

    /// Returns whether an object, named by anything [with an id](HasId), is alive and a member.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let (a, b) = (Strong::new(Image), Strong::new(Image));
    /// let list = WeakList::from([&a]);
    /// assert!(list.contains(&a) && !list.contains(&Strong::downgrade(&b)));
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`key_of`](Self::key_of).
    pub fn contains<I: ?Sized + HasId>(&self, object: &I) -> bool {
        self.key_of(object).is_some()
    }

    /// Removes the first entry of an object, named by anything [with an id](HasId), and returns the
    /// object.
    ///
    /// All entries of an object go by [`retain`](Self::retain).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let weak = Strong::downgrade(&image);
    /// let mut list = WeakList::from([&image]);
    /// assert!(list.remove_object(&weak).is_some());
    /// assert!(list.remove_object(&weak).is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`key_of`](Self::key_of).
    pub fn remove_object<I: ?Sized + HasId>(&mut self, object: &I) -> Option<Strong<T>> {
        self.remove(self.key_of(object)?)
    }

    /// Returns the first live member.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let list = WeakList::from([&a, &b]);
    /// drop(a);
    /// assert_eq!(list.front().unwrap().0, 2);
    /// ```
    pub fn front(&self) -> Option<Strong<T>> {
        self.iter().next()
    }

    /// Returns the last live member.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let list = WeakList::from([&a, &b]);
    /// assert_eq!(list.back().unwrap().0, 2);
    /// ```
    pub fn back(&self) -> Option<Strong<T>> {
        self.iter().next_back()
    }

    /// Removes the first live member and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut list = WeakList::from([&a, &b]);
    /// assert_eq!(list.pop_front().unwrap().0, 1);
    /// assert_eq!(list.len(), 1);
    /// ```
    pub fn pop_front(&mut self) -> Option<Strong<T>> {
        self.take_end(Edge::First)
    }

    /// Removes the last live member and returns it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut list = WeakList::from([&a, &b]);
    /// assert_eq!(list.pop_back().unwrap().0, 2);
    /// assert_eq!(list.len(), 1);
    /// ```
    pub fn pop_back(&mut self) -> Option<Strong<T>> {
        self.take_end(Edge::Last)
    }

    fn take_end(&mut self, edge: Edge) -> Option<Strong<T>> {
        self.purge();
        loop {
            let index = self.entries.end(edge)?;
            let entry = self.entries.take(index)?;
            if let Some(member) = entry.referent.upgrade() {
                return Some(member);
            }
        }
    }
}
