//! An entry's reference to its referent, and where its registration stands.

use core::fmt;
use core::marker::PhantomData;
use core::mem::ManuallyDrop;
use core::ops::Deref;
use core::ptr::NonNull;

#[cfg(doc)]
use super::Graveyard;
use crate::list::{self, Grave, Locked, Registration, Standing};
use crate::raw;
use crate::referenceable::{ThreadSafe, WeakReferenceable};
use crate::slot::Slot;
use crate::sync::{Bug, free, seeded};
use crate::weak::WeakRef;

/// Where a registration stands: inline with its graveyard, or in a node.
pub(super) struct Position<S: Slot>(NonNull<()>, PhantomData<*mut Grave<S>>);

const IN_NODE: usize = 1;
/// The address of a position that is nowhere.
const ENDED: usize = 2;

impl<S: Slot> Position<S> {
    /// Of a registration that has ended before its `Watched`.
    pub(super) fn ended() -> Self {
        const NOWHERE: NonNull<()> =
            NonNull::new(core::ptr::without_provenance_mut(ENDED)).expect("it is not null");
        Self(NOWHERE, PhantomData)
    }

    #[inline]
    pub(super) fn is_ended(&self) -> bool {
        self.0.as_ptr().addr() == ENDED
    }

    pub(super) fn is_inline_of(&self, grave: NonNull<Grave<S>>) -> bool {
        self.0 == grave.cast()
    }

    pub(super) fn inline(grave: NonNull<Grave<S>>) -> Self {
        Self(grave.cast(), PhantomData)
    }

    pub(super) fn node(node: NonNull<Registration<S>>) -> Self {
        Self(node.cast().map_addr(|addr| addr | IN_NODE), PhantomData)
    }

    /// The node, or null, and the graveyard.
    ///
    /// # Safety
    ///
    /// 1. The registration has not ended, so that its node, if it has one, is not freed.
    pub(super) unsafe fn get(&self) -> (*mut Registration<S>, *mut Grave<S>) {
        let place = self.0.as_ptr();
        if place.addr() & IN_NODE == 0 {
            return (core::ptr::null_mut(), place.cast());
        }
        let node: *mut Registration<S> = place.map_addr(|addr| addr & !IN_NODE).cast();
        // SAFETY: made by `node`, from a box, and not freed (1).
        (node, unsafe { (*node).grave })
    }
}

/// A weak reference with a registration in a [`Graveyard`]. Derefs to [`WeakRef`].
///
/// Dropping it unregisters, in O(1): before the death at once; after it, its notice is withdrawn.
/// Neither allocates nor runs user code. Forgetting it leaks its slot and nothing else.
pub struct Watched<T: ?Sized + WeakReferenceable> {
    /// Its unit goes to the notice when the death came first.
    pub(super) weak: ManuallyDrop<WeakRef<T>>,
    pub(super) position: Position<T::Slot>,
}

// SAFETY: as for `WeakRef`; what the position points at is changed under the slot's lock, or atomic.
// Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Send for Watched<T> {}
// SAFETY: `&Watched` gives a `&WeakRef`, which is `Sync`, and no more. Asserted in tests/it/markers.rs.
unsafe impl<T: ?Sized + WeakReferenceable<Slot: ThreadSafe> + Send + Sync> Sync for Watched<T> {}
impl<T: ?Sized + WeakReferenceable> Unpin for Watched<T> {}
impl<T: ?Sized + WeakReferenceable + core::panic::RefUnwindSafe> core::panic::UnwindSafe
    for Watched<T>
{
}
impl<T: ?Sized + WeakReferenceable + core::panic::RefUnwindSafe> core::panic::RefUnwindSafe
    for Watched<T>
{
}

impl<T: ?Sized + WeakReferenceable> Watched<T> {
    /// Of a registration that was just made there. The unit of `weak` is that of the registration.
    pub(super) fn new(weak: WeakRef<T>, position: Position<T::Slot>) -> Self {
        Self {
            weak: ManuallyDrop::new(weak),
            position,
        }
    }

