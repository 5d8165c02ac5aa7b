//! The handle of a finalizer.

use core::any::type_name;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::marker::PhantomData;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
#[cfg(all(test, not(any(loom, shuttle))))]
use core::sync::atomic::Ordering::Relaxed;

use super::action::Action;
use super::node::{Base, settle};
use crate::events::{Began, By};
use crate::exit;
use crate::id::{ObjectId, ShortName};
use crate::raw;
use crate::referenceable::{ThreadSafe, WeakReferenceable};
use crate::strong::Strong;
#[cfg(all(test, not(any(loom, shuttle))))]
use crate::sync::Size;
use crate::sync::{Bug, seeded};

/// The handle of a finalizer. Dropping it changes nothing; clones are handles of the same one, and
/// handles are equal when they are.
///
/// `R` is what the action returns. The handles of [`Strong::finalizers`] have forgotten it.
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
/// let finalizer = finalize_with(&session, |(a, b)| a + b, (1, 2));
/// assert!(finalizer.is_alive());
/// assert_eq!(finalizer.call(), Some(3));
/// assert_eq!(finalizer.call(), None);
/// assert!(!finalizer.is_alive());
/// ```
pub struct Finalizer<T: ?Sized + WeakReferenceable, R = ()> {
    /// A share is the handle's.
    pub(super) base: NonNull<Base<T::Slot>>,
    /// The object's handle; its block may be gone when the finalizer is not live.
    pub(super) handle: NonNull<T>,
    /// # Safety
    ///
    /// 1. The finalizer is the handle's. The caller claimed it, has a share, and takes the action once (F2).
    pub(super) call: unsafe fn(*mut Base<T::Slot>) -> R,
    /// Invariant: a subtype's slot may differ.
    pub(super) slot: PhantomData<T::Slot>,
}

// SAFETY: as for `WeakRef`; the action is `Send` (`MaybeSend`) and taken by one thread; its result
// stays on the thread that called. Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync, R> Send
    for Finalizer<T, R>
{
}
// SAFETY: as above; all methods take `&self`.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync, R> Sync
    for Finalizer<T, R>
{
}
impl<T: ?Sized + WeakReferenceable, R> Unpin for Finalizer<T, R> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe, R> UnwindSafe for Finalizer<T, R> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe, R> RefUnwindSafe for Finalizer<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Finalizer<T, R> {
    fn base(&self) -> &Base<T::Slot> {
        // SAFETY: the handle's share keeps it for as long as the handle is borrowed.
        unsafe { self.base.as_ref() }
    }

    /// Runs the action now and returns its result; `None` if it ran already, is running, was
    /// detached, or finalizers are inert, after the exit phase.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, |n| n + 1, 1);
    /// assert_eq!(finalizer.call(), Some(2));
    /// assert_eq!(finalizer.call(), None);
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the action does; it is consumed all the same.
    pub fn call(&self) -> Option<R> {
        let asked_late = seeded(Bug::AskedAfterClaim);
        // Before the claim: an inert one waits for its death, which drops the action.
        if !asked_late && Base::<T::Slot>::is_inert() {
            return None;
        }
        let claimed = self.base().state.claim()?;
        let base = self.base.as_ptr();
        // SAFETY: 1, we claimed it, the handle has a share, and the claim said whether it is enrolled.
        unsafe { settle(base, claimed.is_enrolled()) };
        if asked_late && Base::<T::Slot>::is_inert() {
            // SAFETY: 1, of its own table; we claimed it, the handle has a share, and nobody took the action.
            unsafe { (self.base().table.discard)(base) };
            return None;
        }
        let began = Began::code();
        // SAFETY: 1, the handle's own; we claimed it, the handle has a share, and nobody took the action.
        let result = unsafe { (self.call)(base) };
        self.base().tell(began, By::Call);
        Some(result)
    }

    /// Whether the action is still to run: false inside the action, and after the exit phase.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.is_alive());
    /// drop(session);
    /// assert!(!finalizer.is_alive());
    /// ```
    pub fn is_alive(&self) -> bool {
        self.base().is_live() && !Base::<T::Slot>::is_inert()
    }

    /// The object, if the finalizer and the object are alive.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(Strong::ptr_eq(&finalizer.peek().unwrap(), &session));
    /// drop(session);
    /// assert!(finalizer.peek().is_none());
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn peek(&self) -> Option<Strong<T>> {
        if Base::<T::Slot>::is_inert() {
            return None;
        }
        if seeded(Bug::UnguardedPeek) {
            // SAFETY: not at all: that is the mistake.
            return self.base().is_live().then(|| unsafe { self.upgrade() })?;
        }
        // SAFETY: 1, live, under the state's lock: its weak unit holds the block (F1).
        let strong = (self.base().state).if_live(|_| (false, unsafe { self.upgrade() }))??;
        Some(strong.upgraded())
    }

    /// # Safety
    ///
    /// 1. The block is not freed.
    unsafe fn upgrade(&self) -> Option<Strong<T>> {
        // SAFETY: 1, somebody's unit holds the block, which is not freed (1).
        let separate = unsafe { raw::at(raw::header(self.handle)) }
            .counts
            .upgrade()?;
        // SAFETY: 1, the strong unit that was added holds the block, and its counts were just asked.
        let value = unsafe { raw::value_of(self.handle, separate) };
        // SAFETY: 1, the object's value, which is alive, and the unit that was added is now the handle's.
        Some(unsafe { Strong::from_value(value) })
    }

