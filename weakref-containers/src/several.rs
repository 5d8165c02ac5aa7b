//! Values that go together, but each by itself: a drop that panics takes no other along, and a second one that panics
//! does not end the process, as it would in a `Vec` of them.

use core::iter;
use core::ops::{Deref, DerefMut};
use std::collections::VecDeque;

use weakref::Source;
use weakref::watch::Panics;

/// Yields its values from the front, and drops what is left one by one.
pub(crate) struct Several<T>(VecDeque<T>);

impl<T> Several<T> {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(VecDeque::with_capacity(capacity))
    }

    /// For callers of public functions, who drop the values like any other `Vec`.
    pub(crate) fn into_vec(mut self) -> Vec<T> {
        core::mem::take(&mut self.0).into()
    }
}

impl<T> Deref for Several<T> {
    type Target = VecDeque<T>;

    fn deref(&self) -> &VecDeque<T> {
        &self.0
    }
}

impl<T> DerefMut for Several<T> {
    fn deref_mut(&mut self) -> &mut VecDeque<T> {
        &mut self.0
    }
}

impl<T> FromIterator<T> for Several<T> {
    /// If the iterator panics, the values collected so far are dropped one by one too.
    #[inline]
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut all = Self::new();
        all.0.extend(values);
        all
    }
}

impl<T> Iterator for Several<T> {
    type Item = T;

    #[inline]
    fn next(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len(), Some(self.0.len()))
    }
}

impl<T> ExactSizeIterator for Several<T> {}
impl<T> iter::FusedIterator for Several<T> {}

impl<T> Drop for Several<T> {
    #[inline]
    fn drop(&mut self) {
        if !self.0.is_empty() {
            drop_all(&mut self.0);
        }
    }
}

#[cold]
fn drop_all<T>(values: &mut VecDeque<T>) {
    let mut panics = Panics::of::<T>(Source::Drop);
    panics.drop_each(&mut iter::from_fn(|| values.pop_front()));
    panics.resume();
}