    /// Whether the referent is dead, and nothing else refers to it: then it stands in no other entry of any container.
    ///
    /// Once true, it stays so until this is cloned. False tells nothing: the thread of the death may not be done with it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, SyncSlot, WeakReferenceable};
    /// # use weakref::watch::Graveyard;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut graveyard = Graveyard::new();
    /// let image = Strong::new(Image);
    /// let entries = [graveyard.watch(&image, 1), graveyard.watch(&image, 1)];
    /// drop(image);
    /// let [first, second] = entries;
    /// assert!(!first.is_last());
    /// while graveyard.next_dead().is_some() {}
    /// drop(second);
    /// assert!(first.is_last());
    /// ```
    #[inline]
    pub fn is_last(&self) -> bool {
        let header = raw::header(self.weak.handle());
        // SAFETY: 1, the header of an object, whose block our weak unit holds.
        unsafe { raw::at(header) }.counts.is_last_weak()
    }

    /// Ends the registration under the lock.
    ///
    /// # Safety
    ///
    /// 1. `node` and `grave` are where it stands, and it has not ended.
    unsafe fn end(&self, node: *mut Registration<T::Slot>, grave: *mut Grave<T::Slot>) -> Standing {
        let handle = self.weak.handle();
        let header = raw::header(handle);
        // SAFETY: 1, the header of an object, whose block our weak unit holds.
        let separate = unsafe { raw::at(header) }.counts.is_separate();
        // SAFETY: 1, our weak unit holds the block, and with it a colocated value's place; `separate` is
        // what the counts say; 2, `watch` was given a strong handle.
        let shape = unsafe { raw::shape_of_handle(handle, separate) };
        // SAFETY: 1, our weak unit is held until the lock is free, or goes to the notice, which is then
        // drained under the lock.
        let locked = unsafe { Locked::new(header) };
        // SAFETY: 1, registered here with this graveyard, and not ended (1); 2, the referent's, read above.
        unsafe { locked.end(node, grave, shape) }
    }
}

impl<T: ?Sized + WeakReferenceable> Drop for Watched<T> {
    fn drop(&mut self) {
        if self.position.is_ended() {
            // SAFETY: the unit is still ours, and `self` is not used again.
            return unsafe { ManuallyDrop::drop(&mut self.weak) };
        }
        let handle = self.weak.handle();
        // SAFETY: 1, it ends below.
        let (node, grave) = unsafe { self.position.get() };
        // SAFETY: 1, registered there by `watch`, and ended below only; it is this one's.
        let standing = if unsafe { list::is_drained(raw::header(handle), node) } {
            Standing::Drained
        } else {
            // SAFETY: 1, registered there with this graveyard by `watch`, and ended here only.
            unsafe { self.end(node, grave) }
        };
        if standing == Standing::Registered {
            // SAFETY: 1, it ended before its referent died, so no death leaves for it.
            unsafe { Grave::leave(grave) };
        }
        if standing == Standing::Withdrawn && !seeded(Bug::UnitNotMoved) {
            return;
        }
        if !node.is_null() {
            // SAFETY: 1, from a box; unlinked, or drained (Y4): nobody else finds it, or touches it, any more.
            unsafe { free(node) };
        }
        // SAFETY: the unit is still ours, and `self` is not used again.
        unsafe { ManuallyDrop::drop(&mut self.weak) };
    }
}

impl<T: ?Sized + WeakReferenceable> Deref for Watched<T> {
    type Target = WeakRef<T>;

    #[inline]
    fn deref(&self) -> &WeakRef<T> {
        &self.weak
    }
}

impl<T: ?Sized + WeakReferenceable> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::weak::describe(f, "Watched", core::ptr::from_ref(self).cast(), self)
    }
}
