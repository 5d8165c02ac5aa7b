//! Weak references with a callback.
//!
//! A callback is a node that two own, the list and the handle; whoever leaves last frees it. The
//! node's weak unit is the handle's weak reference, so a callback costs one unit, not two.
//!
//! K1: a node has two shares from its start, and none is added later, so that no claim can come
//! too late for its share. The slot's lock decides who consumes the closure: a death that takes the
//! list while the node is linked, or a cancel that unlinks it before.
//!
//! K2: so who finds its share to be the only one has the node alone, for good, and frees it without a
//! subtraction. If that is the handle, a death has run the closure: only `fire` gives the list's share up and
//! leaves the handle's. Acquire: that death, and the block, come before what the handle does next.
//!
//! Who holds what when no handle remains:
//!
//! | place | the claimer's share is | a loser may let go at once of | model |
//! |---|---|---|---|
//! | `fire`, a step of a death | the list's, which the death took with the list | nothing: it cannot lose | `cancel_races_fire::from_outside` |
//! | `CallbackRef::drop`, which unlinks | its own, and the list's: it frees the node | its own, to a `fire` under way | `cancel_races_fire`, `cancel_races_list_take` |
//! | `CallbackRef::drop`, which finds its share to be the only one | | its own: it frees the node (K2) | `cancel_races_fire` |
//! | [`CallbackRef::forget`] | none: it gives its own up and leaves the list's | | `losers_let_go::forget_races_fire` |

use core::cell::UnsafeCell;
use core::fmt;
use core::mem::{ManuallyDrop, MaybeUninit};
use core::ops::Deref;
use core::panic::{RefUnwindSafe, UnwindSafe};
use core::ptr::NonNull;
use core::sync::atomic::Ordering::{Acquire, Release};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::events::Began;
use crate::id::ObjectId;
use crate::list::{Action, Locked, Node};
use crate::raw;
use crate::referenceable::{MaybeSend, ThreadSafe, WeakReferenceable};
use crate::slot::Slot;
use crate::strong::Strong;
use crate::sync::{Bug, Size, free, order, seeded};
use crate::unraisable::{Source, report};
use crate::weak::{WeakRef, WeakReference, describe};

/// A weak reference with a callback, made by [`WeakRef::with_callback`]. Derefs to [`WeakRef`].
///
/// Dropping it before the object's death cancels the callback and frees the closure at once. Once
/// the death has begun it is too late to cancel.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use weakref::{Strong, WeakRef, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// #[weakref(local)]
/// struct Image;
///
/// let called = Rc::new(Cell::new(0));
/// let image = Strong::new(Image);
/// let count = {
///     let called = Rc::clone(&called);
///     move |_: &WeakRef<Image>| called.set(called.get() + 1)
/// };
/// let kept = WeakRef::with_callback(&image, count.clone());
/// drop(WeakRef::with_callback(&image, count)); // cancelled
/// drop(image);
/// assert_eq!(called.get(), 1);
/// assert!(!kept.has_callback());
/// ```
#[must_use = "dropping it cancels the callback; `forget` leaves it registered"]
pub struct CallbackRef<T: ?Sized + WeakReferenceable> {
    /// Its unit is the node's.
    weak: ManuallyDrop<WeakRef<T>>,
    node: NonNull<Node<T::Slot>>,
    action: &'static Action<T::Slot>,
}

// SAFETY: as for `WeakRef`; the closure is `Send` (`MaybeSend`). Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Send for CallbackRef<T> {}
// SAFETY: as above; `&CallbackRef` gives no access to the closure.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Sync for CallbackRef<T> {}
impl<T: ?Sized + WeakReferenceable> Unpin for CallbackRef<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> UnwindSafe for CallbackRef<T> {}
impl<T: ?Sized + WeakReferenceable + RefUnwindSafe> RefUnwindSafe for CallbackRef<T> {}

