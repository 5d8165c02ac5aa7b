//! Walking, and removing what a walk comes by.

use weakref::{Strong, WeakReferenceable};

use super::{Drain, Entries, ExtractIf, Iter, Keys, WeakIter, WeakList};

impl<T: ?Sized + WeakReferenceable> WeakList<T> {
    /// Keeps the live members that `keep` accepts, and removes the others.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let (a, b) = (Strong::new(Image(1)), Strong::new(Image(2)));
    /// let mut list = WeakList::from([&a, &b, &a]);
    /// list.retain(|image| !Strong::ptr_eq(image, &a));
    /// assert_eq!(list.len(), 1);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&Strong<T>) -> bool) {
        self.extract_if(|member| !keep(member)).for_each(drop);
    }

    /// Removes the live members that `wanted` accepts, and yields them in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let images: Vec<_> = (0..6).map(|n| Strong::new(Image(n))).collect();
    /// let mut list: WeakList<_> = images.iter().collect();
    /// let even: Vec<_> = list.extract_if(|image| image.0 % 2 == 0).map(|image| image.0).collect();
    /// assert_eq!((even, list.len()), (vec![0, 2, 4], 3));
    /// ```
    pub fn extract_if<F>(&mut self, wanted: F) -> ExtractIf<'_, T, F>
    where
        F: FnMut(&Strong<T>) -> bool,
    {
        ExtractIf::new(self, wanted)
    }

    /// Empties the list and yields the live members that were in it, in order.
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
    /// assert!(list.drain().map(|image| image.0).eq([1, 2]));
    /// assert!(list.is_empty());
    /// ```
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain::new(self)
    }

    /// Removes all members and keeps the capacity.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let mut list = WeakList::from([&image]);
    /// list.clear();
    /// assert!(list.is_empty() && list.capacity() > 0);
    /// ```
    pub fn clear(&mut self) {
        self.purge();
        self.entries.clear();
    }

    /// Iterates over the live members in order, as `Strong<T>`.
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
    /// assert!(list.iter().rev().map(|image| image.0).eq([2, 1]));
    /// ```
    pub fn iter(&self) -> Iter<'_, T> {
        Iter::new(self)
    }

    /// Iterates over the live members in order, as `WeakRef<T>`.
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
    /// let weak: Vec<_> = list.weak_iter().collect();
    /// assert_eq!(weak, [Strong::downgrade(&a), Strong::downgrade(&b)]);
    /// ```
    pub fn weak_iter(&self) -> WeakIter<'_, T> {
        Iter::new(self)
    }

    /// Iterates over the keys of the live members in order.
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
    /// let (first, second) = (list.push(&image), list.push(&image));
    /// assert!(list.keys().eq([first, second]));
    /// ```
    pub fn keys(&self) -> Keys<'_, T> {
        Iter::new(self)
    }

    /// Iterates over the live members in order, as `(Key, Strong<T>)`.
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
    /// let (there, image) = list.entries().next().unwrap();
    /// assert_eq!((there, image.0), (key, 7));
    /// ```
    pub fn entries(&self) -> Entries<'_, T> {
        Iter::new(self)
    }

    /// Returns the members that are alive now, with strong handles, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakReferenceable};
    /// # use weakref_containers::WeakList;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image(u8);
    /// let image = Strong::new(Image(7));
    /// let list = WeakList::from([&image]);
    /// let members = list.snapshot();
    /// drop(image);
    /// assert_eq!((list.len(), members[0].0), (1, 7));
    /// ```
    pub fn snapshot(&self) -> Vec<Strong<T>> {
        self.iter().collect()
    }
}
