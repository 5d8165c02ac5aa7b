//! Weak references to local objects that may travel.
//!
//! What travels is a number. The weak reference itself stays in a table of its thread, so that nobody else
//! ever touches the local counts, and nothing here is `unsafe`. A number that is dropped elsewhere is left
//! in a list that the thread looks at when it uses the table next, or ends with.

#![forbid(unsafe_code)]

use core::any::Any;
use core::cell::RefCell;
use core::fmt;
use core::marker::PhantomData;
use core::mem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::finalizer_safe::FinalizerSafe;
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::sync::raise;
use crate::weak::WeakRef;

/// A weak reference that any thread may hold, clone and drop, also to an object that stays on its thread.
/// Only there, at home, it can be upgraded.
///
/// For what a background thread reports to: it carries the reference along and hands it back to the
/// thread that owns the object.
///
/// Home is the thread that made it, not one that happens to get the same id later. When that thread ends, the
/// reference is dead. All clones count as one weak reference of the object. When the last is dropped elsewhere, it counts, as
/// [`Strong::get_mut`] and [`Strong::weak_count`] see it, until home next makes, upgrades or asks any `SendWeak`, or ends.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::sync::mpsc::channel;
/// use weakref::{LocalObject, SendWeak, Strong};
///
/// let progress = Strong::new(LocalObject(Cell::new(0)));
/// let (sender, reports) = channel();
/// let target = SendWeak::new(&progress);
/// let worker = std::thread::spawn(move || {
///     assert!(target.upgrade().is_none(), "not at home");
///     sender.send((target, 7)).unwrap();
/// });
/// worker.join().unwrap();
/// for (target, done) in reports {
///     target.upgrade().unwrap().set(done);
/// }
/// assert_eq!(progress.get(), 7);
/// ```
pub struct SendWeak<T: ?Sized + WeakReferenceable> {
    ticket: Arc<Ticket>,
    /// Invariant as a weak reference, and `Send` and `Sync` whatever `T` is.
    referent: PhantomData<fn(*const T) -> *const T>,
}

/// Stands for a reference that stayed on its own thread; dropped with its last clone.
struct Ticket {
    home: Arc<Home>,
    number: u64,
}

/// A thread as others see it.
struct Home {
    /// The numbers of references that were dropped on other threads, with room for all that the thread keeps; `None` once
    /// it has ended.
    returned: Mutex<Option<Vec<u64>>>,
}

impl Home {
    fn returned(&self) -> MutexGuard<'_, Option<Vec<u64>>> {
        self.returned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread's own references. The allocator may be code that uses references: it is called while nobody borrows them, nor
/// has what was returned locked.
struct Kept {
    home: Arc<Home>,
    next: u64,
    references: References,
}

/// Each a `WeakRef<T>`, whose drop runs no user code but the allocator's.
type References = HashMap<u64, Box<dyn Any>>;

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

impl Kept {
    fn new() -> Self {
        let returned = Mutex::new(Some(Vec::new()));
        Self {
            home: Arc::new(Home { returned }),
            next: 0,
            references: References::new(),
        }
    }

    /// Takes what `reference` holds, if there is room for it and for its return; else says how many there are.
    fn enter(&mut self, reference: &mut Option<Box<dyn Any>>) -> Result<Ticket, usize> {
        let len = self.references.len();
        let room = self.home.returned().as_ref().map_or(0, Vec::capacity);
        if len == self.references.capacity().min(room) {
            return Err(len);
        }
        let number = self.next;
        raise(&mut self.next);
        self.references
            .extend(reference.take().map(|reference| (number, reference)));
        let home = Arc::clone(&self.home);
        Ok(Ticket { home, number })
    }

    /// Moves to what has more room, and leaves there what it had.
    fn move_to(&mut self, references: &mut References, returned: &mut Vec<u64>) {
        if references.capacity() > self.references.capacity() {
            references.extend(self.references.drain());
            mem::swap(references, &mut self.references);
        }
        if let Some(old) = self.home.returned().as_mut() {
            if returned.capacity() > old.capacity() {
                returned.append(old);
                mem::swap(returned, old);
            }
        }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let returned = self.home.returned().take();
        // Unlocked, before the references, which then have nobody to return to.
        drop(returned);
    }
}

/// Keeps a reference on this thread; `None` while its thread-locals are destroyed.
fn keep(reference: Box<dyn Any>) -> Option<Ticket> {
    let is_new = KEPT.try_with(|kept| kept.borrow().is_none()).ok()?;
    if is_new {
        let mut new = Some(Kept::new());
        KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.is_none() {
                mem::swap(&mut *kept, &mut new);
            }
        })
        .ok()?;
    }
    drop_returned();
    let mut reference = Some(reference);
    loop {
        let with_kept =
            |kept: &RefCell<Option<Kept>>| Some(kept.borrow_mut().as_mut()?.enter(&mut reference));
        let len = match KEPT.try_with(with_kept).ok()?? {
            Ok(ticket) => return Some(ticket),
            Err(len) => len,
        };
        let size = (2 * len).max(4);
        let (mut references, mut returned) =
            (References::with_capacity(size), Vec::with_capacity(size));
        KEPT.try_with(|kept| {
            if let Some(kept) = kept.borrow_mut().as_mut() {
                kept.move_to(&mut references, &mut returned);
            }
        })
        .ok()?;
    }
}

