//! A [`Strong`] as the owner of what borrows from its object.

use stable_deref_trait::{CloneStableDeref, StableDeref};

use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// With the feature `stable_deref_trait`: crates such as `yoke` can hold a handle together with what borrows from its
/// object.
// SAFETY: a handle derefs to its object, whose address never changes and which lives as long as any handle; nothing that
// takes `&self` ends that, and there is no `DerefMut`. `deref` returns the pointer that the handle holds.
unsafe impl<T: ?Sized + WeakReferenceable> StableDeref for Strong<T> {}
// SAFETY: a clone holds the same pointer.
unsafe impl<T: ?Sized + WeakReferenceable> CloneStableDeref for Strong<T> {}
