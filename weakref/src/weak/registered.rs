//! What is registered on the referent, for the feature `leak-trace`.

use super::WeakRef;
use crate::list::{self, Registered};
use crate::raw;
use crate::referenceable::WeakReferenceable;

impl<T: ?Sized + WeakReferenceable> WeakRef<T> {
    /// Newest first; nothing after the death.
    pub(crate) fn registered(&self) -> Vec<Registered> {
        if !self.is_alive() {
            return Vec::new();
        }
        // SAFETY: 1, its handle's header, whose block our unit (W1) holds: a reference to nothing is never alive.
        unsafe { list::registered(raw::header(self.handle)) }
    }
}