/// Drops this thread's references whose tickets were dropped on other threads.
fn drop_returned() {
    let take_one = |kept: &RefCell<Option<Kept>>| {
        let mut kept = kept.try_borrow_mut().ok()?;
        let kept = kept.as_mut()?;
        let number = kept.home.returned().as_mut()?.pop()?;
        kept.references.remove(&number)
    };
    while let Ok(Some(reference)) = KEPT.try_with(take_one) {
        drop(reference);
    }
}

/// Calls `f` with the references of this thread, if `home` is this thread and its locals still exist.
fn at_home<R>(home: &Arc<Home>, f: impl FnOnce(&mut Kept) -> R) -> Option<R> {
    let call = |kept: &RefCell<Option<Kept>>| {
        let mut kept = kept.try_borrow_mut().ok()?;
        let kept = kept.as_mut()?;
        Arc::ptr_eq(&kept.home, home).then(|| f(kept))
    };
    KEPT.try_with(call).ok()?
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let removed = at_home(&self.home, |kept| kept.references.remove(&self.number));
        if removed.is_none() {
            if let Some(returned) = self.home.returned().as_mut() {
                // There is room for it: each stands for one that the thread keeps.
                returned.push(self.number);
            }
        }
    }
}

impl<T: ?Sized + WeakReferenceable + 'static> SendWeak<T> {
    /// Makes a reference whose home is this thread. While a thread's thread-locals are destroyed it is
    /// dead from the start.
    ///
    /// ```
    /// # use weakref::{LocalObject, SendWeak, Strong};
    /// let object = Strong::new(LocalObject(3));
    /// assert_eq!(SendWeak::new(&object).upgrade().unwrap().0, 3);
    /// ```
    pub fn new(strong: &Strong<T>) -> Self {
        Self::keep(Strong::downgrade(strong))
    }

    /// As [`SendWeak::new`], from a weak reference: also from that of an object under construction, which may keep one to
    /// itself.
    ///
    /// ```
    /// # use weakref::{SendWeak, Strong, WeakReferenceable};
    /// #[derive(WeakReferenceable)]
    /// #[weakref(local)]
    /// struct Download {
    ///     this: SendWeak<Download>,
    /// }
    ///
    /// let download = Strong::new_cyclic(|this| Download { this: SendWeak::from_reference(this) });
    /// assert!(Strong::ptr_eq(&download.this.upgrade().unwrap(), &download));
    /// ```
    pub fn from_reference(reference: &WeakRef<T>) -> Self {
        Self::keep(reference.clone())
    }

    /// The reference of a local object cannot leave the object's thread, so that this is its home.
    fn keep(reference: WeakRef<T>) -> Self {
        let ticket = keep(Box::new(reference)).unwrap_or_else(|| Ticket {
            home: Arc::new(Home {
                returned: Mutex::new(None),
            }),
            number: 0,
        });
        Self {
            ticket: Arc::new(ticket),
            referent: PhantomData,
        }
    }

    /// Makes a strong handle, if this is the thread that made the reference and the object is alive.
    ///
    /// ```
    /// # use weakref::{LocalObject, SendWeak, Strong};
    /// let object = Strong::new(LocalObject(3));
    /// let reference = SendWeak::new(&object);
    /// let elsewhere = reference.clone();
    /// let other = std::thread::spawn(move || elsewhere.upgrade().is_some());
    /// assert!(!other.join().unwrap());
    /// assert!(reference.upgrade().is_some());
    /// drop(object);
    /// assert!(reference.upgrade().is_none());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1): a look into a table of the thread, and one drop for each reference that came back.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    pub fn upgrade(&self) -> Option<Strong<T>> {
        drop_returned();
        let reference = at_home(&self.ticket.home, |kept| {
            let reference = kept.references.get(&self.ticket.number)?;
            reference.downcast_ref::<WeakRef<T>>().cloned()
        })??;
        reference.upgrade()
    }

    /// Whether this is the thread that made the reference.
    ///
    /// ```
    /// # use weakref::{LocalObject, SendWeak, Strong};
    /// let reference = SendWeak::new(&Strong::new(LocalObject(3)));
    /// assert!(reference.is_home());
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| assert!(!reference.is_home()));
    /// });
    /// ```
    pub fn is_home(&self) -> bool {
        drop_returned();
        at_home(&self.ticket.home, |_| ()).is_some()
    }
}

impl<T: ?Sized + WeakReferenceable> Clone for SendWeak<T> {
    fn clone(&self) -> Self {
        Self {
            ticket: Arc::clone(&self.ticket),
            referent: PhantomData,
        }
    }
}

impl<T: ?Sized + WeakReferenceable + 'static> From<&Strong<T>> for SendWeak<T> {
    fn from(strong: &Strong<T>) -> Self {
        Self::new(strong)
    }
}

impl<T: ?Sized + WeakReferenceable + 'static> From<&WeakRef<T>> for SendWeak<T> {
    fn from(reference: &WeakRef<T>) -> Self {
        Self::from_reference(reference)
    }
}

impl<T: ?Sized + WeakReferenceable> FinalizerSafe for SendWeak<T> {}

impl<T: ?Sized + WeakReferenceable + 'static> fmt::Debug for SendWeak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::id::ShortName(core::any::type_name::<T>());
        let place = if self.is_home() { "at home" } else { "abroad" };
        write!(f, "<SendWeak to {name}; {place}>")
    }
}
