//! What a finalizer runs: the action that was detached, and what a declared one has to be.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ptr::NonNull;

use super::node::{Base, leave};
use crate::events::{Began, By};
use crate::referenceable::{MaybeSend, ThreadSafe, WeakReferenceable};
use crate::slot::Slot;

/// The action of a finalizer that was [detached](crate::Finalizer::detach). Dropping it drops the action.
///
/// # Examples
///
/// ```
/// use weakref::{finalize_with, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Session;
///
/// let session = Strong::new(Session);
/// let finalizer = finalize_with(&session, |n| n + 1, 1);
/// let (same, action) = finalizer.detach().unwrap();
/// drop((session, same)); // runs nothing
/// assert_eq!(action.run(), 2);
/// ```
#[must_use = "dropping it drops the action without running it"]
pub struct Action<T: ?Sized + WeakReferenceable, R> {
    /// Claimed, and a share is ours.
    pub(super) base: NonNull<Base<T::Slot>>,
    /// # Safety
    ///
    /// 1. The finalizer is the one that this came with. The caller claimed it, has a share, and takes the action
    ///    once (F2).
    pub(super) call: unsafe fn(*mut Base<T::Slot>) -> R,
    pub(super) slot: PhantomData<T::Slot>,
}

// SAFETY: the action is `Send` (`MaybeSend`), and it is all that can be reached.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe>, R> Send for Action<T, R> {}
impl<T: ?Sized + WeakReferenceable, R> Unpin for Action<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Action<T, R> {
    /// Runs the action.
    ///
    /// # Panics
    ///
    /// Panics if the action does.
    pub fn run(self) -> R {
        let this = ManuallyDrop::new(self);
        let share = Share(this.base);
        let began = Began::code();
        // SAFETY: 1, it came with this finalizer, which was claimed for this action; our share keeps it; the action is
        // consumed here.
        let result = unsafe { (this.call)(this.base.as_ptr()) };
        // SAFETY: our share keeps it.
        unsafe { this.base.as_ref() }.tell(began, By::Call);
        drop(share);
        result
    }
}

impl<T: ?Sized + WeakReferenceable, R> Drop for Action<T, R> {
    fn drop(&mut self) {
        let share = Share(self.base);
        // SAFETY: our share keeps it.
        let discard = unsafe { self.base.as_ref() }.table.discard;
        // SAFETY: 1, of its own table; claimed for this action, which was never run, and our share keeps it.
        unsafe { discard(self.base.as_ptr()) };
        drop(share);
    }
}

/// An action's share, given up whether the action returns or panics.
struct Share<S: Slot>(NonNull<Base<S>>);

impl<S: Slot> Drop for Share<S> {
    fn drop(&mut self) {
        // SAFETY: 1, the share is ours, and given up here.
        unsafe { leave(self.0.as_ptr()) };
    }
}

impl<T: ?Sized + WeakReferenceable, R> fmt::Debug for Action<T, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Action").finish_non_exhaustive()
    }
}

/// What `#[finalizer]` asks of the action that its method returns: nothing of the object may be
/// borrowed by it, and another thread may run it.
///
/// The lifetime is a supertrait, so that an `impl FnOnce() + Detached<S>` that captures the borrow
/// of `self` is still known to be `'static`; [`MaybeSend`] is one, so that nobody else can implement it.
#[diagnostic::on_unimplemented(
    message = "the action of a finalizer must be `Send`, because any thread may be the last to hold the object",
    label = "captures something that is not `Send`",
    note = "capture only `Send` data, or give the type `#[weakref(local)]` so that it stays on one thread"
)]
pub trait Detached<S: Slot>: MaybeSend<S> + 'static {}

#[diagnostic::do_not_recommend]
impl<F: MaybeSend<S> + 'static, S: Slot> Detached<S> for F {}