    /// Disarms the finalizer and returns the object and the action; `None` if either is gone, the
    /// object is still under construction, or the exit phase is over.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, |n| n + 1, 1);
    /// let (same, action) = finalizer.detach().unwrap();
    /// assert!(Strong::ptr_eq(&same, &session));
    /// assert!(!finalizer.is_alive());
    /// assert_eq!(action.run(), 2);
    /// ```
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn detach(&self) -> Option<(Strong<T>, Action<T, R>)> {
        if Base::<T::Slot>::is_inert() {
            return None;
        }
        if seeded(Bug::UnguardedPeek) && self.is_alive() {
            // SAFETY: not at all: that is the mistake.
            drop(unsafe { self.upgrade() });
        }
        let (strong, enrolled) = self.base().state.if_live(|seen| {
            // SAFETY: 1, live, under the state's lock: its weak unit holds the block (F1).
            let Some(strong) = (unsafe { self.upgrade() }) else {
                return (false, None);
            };
            self.base().share();
            (!seeded(Bug::NoClaim), Some((strong, seen.is_enrolled())))
        })??;
        let action = Action {
            base: self.base,
            call: self.call,
            slot: PhantomData,
        };
        let strong = strong.upgraded();
        // SAFETY: 1, we claimed it, the handle has a share, and the claim said whether it is enrolled.
        unsafe { settle(self.base.as_ptr(), enrolled) };
        Some((strong, action))
    }

    /// Whether it runs at exit: false once consumed, and after the exit phase.
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.at_exit());
    /// finalizer.call();
    /// assert!(!finalizer.at_exit());
    /// ```
    pub fn at_exit(&self) -> bool {
        self.base().state.look().is_due() && !Base::<T::Slot>::is_inert()
    }

    /// Sets whether it runs at exit. Nothing happens once it is consumed. During the exit phase it
    /// takes effect too. One that its type declares with `at_exit = false` has no place in the order of the
    /// exit phase until it is first told to run there: it counts as made then. Where no exit phase comes by itself, as on `wasm32-unknown-unknown`, it counts
    /// for [`run_exit_finalizers`](crate::run_exit_finalizers).
    ///
    /// ```
    /// # use weakref::{finalize_with, Strong, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Session;
    /// let session = Strong::new(Session);
    /// let finalizer = finalize_with(&session, drop, ());
    /// assert!(finalizer.at_exit());
    /// finalizer.set_at_exit(false);
    /// assert!(!finalizer.at_exit());
    /// ```
    pub fn set_at_exit(&self, at_exit: bool) {
        if self.base().state.tell(at_exit) {
            // SAFETY: 1, it was assigned when it was made, and the handle has a share; 2, the state said so
            // while it was live.
            unsafe { exit::enrol::<T::Slot>(&self.base().enrolled) };
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
impl<T: ?Sized + WeakReferenceable, R> Finalizer<T, R> {
    /// Its shares, of which a handle's counts as [`HANDLE`].
    pub(crate) fn shares(&self) -> usize {
        self.base().owners.load(Relaxed)
    }

    pub(crate) fn enrolled(&self) -> &exit::Enrolled {
        &self.base().enrolled
    }

    /// As if its shares were so many, of which a handle's counts as [`HANDLE`].
    pub(crate) fn pretend_shares(&self, shares: usize) {
        let owners = &self.base().owners;
        owners.wrapping_add(shares.wrapping_sub(owners.load(Relaxed)), Relaxed);
    }
}

impl<T: ?Sized + WeakReferenceable, R> Drop for Finalizer<T, R> {
    fn drop(&mut self) {
        // SAFETY: 1, the handle's share ends here.
        unsafe { Base::leave_handle(self.base.as_ptr()) };
    }
}

impl<T: ?Sized + WeakReferenceable, R> Clone for Finalizer<T, R> {
    fn clone(&self) -> Self {
        self.base().retain_handle();
        Self {
            base: self.base,
            handle: self.handle,
            call: self.call,
            slot: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable, R> PartialEq for Finalizer<T, R> {
    /// Whether both are handles of one finalizer.
    fn eq(&self, other: &Self) -> bool {
        self.base == other.base
    }
}

impl<T: ?Sized + WeakReferenceable, R> Eq for Finalizer<T, R> {}

impl<T: ?Sized + WeakReferenceable, R> Hash for Finalizer<T, R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.base.hash(state);
    }
}

impl<T: ?Sized + WeakReferenceable, R> fmt::Debug for Finalizer<T, R> {
    /// `<Finalizer at 0x…; for Image at 0x…>` or `<Finalizer at 0x…; dead>`. Runs no user code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.base.as_ptr();
        if self.is_alive() {
            let type_name = ShortName(type_name::<T>());
            let id = ObjectId::of(self.handle.as_ptr().cast::<()>());
            write!(f, "<Finalizer at {at:p}; for {type_name} with {id:?}>")
        } else {
            write!(f, "<Finalizer at {at:p}; dead>")
        }
    }
}
