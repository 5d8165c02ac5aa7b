//! Interning of values that are given away.

use core::hash::{BuildHasher, Hash};

use weakref::watch::drop_first;
use weakref::{Object, Strong};

use super::Interner;

impl<T: 'static, S> Interner<T, S>
where
    Object<T>: Hash + Eq,
    S: BuildHasher,
{
    /// Returns the object of a value, or moves the value into a new one if there is none.
    ///
    /// Text and slices are copied into their object in any case: for `Interner<str>` use [`intern`](Self::intern).
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::Strong;
    /// # use weakref_containers::shared::Interner;
    /// let names = Interner::<Vec<String>>::new();
    /// let path = names.intern_owned(vec!["usr".to_owned(), "bin".to_owned()]);
    /// let same = names.intern_owned(vec!["usr".to_owned(), "bin".to_owned()]);
    /// assert!(Strong::ptr_eq(&path, &same));
    /// ```
    ///
    /// # Complexity
    ///
    /// As [`intern`](Self::intern); nothing is cloned.
    pub fn intern_owned(&self, value: T) -> Strong<Object<T>> {
        let value = Object(value);
        if let Some(found) = self.get(&value) {
            return drop_first(value, found);
        }
        let fresh = Strong::new(value);
        let object = self.intern_with(&*fresh, |_| fresh.clone());
        drop_first(fresh, object)
    }
}
