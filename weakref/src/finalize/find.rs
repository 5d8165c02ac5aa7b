//! The finalizers that an object has: all of them, and the one that its type declares by a name.

use core::any::TypeId;
use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;

use super::handle::Finalizer;
use super::node::{Base, call, call_only};
use super::sealed::Handle as _;
use crate::list::Locked;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;

/// Names a finalizer that a type declares, for [`Finalizer::of`]. `#[finalizer]` makes one, a
/// constant in capitals beside the method. An example is at [`Finalizer::of`].
pub struct FinalizerKey<T: ?Sized, R> {
    pub(super) name: &'static str,
    referent: PhantomData<fn(&T)>,
    result: PhantomData<fn() -> R>,
}

impl<T: ?Sized, R> FinalizerKey<T, R> {
    /// Makes the key of the finalizer `name`.
    #[doc(hidden)]
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            referent: PhantomData,
            result: PhantomData,
        }
    }
}

impl<T: ?Sized, R> Clone for FinalizerKey<T, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized, R> Copy for FinalizerKey<T, R> {}

impl<T: ?Sized, R> fmt::Debug for FinalizerKey<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FinalizerKey").field(&self.name).finish()
    }
}

impl<T: ?Sized + WeakReferenceable, R> Finalizer<T, R> {
    /// The handle of a finalizer that the type declares with `#[finalizer]`; `None` once it was
    /// consumed.
    ///
    /// ```
    /// use weakref::{Finalizer, Strong, WeakReferenceable, finalizer};
    ///
    /// #[derive(WeakReferenceable)]
    /// #[weakref(finalizer = close)]
    /// struct Session(u32);
    ///
    /// impl Session {
    ///     #[finalizer]
    ///     fn close(&self) -> impl FnOnce() -> u32 {
    ///         let id = self.0;
    ///         move || id
    ///     }
    /// }
    ///
    /// let session = Strong::new(Session(7));
    /// let close = Finalizer::of(&session, Session::CLOSE).unwrap();
    /// assert_eq!(close.call(), Some(7));
    /// assert!(Finalizer::of(&session, Session::CLOSE).is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(callbacks and finalizers of the object).
    pub fn of(object: &Strong<T>, key: FinalizerKey<T, R>) -> Option<Self>
    where
        R: 'static,
    {
        let mut found = None;
        each_finalizer(object, |base| {
            // SAFETY: linked, hence valid.
            let this = unsafe { base.as_ref() };
            if found.is_none()
                && this.name == Some(key.name)
                && (this.table.result)() == TypeId::of::<R>()
            {
                found = Some(base);
                this.retain_handle();
            }
        });
        let base = found?;
        let this = Self {
            base,
            handle: object.handle(),
            call: call::<T::Slot, R>,
            slot: PhantomData,
        };
        this.is_alive().then_some(this)
    }
}

/// Calls `visit` with each linked finalizer, newest first, under the slot's lock.
fn each_finalizer<T: ?Sized + WeakReferenceable>(
    object: &Strong<T>,
    mut visit: impl FnMut(NonNull<Base<T::Slot>>),
) {
    // SAFETY: 1, our strong unit holds the object's block throughout.
    unsafe { Locked::new(object.header()) }.each_action(|node, action| {
        if action.is_finalizer {
            visit(node.cast());
        }
    });
}

impl<T: ?Sized + WeakReferenceable> Strong<T> {
    /// Handles of the live finalizers of the object, newest first.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// finalize_with(&session, drop, ());
    /// assert_eq!(Strong::finalizers(&session).len(), 1);
    /// Strong::finalizers(&session)[0].call();
    /// assert!(Strong::finalizers(&session).is_empty());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(callbacks and finalizers of the object).
    pub fn finalizers(this: &Self) -> Vec<Finalizer<T>> {
        let mut bases = Vec::new();
        loop {
            let mut count = 0;
            each_finalizer(this, |_| count += 1);
            // Nothing is allocated under the lock; another thread may add some before it is taken
            // again.
            bases.reserve(count);
            let room = bases.capacity();
            let mut missed = false;
            each_finalizer(this, |base| {
                if bases.len() == room {
                    missed = true;
                    return;
                }
                // SAFETY: linked, hence valid.
                unsafe { base.as_ref() }.retain_handle();
                bases.push(base);
            });
            let handle = this.handle();
            let finalizers: Vec<_> = bases
                .drain(..)
                .map(|base| Finalizer {
                    base,
                    handle,
                    call: call_only,
                    slot: PhantomData,
                })
                .collect();
            if !missed {
                return finalizers.into_iter().filter(Finalizer::is_alive).collect();
            }
        }
    }
}
