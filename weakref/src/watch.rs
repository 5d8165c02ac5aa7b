//! For authors of weak containers: learning in O(1) which entries died, and never being called.
//!
//! A container owns a [`Graveyard`] and keeps a [`Watched`] per entry. When a referent dies, a
//! notice goes to the graveyard before the value is dropped: no lock of the container is taken and
//! nothing of it is run or freed. The container takes the notices out when it likes and removes
//! their entries, which it finds by the token it chose.
//!
//! ```
//! use weakref::watch::Graveyard;
//! use weakref::{Strong, WeakReferenceable};
//!
//! #[derive(WeakReferenceable)]
//! struct Image;
//!
//! let mut graveyard = Graveyard::new();
//! let (a, b) = (Strong::new(Image), Strong::new(Image));
//! let entries = [graveyard.watch(&a, 1), graveyard.watch(&b, 2)];
//! assert_eq!(graveyard.dead(), 0);
//! drop(b);
//! assert_eq!(graveyard.dead(), 1);
//! let notice = graveyard.next_dead().unwrap();
//! assert_eq!((notice.token, notice.id), (2, entries[1].id()));
//! assert_eq!(graveyard.dead(), 0);
//! ```

use core::fmt;
use core::ptr::NonNull;

mod burial;
mod watched;

pub use crate::ending::{Panics, drop_first};
pub use crate::shard::{Bury, Group, Shard};
pub use burial::Burial;
pub use watched::Watched;

use crate::id::ObjectId;
use crate::list::{self, Drained, Grave, Locked, Registration, Waker};
use crate::raw;
use crate::referenceable::{MaybeSend, ThreadSafe, WeakReferenceable};
use crate::slot::Slot;
use crate::strong::Strong;
use crate::sync::{Bug, HALF, overflow, seeded};
use crate::weak::WeakRef;
use watched::Position;

/// Where the deaths of a container's referents are noted.
///
/// Passive ones ([`Graveyard::new`]) are only looked at; waking ones ([`Graveyard::waking`]) tell their
/// owner of each death after its callbacks.
///
/// A passive one allocates nothing before the first registration. A container drops its [`Watched`]s
/// first. When some outlive the graveyard, its block goes with the last of them; when one is forgotten,
/// or its referent dies after a passive graveyard has gone, the block is leaked, so that a late death
/// writes to nobody else's memory, and so is the slot of a referent that dies between the two.
pub struct Graveyard<S: Slot> {
    /// From a box; none before the first registration. Freed when no registration is left.
    grave: Option<NonNull<Grave<S>>>,
    /// Taken from the grave, not yet drained.
    pending: list::Notice<S>,
    /// Registrations that will leave the grave, or have left: all that were made, less the notices
    /// drained of a passive one, whose deaths do not leave, and less those that were buried.
    registered: usize,
}

// SAFETY: the shared block is made of atomics, a waker, whose weak reference is `Send` and hence `Sync`
// (`waking`), and the count of the drained; that is changed through `&mut` only, as `pending` and
// `registered` are, and a notice's berth is atomic. Asserted in tests/it/markers.rs.
unsafe impl<S: ThreadSafe> Send for Graveyard<S> {}
// SAFETY: `&Graveyard` reads atomics of the shared block, the count of the drained and the word of
// `pending`, no more. Asserted in tests/it/markers.rs.
unsafe impl<S: ThreadSafe> Sync for Graveyard<S> {}
impl<S: Slot> core::panic::UnwindSafe for Graveyard<S> {}
impl<S: Slot> core::panic::RefUnwindSafe for Graveyard<S> {}

/// The owner of a [waking graveyard](Graveyard::waking).
pub trait Wake: WeakReferenceable {
    /// A notice waits to be taken out. Called on the thread of a death, at the end of it, possibly by
    /// several threads at a time: should not wait long for anybody.
    fn wake(&self);

