//! Objects that wake tasks.

use core::mem::ManuallyDrop;
use core::task::{RawWaker, RawWakerVTable, Waker};

use crate::referenceable::WeakReferenceable;
use crate::slot::SyncSlot;
use crate::strong::Strong;

/// Wakes a task: as [`std::task::Wake`], for an object of a [`Strong`] in place of an `Arc`.
///
/// A `Waker` owns a handle of its object. So an executor may have weak references to its tasks, with callbacks, and
/// containers of them: a task dies with its last waker.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
/// use std::task::Waker;
/// use weakref::{Strong, WeakReferenceable, task::Wake};
///
/// #[derive(WeakReferenceable)]
/// struct Task(AtomicU32);
///
/// impl Wake for Task {
///     fn wake(this: Strong<Self>) {
///         this.0.fetch_add(1, Relaxed);
///     }
/// }
///
/// let task = Strong::new(Task(AtomicU32::new(0)));
/// let weak = Strong::downgrade(&task);
/// let waker = Waker::from(task);
/// waker.wake_by_ref();
/// assert_eq!(weak.with(|task| task.0.load(Relaxed)), Some(1));
/// waker.wake();
/// assert!(!weak.is_alive());
/// ```
pub trait Wake: WeakReferenceable<Slot = SyncSlot> + Send + Sync + Sized {
    /// Wakes this task.
    fn wake(this: Strong<Self>);

    /// Wakes this task without consuming the waker.
    fn wake_by_ref(this: &Strong<Self>) {
        Self::wake(this.clone());
    }
}

impl<W: Wake> From<Strong<W>> for Waker {
    /// Allocates nothing.
    fn from(task: Strong<W>) -> Self {
        let raw = raw_waker::<W>(Strong::into_raw(task));
        // SAFETY: the table's functions may be called on any thread, as a handle of a `W` may be (`Wake`); `clone` adds
        // a handle, `wake` and `drop` take theirs back, and `wake_by_ref` takes none.
        unsafe { Self::from_raw(raw) }
    }
}

/// One that owns the handle which `task` came from.
fn raw_waker<W: Wake>(task: *const W) -> RawWaker {
    RawWaker::new(
        task.cast(),
        &RawWakerVTable::new(clone::<W>, wake::<W>, wake_by_ref::<W>, drop_waker::<W>),
    )
}

/// # Safety
///
/// 1. `task` came from `Strong::<W>::into_raw`, and its handle is not taken back during the call.
unsafe fn clone<W: Wake>(task: *const ()) -> RawWaker {
    let task = task.cast::<W>();
    // SAFETY: 1, from `into_raw`, and its handle is there (1).
    unsafe { Strong::increment_strong_count(task) };
    raw_waker(task)
}

/// # Safety
///
/// 1. `task` came from `Strong::<W>::into_raw`, and its handle is taken back here.
unsafe fn wake<W: Wake>(task: *const ()) {
    // SAFETY: 1, from `into_raw`, and once (1).
    W::wake(unsafe { Strong::from_raw(task.cast()) });
}

/// # Safety
///
/// 1. `task` came from `Strong::<W>::into_raw`, and its handle is not taken back during the call.
unsafe fn wake_by_ref<W: Wake>(task: *const ()) {
    // SAFETY: 1, from `into_raw` (1); the unit stays the waker's, since this handle is not dropped.
    let task = ManuallyDrop::new(unsafe { Strong::from_raw(task.cast()) });
    W::wake_by_ref(&task);
}

/// # Safety
///
/// 1. `task` came from `Strong::<W>::into_raw`, and its handle is taken back here.
unsafe fn drop_waker<W: Wake>(task: *const ()) {
    // SAFETY: 1, from `into_raw`, and once (1).
    unsafe { Strong::decrement_strong_count(task.cast::<W>()) };
}