/// What a [`Callback`] begins with, whatever its closure is.
#[repr(C)]
struct Base<S: Slot> {
    node: Node<S>,
    /// The list's share and the handle's.
    owners: S::Size,
}

impl<S: Slot> Base<S> {
    /// Whether the caller's share is the only one left. A yes is final, since no share is ever added (K2); a no is
    /// only a hint.
    #[inline]
    fn is_last(&self) -> bool {
        // Acquire: pairs with the Release of the owner that left before.
        let owners = self.owners.hint(order(Acquire, Bug::RelaxedLastOfCallback));
        owners == Some(1)
    }
}

/// What a [`CallbackRef`] points at.
#[repr(C)]
struct Callback<T: ?Sized + WeakReferenceable, F> {
    base: Base<T::Slot>,
    /// Carries the node's weak unit.
    weak: WeakRef<T>,
    /// Taken by whoever runs or cancels it.
    closure: UnsafeCell<MaybeUninit<F>>,
}

impl<T: ?Sized + WeakReferenceable, F: FnOnce(&WeakRef<T>) + 'static> Callback<T, F> {
    const ACTION: Action<T::Slot> = Action {
        fire: Self::fire,
        leave: Self::leave,
        cancel: Self::cancel,
        is_held: |_| true,
        is_finalizer: false,
    };

    /// # Safety
    ///
    /// 1. `node` is of this type, and the caller is the one who consumes the closure.
    unsafe fn take(node: *mut Node<T::Slot>) -> F {
        // SAFETY: (1): of this type; who consumes it has a share, which keeps it.
        let closure = unsafe { &(*node.cast::<Self>()).closure };
        // SAFETY: (1): initialised in `new`, and read by its one consumer only.
        unsafe { closure.get().cast::<F>().read() }
    }

    /// As [`Action::fire`].
    ///
    /// # Safety
    ///
    /// 1. `node` is of this type, was taken with its list, and is fired once. The list's share is the
    ///    caller's, and given up.
    unsafe fn fire(node: *mut Node<T::Slot>) {
        // SAFETY: 1, of this type (1), and what a death took nobody cancels (K1), so that its one `fire`
        // consumes the closure.
        let closure = unsafe { Self::take(node) };
        // SAFETY: (1): the list's share keeps the node until `leave`.
        let weak = unsafe { &(*node.cast::<Self>()).weak };
        let began = Began::code();
        match catch_unwind(AssertUnwindSafe(|| closure(weak))) {
            Ok(()) => began.callback_ran::<T>(raw::header(weak.handle()).cast()),
            Err(payload) => report(Source::Callback, core::any::type_name::<T>(), payload),
        }
        // SAFETY: 1, of this type, and the list's share is ours to give up (1).
        unsafe { Self::leave(node) };
    }

    /// As [`Action::leave`].
    ///
    /// # Safety
    ///
    /// 1. `node` is of this type. One of its shares is the caller's, and given up.
    unsafe fn leave(node: *mut Node<T::Slot>) {
        // SAFETY: (1): the caller's share keeps the node up to the decrement.
        let base = unsafe { &(*node.cast::<Self>()).base };
        if !base.is_last() {
            // Release: pairs with the Acquire of the last owner, whose free comes after our use.
            let last = base.owners.fetch_sub(1, order(Release, Bug::RelaxedLeave)) == 1;
            if !last && !seeded(Bug::NodeFreedTwice) {
                return;
            }
            base.owners.load(order(Acquire, Bug::RelaxedLastOfCallback));
        }
        // SAFETY: 1, of this type (1), and the other share was given up before.
        unsafe { Self::free(node) };
    }

    /// As [`Action::cancel`].
    ///
    /// # Safety
    ///
    /// 1. `node` is of this type, and both its shares are the caller's, who unlinked it before it was
    ///    taken: so its closure was never run.
    unsafe fn cancel(node: *mut Node<T::Slot>) {
        // SAFETY: 1, of this type, and nobody else consumes it, now or later (1).
        let closure = unsafe { Self::take(node) };
        // SAFETY: 1, of this type, with both shares (1). The closure is out, so that its drop may do
        // anything.
        unsafe { Self::free(node) };
        drop(closure);
    }

    /// Frees the node and gives its weak unit back.
    ///
    /// # Safety
    ///
    /// 1. `node` is of this type, and the caller holds, or was given, all that is left of its shares.
    unsafe fn free(node: *mut Node<T::Slot>) {
        // SAFETY: 1, made by a box in `new`, and nobody uses it any more (1).
        unsafe { free(node.cast::<Self>()) };
    }
}