    /// An entry's referent has died, and its notice is about to be left: told before [`wake`](Self::wake), on the
    /// same thread. An owner that nobody uses at the moment may take the entry out now, by [`Graveyard::bury`]: then
    /// no notice is left, and it is not woken.
    ///
    /// By default it does nothing. May not wait for anybody, as `wake` should not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use weakref::watch::{Burial, Graveyard, Wake, Watched};
    /// use weakref::{Strong, SyncSlot, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Image;
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Gallery(Mutex<(Vec<Option<Watched<Image>>>, Graveyard<SyncSlot>)>);
    ///
    /// impl Wake for Gallery {
    ///     fn wake(&self) {
    ///         unreachable!("nobody else uses it");
    ///     }
    ///
    ///     fn bury(&self, burial: &mut Burial<'_>) {
    ///         let Ok(mut inside) = self.0.try_lock() else { return };
    ///         let (images, graveyard) = &mut *inside;
    ///         let place = &mut images[burial.notice().token as usize];
    ///         let image = place.take_if(|image| graveyard.bury(image, burial));
    ///         drop(inside);
    ///         drop(image);
    ///     }
    /// }
    ///
    /// let gallery = Strong::new_cyclic(|this| Gallery(Mutex::new((vec![], Graveyard::waking(this)))));
    /// let image = Strong::new(Image);
    /// {
    ///     let (images, graveyard) = &mut *gallery.0.lock().unwrap();
    ///     images.push(Some(graveyard.watch(&image, 0)));
    /// }
    /// drop(image);
    /// assert!(gallery.0.lock().unwrap().0[0].is_none());
    /// ```
    fn bury(&self, burial: &mut Burial<'_>) {
        let _ = burial;
    }

    /// What this is called when a panic of [`wake`](Self::wake) is reported: best by the types of its user.
    fn type_name(&self) -> &'static str {
        core::any::type_name::<Self>()
    }
}

/// The notice of a death.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The identity of the dead object. It is not used again while the entry's [`Watched`] exists.
    pub id: ObjectId,
    /// What the registration was made with.
    pub token: u64,
}

impl<S: Slot> Graveyard<S> {
    /// Makes one without registrations; allocates nothing.
    pub const fn new() -> Self {
        Self {
            grave: None,
            pending: list::Notice::none(),
            registered: 0,
        }
    }

    /// Makes one that wakes `owner` after each death it is told of: after the callbacks of the dead
    /// object, on the thread that dropped its last handle, when the notice can be taken out. Nothing
    /// happens if `owner` is dead by then.
    ///
    /// Nor does a death wake an owner that is still being made by [`Strong::new_cyclic`]: its notice
    /// stands until the owner looks, if only because a later death wakes it.
    ///
    /// A panic of [`Wake::wake`] or [`Wake::bury`] goes to the [unraisable hook](crate::set_unraisable_hook). After one of
    /// `bury` the notice is left, if its entry still stands, and the owner is woken.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use weakref::watch::{Graveyard, Wake, Watched};
    /// use weakref::{Strong, SyncSlot, WeakReferenceable};
    ///
    /// #[derive(WeakReferenceable)]
    /// struct Image;
    ///
    /// /// Holds the references to live images, and nothing of dead ones.
    /// #[derive(WeakReferenceable)]
    /// struct Gallery(Mutex<(Vec<Option<Watched<Image>>>, Graveyard<SyncSlot>)>);
    ///
    /// impl Wake for Gallery {
    ///     fn wake(&self) {
    ///         let (images, graveyard) = &mut *self.0.lock().unwrap();
    ///         while let Some(notice) = graveyard.next_dead() {
    ///             images[notice.token as usize] = None;
    ///         }
    ///     }
    /// }
    ///
    /// let gallery = Strong::new_cyclic(|this| Gallery(Mutex::new((vec![], Graveyard::waking(this)))));
    /// let image = Strong::new(Image);
    /// {
    ///     let (images, graveyard) = &mut *gallery.0.lock().unwrap();
    ///     images.push(Some(graveyard.watch(&image, 0)));
    /// }
    /// drop(image);
    /// assert!(gallery.0.lock().unwrap().0[0].is_none());
    /// ```
    pub fn waking<W>(owner: &WeakRef<W>) -> Self
    where
        W: ?Sized + Wake<Slot = S> + 'static,
        WeakRef<W>: MaybeSend<S>,
    {
        let waker = burial::waker(owner);
        Self {
            grave: Some(dug(Some(waker))),
            pending: list::Notice::none(),
            registered: 0,
        }
    }

