//! Iterating.

use core::fmt;
use core::iter::FusedIterator;

use weakref::watch::Watched;
use weakref::{Strong, WeakRef, WeakReferenceable};

use crate::shared::walk::Walk;
use crate::side::Held;

/// Iterates over the live members of a shared [`Set`](super::Set) as `Strong<T>`.
pub struct SetIter<'a, T: ?Sized + WeakReferenceable>(
    pub(super) Walk<'a, Watched<T>, Held<()>, T::Slot, WeakRef<T>>,
);

impl<T: ?Sized + WeakReferenceable + 'static> Iterator for SetIter<'_, T> {
    type Item = Strong<T>;

    fn next(&mut self) -> Option<Strong<T>> {
        loop {
            let member = self.0.next(|row| Some(WeakRef::clone(&row.key)))?;
            if let Some(member) = member.upgrade() {
                return Some(member);
            }
        }
    }
}

impl<T: ?Sized + WeakReferenceable + 'static> FusedIterator for SetIter<'_, T> {}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for SetIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetIter").finish_non_exhaustive()
    }
}