impl<T: ?Sized + WeakReferenceable> WeakRef<T> {
    /// Makes a weak reference with a callback, which runs once, right after the object died.
    ///
    /// The callback is given the reference, dead by then. Dropping the returned [`CallbackRef`]
    /// before the death cancels it. Callbacks run newest first, on the thread that dropped the last
    /// strong handle, after the value was dropped and its memory released. A panic in one goes to
    /// the [unraisable hook](crate::set_unraisable_hook).
    ///
    /// A closure that owns the object keeps it alive for ever.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let image = Strong::new(Image);
    /// let id = Strong::id(&image);
    /// let watched = WeakRef::with_callback(&image, move |dead| sender.send(dead.id()).unwrap());
    /// assert!(watched.has_callback());
    /// drop(image);
    /// assert_eq!(deaths.recv(), Ok(id));
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), and one allocation for the closure.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn with_callback<F>(strong: &Strong<T>, callback: F) -> CallbackRef<T>
    where
        F: FnOnce(&Self) + MaybeSend<T::Slot> + 'static,
    {
        CallbackRef::new(strong, callback)
    }

    /// As [`WeakRef::with_callback`], in code that is generic over the slot: what is `Send` may be run for
    /// every object.
    ///
    /// ```
    /// # use std::sync::mpsc::Sender;
    /// # use weakref::{CallbackRef, LocalObject, Object, ObjectId, Strong, WeakRef, WeakReferenceable};
    /// fn tell<T: WeakReferenceable>(object: &Strong<T>, deaths: Sender<ObjectId>) -> CallbackRef<T> {
    ///     WeakRef::with_send_callback(object, move |dead| deaths.send(dead.id()).unwrap())
    /// }
    ///
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let (local, sync) = (Strong::new(LocalObject(3)), Strong::new(Object(3)));
    /// let _watched = (tell(&local, sender.clone()), tell(&sync, sender));
    /// let (first, second) = (Strong::id(&local), Strong::id(&sync));
    /// drop((local, sync));
    /// assert_eq!(deaths.try_iter().collect::<Vec<_>>(), [first, second]);
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1), and one allocation for the closure.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn with_send_callback<F>(strong: &Strong<T>, callback: F) -> CallbackRef<T>
    where
        F: FnOnce(&Self) + Send + 'static,
    {
        CallbackRef::new(strong, callback)
    }
}