    /// Registers on the object of `referent`, under a token of the caller's choice.
    ///
    /// # Complexity
    ///
    /// O(1). Allocates nothing for an object's first registration, and a node for further ones.
    ///
    /// # Panics
    ///
    /// Aborts the process when the object has 2²⁶ weak references.
    pub fn watch<T: ?Sized + WeakReferenceable<Slot = S>>(
        &mut self,
        referent: &Strong<T>,
        token: u64,
    ) -> Watched<T> {
        let grave = *self.grave.get_or_insert_with(|| dug(None));
        if self.registered > HALF {
            self.registered -= self.grave().map_or(0, Grave::forget_left);
            if self.registered > HALF {
                overflow();
            }
        }
        self.registered += 1;
        let header = referent.header();
        // SAFETY: 1, the header of an object that `referent` keeps alive.
        let locked = unsafe { Locked::enlist(header) };
        // SAFETY: 1, the header of the object that `referent` keeps alive.
        let handle = unsafe { raw::handle_of(referent.value(), header) };
        // SAFETY: 1, of this handle, with the unit just added.
        let weak = unsafe { WeakRef::from_handle(handle) };
        // SAFETY: 1, `referent` is alive, and the unit is `weak`'s; 2, counted in `registered` above.
        let inline = unsafe { locked.register(grave.as_ptr(), token) };
        drop(locked);
        let position = if inline {
            Position::inline(grave)
        } else {
            let node = Box::new(Registration::new(header, grave.as_ptr(), token));
            let node = NonNull::from(Box::leak(node));
            // SAFETY: 1, the header of an object that `referent` keeps alive.
            let locked = unsafe { Locked::new(header) };
            // SAFETY: 1, `referent` is alive; 2, new, for this header, and its unit is `weak`'s; it is
            // freed by `Watched::drop` after it was ended, or by who drains it; 3, counted in `registered`.
            unsafe { locked.push(node.as_ptr().cast()) };
            Position::node(node)
        };
        Watched::new(weak, position)
    }

    /// Ends the registration of `entry`, if `referent`, of which it is, has no other handle of any kind, weak ones,
    /// callbacks and entries of other containers included; says whether it has. Then `entry` is a weak reference as any
    /// other, and the death of `referent` leaves no notice of it.
    ///
    /// For containers that let go of what nobody else has: it takes no lock, and the death that follows tells nobody.
    ///
    /// # Examples
    ///
    /// ```
    /// # use weakref::{Strong, SyncSlot, WeakReferenceable};
    /// # use weakref::watch::Graveyard;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut graveyard = Graveyard::new();
    /// let mut image = Strong::new(Image);
    /// let mut entry = graveyard.watch(&image, 1);
    /// let other = image.clone();
    /// assert!(!graveyard.unwatch(&mut entry, &mut image));
    /// drop(other);
    /// assert!(graveyard.unwatch(&mut entry, &mut image));
    /// drop(image);
    /// assert!(!entry.is_alive() && !graveyard.has_notices());
    /// ```
    ///
    /// # Complexity
    ///
    /// O(1). Runs no user code.
    pub fn unwatch<T: ?Sized + WeakReferenceable<Slot = S>>(
        &mut self,
        entry: &mut Watched<T>,
        referent: &mut Strong<T>,
    ) -> bool {
        let header = referent.header();
        let is_inline = self
            .grave
            .is_some_and(|grave| entry.position.is_inline_of(grave));
        if !is_inline || raw::header(entry.weak.handle()) != header {
            return false;
        }
        // SAFETY: 1, the header of an object that `referent` keeps alive.
        let header = unsafe { raw::at(header) };
        if !header.counts.is_unique_but(1) && !seeded(Bug::UnwatchesShared) {
            return false;
        }
        // SAFETY: 1, no node is linked, since each comes with a weak unit (L1), of which `entry` has the only one; and
        // nobody else has a unit, and so reaches the header, as long as both are borrowed.
        unsafe { list::clear(header) };
        header.counts.unlist();
        entry.position = Position::ended();
        self.registered -= 1;
        true
    }