impl<T: ?Sized + WeakReferenceable> CallbackRef<T> {
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub(crate) fn new<F: FnOnce(&WeakRef<T>) + 'static>(strong: &Strong<T>, closure: F) -> Self {
        let header = strong.header();
        // SAFETY: 1, the header of the object that `strong` keeps alive.
        let handle = unsafe { raw::handle_of(strong.value(), header) };
        // SAFETY: 1, of this handle; its unit is added when the node is listed, before anybody finds it.
        let weak = unsafe { WeakRef::from_handle(handle) };
        let action = const { &Callback::<T, F>::ACTION };
        let callback = Box::new(Callback {
            base: Base {
                node: Node::action(header, action),
                owners: Size::new(2),
            },
            weak,
            closure: UnsafeCell::new(MaybeUninit::new(closure)),
        });
        let node: *mut Node<T::Slot> = Box::into_raw(callback).cast();
        // SAFETY: 1, `strong` holds the object's block throughout.
        let locked = unsafe { Locked::enlist(header) };
        // SAFETY: 1, `strong` keeps the object alive; 2, a new node, which came with the weak unit of its `weak`,
        // and has a share for the list; 3, it begins a callback of the type that its table was made for.
        unsafe { locked.push(node) };
        drop(locked);
        // SAFETY: 1, the object's handle, with the node's weak unit: this copy is never dropped, so that the unit
        // stays the node's.
        let weak = ManuallyDrop::new(unsafe { WeakRef::from_handle(handle) });
        // SAFETY: from a box.
        let node = unsafe { NonNull::new_unchecked(node) };
        Self { weak, node, action }
    }

    /// Whether the callback is still to run: false once the object is dead.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let image = Strong::new(Image);
    /// let watched = WeakRef::with_callback(&image, |_| ());
    /// assert!(watched.has_callback());
    /// drop(image);
    /// assert!(!watched.has_callback());
    /// ```
    pub fn has_callback(&self) -> bool {
        self.weak.is_alive()
    }

    /// Gives the handle up and leaves the callback registered.
    ///
    /// Dropping the handle takes the callback off, and so is what
    /// [`Finalizer::detach`](crate::Finalizer::detach) is to a finalizer, which stays registered without a handle.
    ///
    /// ```
    /// # use weakref::{Strong, WeakRef, WeakReferenceable};
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let (sender, deaths) = std::sync::mpsc::channel();
    /// let image = Strong::new(Image);
    /// WeakRef::with_callback(&image, move |_| sender.send(()).unwrap()).forget();
    /// drop(image);
    /// assert!(deaths.try_recv().is_ok());
    /// ```
    pub fn forget(self) {
        let this = ManuallyDrop::new(self);
        // SAFETY: 1, the table is the node's; 2, the handle's share ends here, with the handle.
        unsafe { (this.action.leave)(this.node.as_ptr()) };
    }
}

impl<T: ?Sized + WeakReferenceable> Drop for CallbackRef<T> {
    fn drop(&mut self) {
        let node = self.node.as_ptr();
        // SAFETY: a callback's, whose base it begins with; the handle's share keeps it.
        if unsafe { &*node.cast::<Base<T::Slot>>() }.is_last() {
            // SAFETY: 1, the table is the node's; 2, the handle's share ends here.
            return unsafe { (self.action.leave)(node) };
        }
        // SAFETY: 1, the node's weak unit holds the object's block until the node is freed.
        let locked = unsafe { Locked::new(raw::header(self.weak.handle())) };
        // SAFETY: 1, pushed when it was made, and unlinked here only; the handle's share keeps it.
        let unlinked = unsafe { locked.unlink(node) };
        drop(locked);
        let end = if unlinked {
            self.action.cancel
        } else {
            self.action.leave
        };
        // SAFETY: 1, the table is the node's; 2, unlinked, the list's share is ours too, and else only the handle's
        // ends here; 3, what a death did not take nobody has run (K1).
        unsafe { end(node) };
    }
}

impl<T: ?Sized + WeakReferenceable> Deref for CallbackRef<T> {
    type Target = WeakRef<T>;

    fn deref(&self) -> &WeakRef<T> {
        &self.weak
    }
}

impl<T: ?Sized + WeakReferenceable> AsRef<WeakRef<T>> for CallbackRef<T> {
    fn as_ref(&self) -> &WeakRef<T> {
        self
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for CallbackRef<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, "CallbackRef", core::ptr::from_ref(self).cast(), self)
    }
}

impl<T: ?Sized + WeakReferenceable> WeakReference for CallbackRef<T> {
    type Referent = T;

    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn upgrade(&self) -> Option<Strong<T>> {
        self.weak.upgrade()
    }

    fn id(&self) -> ObjectId {
        self.weak.id()
    }

    fn is_alive(&self) -> bool {
        self.weak.is_alive()
    }
}