    /// The number of deaths whose entries still stand: dead, not yet taken out by
    /// [`Graveyard::next_dead`], and their [`Watched`] not dropped. Exact on the thread on which the
    /// deaths happen, from the instant the objects are dead.
    ///
    /// One of which the owner is being told, by [`Wake::bury`], may not be among them yet.
    #[inline]
    pub fn dead(&self) -> usize {
        self.grave().map_or(0, |grave| {
            // SAFETY: 1, drains have `&mut self`.
            unsafe { grave.dead() }
        })
    }

    /// Takes the notice of one death out, whose entry the caller then removes.
    ///
    /// # Complexity
    ///
    /// O(1), amortised over dropped entries.
    #[inline]
    pub fn next_dead(&mut self) -> Option<Notice> {
        // SAFETY: from a box, and not freed before its owner abandons it (Y1), which is `self`.
        let grave = unsafe { self.grave?.as_ref() };
        if self.pending.is_empty() && grave.is_empty() {
            return None;
        }
        self.drain(grave)
    }

    /// Whether a notice waits, possibly one whose entry is gone already.
    ///
    /// ```
    /// # use weakref::{Strong, SyncSlot, WeakReferenceable};
    /// # use weakref::watch::Graveyard;
    /// # #[derive(WeakReferenceable)]
    /// # struct Image;
    /// let mut graveyard = Graveyard::new();
    /// let image = Strong::new(Image);
    /// let _entry = graveyard.watch(&image, 1);
    /// assert!(!graveyard.has_notices());
    /// drop(image);
    /// assert!(graveyard.has_notices());
    /// ```
    #[inline]
    pub fn has_notices(&self) -> bool {
        !self.pending.is_empty() || self.grave().is_some_and(|grave| !grave.is_empty())
    }

    fn grave(&self) -> Option<&Grave<S>> {
        // SAFETY: from a box, and not freed before its owner abandons it (Y1), which is `self`.
        Some(unsafe { self.grave?.as_ref() })
    }

    fn drain(&mut self, grave: &Grave<S>) -> Option<Notice> {
        loop {
            // SAFETY: 1, `pending` is taken from this grave only, and `&mut self` has that alone.
            match unsafe { self.pending.drain(grave) } {
                Some(Drained::Dead(header, token)) => {
                    self.count_drained(grave);
                    return Some(Notice {
                        id: ObjectId::of(header),
                        token,
                    });
                }
                Some(Drained::Withdrawn(header, shape)) => {
                    self.count_drained(grave);
                    // SAFETY: 1, a drained notice's unit, of an object that died; 2, the shape that its
                    // `Watched` left in the token.
                    unsafe { raw::release_weak_erased(header, shape) };
                }
                None => {
                    self.pending = grave.take();
                    if self.pending.is_empty() {
                        return None;
                    }
                }
            }
        }
    }
}

impl<S: Slot> Graveyard<S> {
    /// Pretends to have so many registrations.
    #[cfg(all(test, not(any(loom, shuttle))))]
    pub(crate) fn pretend_registered(&mut self, registered: usize) {
        self.registered = registered;
    }

    fn count_drained(&mut self, grave: &Grave<S>) {
        if !grave.is_waking() {
            self.registered -= 1;
        }
    }
}

impl<S: Slot> Drop for Graveyard<S> {
    fn drop(&mut self) {
        let Some(grave) = self.grave else { return };
        while self.next_dead().is_some() {}
        // SAFETY: 1, `self` owns it, from a box, and ends here; 2, `registered` counts those that leave,
        // and those of a passive one that are not drained, which never do.
        unsafe { Grave::abandon(grave.as_ptr(), self.registered) };
    }
}

impl<S: Slot> Default for Graveyard<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Slot> fmt::Debug for Graveyard<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graveyard")
            .field("dead", &self.dead())
            .finish_non_exhaustive()
    }
}

fn dug<S: Slot>(waker: Option<Waker<S>>) -> NonNull<Grave<S>> {
    NonNull::from(Box::leak(Box::new(Grave::new(waker))))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::slot::{LocalSlot, SyncSlot};

    struct Plain;

    impl WeakReferenceable for Plain {
        type Slot = LocalSlot;
    }

    #[test]
    fn the_drained_are_taken_off_the_dead_in_time() {
        let mut graveyard = Graveyard::new();
        for drained in 1..=2 * list::DRAINED_AT_ONCE {
            let token = drained as u64;
            let strong = Strong::new(Plain);
            let entry = graveyard.watch(&strong, token);
            drop(strong);
            assert_eq!(graveyard.dead(), 1);
            let notice = graveyard.next_dead().expect("it has died");
            assert_eq!((notice.token, graveyard.dead()), (token, 0));
            drop(entry);
            let grave = graveyard.grave().expect("it watches");
            assert_eq!(grave.counted(), drained % list::DRAINED_AT_ONCE);
        }
    }

    struct Shared;

    impl WeakReferenceable for Shared {
        type Slot = SyncSlot;
    }

    /// One entry stands inline and one in a node. Each thread lets go at once of what it has: the graveyard too,
    /// if nothing can come to it any more.
    #[test]
    fn threads_die_withdraw_and_drain() {
        let rounds = if cfg!(miri) { 3 } else { 300 };
        for _ in 0..rounds {
            let mut graveyard = Graveyard::new();
            let strong = Strong::new(Shared);
            let mut entries = [0, 1].map(|token| Some(graveyard.watch(&strong, token)));
            let first = entries[0].take();
            let kept = std::thread::scope(|scope| {
                scope.spawn(move || drop(strong));
                scope.spawn(move || drop(first));
                let draining = scope.spawn(move || {
                    let mut drained = [false; 2];
                    for _ in 0..4 {
                        if let Some(notice) = graveyard.next_dead() {
                            let place = usize::from(notice.token != 0);
                            assert!(!drained[place], "drained twice");
                            drained[place] = true;
                            drop(entries[place].take());
                        }
                    }
                    drop(entries);
                    (drained != [true; 2]).then_some(graveyard)
                });
                draining.join().expect("it drains")
            });
            drop(kept);
        }
    }

    #[test]
    fn nobody_is_dead_before_the_first_registration() {
        assert_eq!(Graveyard::<LocalSlot>::new().dead(), 0);
    }

    #[test]
    fn registrations_may_be_more_than_a_word_counts() {
        let strong = Strong::new(Plain);
        let mut graveyard = Graveyard::new();
        let kept = graveyard.watch(&strong, 0);
        // As after so many more that have ended.
        let many = usize::MAX - 2;
        graveyard.grave().expect("it watches").pretend_left(many);
        graveyard.registered += many;
        for _ in 0..3 {
            drop(graveyard.watch(&strong, 1));
        }
        drop(strong);
        let notice = graveyard.next_dead().expect("it is still there");
        assert_eq!((notice.token, graveyard.dead()), (0, 0));
        assert_eq!(graveyard.registered, 3);
        drop((kept, graveyard));
    }
}
