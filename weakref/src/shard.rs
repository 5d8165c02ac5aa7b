//! The lock of shared containers, of which dying threads never wait.
//!
//! One word, `[ readers | WAITERS | PENDING | WRITER ]`:
//!
//! | invariant | |
//! |---|---|
//! | G1 | WRITER excludes readers, and whoever set it alone reaches what is inside mutably |
//! | G2 | PENDING was set by a read-modify-write after the notice was pushed, and whoever clears it holds WRITER and looks for notices afterwards |
//! | G3 | nobody leaves PENDING behind on a free lock, but who is on the way to take it again, who failed to take the dead out, and [`Shard::write_only`], whose caller settles later |
//! | G4 | WAITERS implies that somebody holds the lock, or has left as the last reader and is on the way to clear it: it is set by a waiter in one step with seeing that, and whoever clears it wakes all |
//! | G6 | a reader's unit may be that of a thread which added it to look, found somebody in its way, and is about to give it back: as any reader, it does then what was left to it |
//!
//! G5: what a chain of [`Call`]s names stands in calls of this thread that have not returned. `read`,
//! `read_many` and `burying` put their own on top, and take it off when they return or unwind, before the frame goes:
//! wherever it stands then, since calls on stacks of their own, as coroutines have them, return in any order.
//!
//! G7: a thread drops nothing that was buried while it reads a shard, of whatever group: the drop may change what is
//! read, or wait for who waits to change it. It leaves it to the outermost of its calls that read one ([`Call::owe`]),
//! which drops it when it has left.
//!
//! A notice is pushed before [`Shard::settle`]: by G2 and G3 it is buried by whoever is inside, when that
//! one leaves, or else by the caller. A death that finds the shard free leaves none: it takes its own entry out
//! ([`Shard::bury`], whose argument stands in `shard/bury.rs`).

mod bury;
mod call;
mod group;
mod many;

use core::cell::{Cell, UnsafeCell};
use core::fmt;
use core::mem::ManuallyDrop;
use core::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};

use self::call::{Call, READING};
pub use self::group::Group;
use crate::referenceable::ThreadSafe;
use crate::slot::{Flavour, Slot};
use crate::sync::{Bug, Word, order, park_until, seeded, wake};

/// How often a waiter looks before it parks. A shard is held for less time than parking takes, so it is usually free
/// after a moment, or once an interrupted holder has run.
#[cfg(not(any(loom, shuttle)))]
const SPINS: u32 = 3;
#[cfg(not(any(loom, shuttle)))]
const YIELDS: u32 = 7;

const WRITER: u64 = 1;
const PENDING: u64 = 1 << 1;
const WAITERS: u64 = 1 << 2;
const READER: u64 = 1 << 3;

/// What a [`Shard`] protects: a container that buries its dead.
pub trait Bury {
    /// The flavour of the container's members.
    type Slot: Slot;
    /// What is taken out together, to be dropped. A shard is made of what borrows nothing.
    type Entry;

    /// Takes out the entry of a dead member; `None` if there is none. Must not run user code: the shard is locked.
    /// The entry is dropped after it was unlocked, and when the thread reads no shard any more.
    ///
    /// A panic goes the way of one of an entry's drop, and the next who passes tries again. The panic hook runs while the
    /// shard is locked.
    fn take_dead(&mut self) -> Option<Self::Entry>;

    /// Whether a notice waits for [`take_dead`](Self::take_dead). Returning `false` lets the caller skip a second
    /// look. Must not run user code. A panic means yes.
    fn has_dead(&self) -> bool {
        true
    }

    /// The name of the entries in reports of a panic while one is dropped.
    fn type_name() -> &'static str {
        core::any::type_name::<Self>()
    }
}

/// A lock around a container that many threads use and that members die of at any time.
///
/// Dying threads never wait for it. A death takes its own entry out if nobody is inside ([`Shard::bury`]). Else it
/// leaves its notice, and [`Shard::settle`] buries if nobody is inside any more, and leaves that to whoever is inside
/// otherwise, who does so when leaving. Dead entries are dropped one by one while the lock is free: their drops
/// may use the shard. What dies in such a drop is buried within it, as any death, unless another thread is inside.
///
/// The lock of a container for types with a [`LocalSlot`](crate::LocalSlot) makes no atomic operation.
///
/// # Examples
///
/// A whole container on one is in the guide [`own_containers`](crate::guide::own_containers#the-same-for-threads).
pub struct Shard<T: Bury> {
    word: <T::Slot as Flavour>::Word,
    group: Group,
    #[cfg(loom)]
    accesses: loom::cell::UnsafeCell<()>,
    inside: UnsafeCell<T>,
}

// SAFETY: the lock gives `&mut T` to one thread at a time and `&T` to several, and any may drop what
// was taken out of it. Asserted in tests/it/markers.rs.
unsafe impl<T: Bury<Slot: ThreadSafe> + Send + Sync> Sync for Shard<T> where T::Entry: Send {}
// SAFETY: nothing of it is bound to a thread but `T`, which is `Send`. Asserted in tests/it/markers.rs.
unsafe impl<T: Bury<Slot: ThreadSafe> + Send> Send for Shard<T> where T::Entry: Send {}
impl<T: Bury> core::panic::UnwindSafe for Shard<T> {}
impl<T: Bury> core::panic::RefUnwindSafe for Shard<T> {}

/// `AcqRel`, or with a mistake only one of both, or none.
#[inline(always)]
fn both(releases: Bug, acquires: Bug) -> Ordering {
    if seeded(releases) {
        Release
    } else if seeded(acquires) {
        Acquire
    } else {
        order(AcqRel, Bug::RelaxedShard)
    }
}

impl<T: Bury> Shard<T> {
    /// Puts a lock around a container.
    pub fn new(inside: T, group: Group) -> Self
    where
        T::Entry: 'static,
    {
        Self {
            word: Word::new(0),
            group,
            #[cfg(loom)]
            accesses: loom::cell::UnsafeCell::new(()),
            inside: UnsafeCell::new(inside),
        }
    }

    /// Calls `read` with the container, beside other readers.
    ///
    /// `read` may run user code, which may read this and other shards. What is buried meanwhile by this thread is
    /// dropped when the outermost such call has left. A call of another thread may wait for this one, if a third wants to
    /// write: so `read` must not wait for that.
    ///
    /// # Panics
    ///
    /// Panics if `read` does; if called from within [`Shard::write`] on a shard of local types; and with
    /// the panic of a dead entry's drop, once all were dropped.
    #[inline]
    pub fn read<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.enter_shared();
        let reading = Call::new(self.group.0);
        reading.enter(&READING);
        let leave = Leave(|| {
            reading.leave(&READING);
            match reading.take_owed() {
                None => self.leave_shared(),
                Some(owed) => self.leave_owing(owed),
            }
        });
        // SAFETY: 1, the unit that was just added, which `leave` gives back after that.
        let result = read(unsafe { self.inside() });
        // Dropped here, so that a panic in a burial drops the result.
        drop(leave);
        result
    }

    /// As [`Shard::read`], where no user code runs: the thread leaves no trace of reading, which only that could
    /// look for.
    ///
    /// `look` must not use a shard of this group, nor drop what may. That is not refused, and breaks nothing that is
    /// inside, since the lock counts this reader as any other: but to change this shard waits for itself, or panics
    /// with local types, and to read it may wait for a writer that waits for this reader.
    ///
    /// # Panics
    ///
    /// As [`Shard::read`].
    #[inline]
    pub fn look<R>(&self, look: impl FnOnce(&T) -> R) -> R {
        self.enter_shared();
        let leave = Leave(|| self.leave_shared());
        // SAFETY: 1, the unit that was just added, which `leave` gives back after that.
        let result = look(unsafe { self.inside() });
        // As in `read`.
        drop(leave);
        result
    }

    /// What is inside, for a reader.
    ///
    /// # Safety
    ///
    /// 1. The caller holds a reader's unit, and gives it back after the last use.
    #[inline]
    unsafe fn inside(&self) -> &T {
        #[cfg(loom)]
        self.accesses.with(|_| ());
        // SAFETY: no writer is inside (G1), and none enters before the unit is given back (1).
        unsafe { &*self.inside.get() }
    }

    /// Calls `write` with the container, alone.
    ///
    /// `write` must not run user code and not use the shard: it would wait for itself.
    ///
    /// # Panics
    ///
    /// Panics if `write` does; if the thread is reading a shard of the same group, for which it would wait
    /// for ever; and as [`Shard::read`].
    #[inline]
    pub fn write<R>(&self, write: impl FnOnce(&mut T) -> R) -> R {
        self.refuse_within_read();
        self.enter_alone();
        let mut alone = Alone(self);
        let result = write(alone.inside());
        // As in `read`.
        drop(alone);
        result
    }

    /// Calls `write` as [`Shard::write`], but drops nothing that has died: that is left to the next who passes, and
    /// the caller owes a [`Shard::settle`].
    ///
    /// For who has begun something that the drop of a dead entry may ask for.
    ///
    /// # Panics
    ///
    /// Panics if `write` does, and if the thread is reading a shard of the same group.
    #[inline]
    pub fn write_only<R>(&self, write: impl FnOnce(&mut T) -> R) -> R {
        self.refuse_within_read();
        self.enter_alone();
        let mut alone = Alone(self);
        let result = write(alone.inside());
        alone.leave(0);
        result
    }

    /// For what waits until another thread has written to a shard of this group.
    ///
    /// # Panics
    ///
    /// Panics if the thread is reading a shard of the group: the other would wait for it.
    #[inline]
    pub fn refuse_within_read(&self) {
        if !READING.with(Cell::get).is_null() {
            self.refuse_to_wait_for_oneself();
        }
    }

    /// Whether the thread is reading a shard of this group, so that [`Shard::write`] would panic.
    #[must_use]
    pub fn is_read_here(&self) -> bool {
        Call::is_in(&READING, self.group.0)
    }

    /// Buries what has died, or leaves it to whoever is inside.
    ///
    /// Called after a notice was left. Waits for nobody.
    pub fn settle(&self) {
        self.settle_each(&mut |_| ());
    }

    /// As [`Shard::settle`], and shows each entry that this call takes out to `each`, before it is dropped.
    ///
    /// Not what it leaves to whoever is inside. `each` is called while the shard is free; a panic of it is as one of
    /// the entry's drop.
    ///
    /// # Examples
    ///
    /// ```
    /// use weakref::watch::{Bury, Group, Shard};
    /// use weakref::SyncSlot;
    ///
    /// struct Names {
    ///     dead: Vec<String>,
    /// }
    ///
    /// impl Bury for Names {
    ///     type Slot = SyncSlot;
    ///     type Entry = String;
    ///
    ///     fn take_dead(&mut self) -> Option<String> {
    ///         self.dead.pop()
    ///     }
    /// }
    ///
    /// let names = Names { dead: vec!["rose".to_owned(), "lily".to_owned()] };
    /// let shard = Shard::new(names, Group::new());
    /// let mut buried = 0;
    /// shard.settle_each(&mut |_| buried += 1);
    /// assert_eq!(buried, 2);
    /// ```
    pub fn settle_each(&self, each: &mut dyn FnMut(&T::Entry)) {
        let mut word = self.word.load(Relaxed);
        loop {
            let held = word & WRITER != 0 || word >= READER;
            let new = if !held {
                (word & !PENDING) | WRITER
            } else if seeded(Bug::LookBeforeFlag) && word & PENDING != 0 {
                return;
            } else {
                // Written even if it is set already: a load would not order the notice before what the holder does
                // next.
                word | PENDING
            };
            // Release: the notice comes before whoever clears PENDING. Acquire: as in `enter`.
            match self.word.compare_exchange(
                word,
                new,
                both(Bug::SettleReleases, Bug::SettleAcquires),
                Relaxed,
            ) {
                Ok(_) if held => return,
                Ok(_) => return Alone(self).bury(each),
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    fn enter_alone(&self) {
        if self.try_enter(WRITER, false).is_err() {
            self.wait(WRITER, false);
        }
    }

    /// Adds a reader's unit first and checks afterwards, because usually nobody is in the way.
    #[inline]
    fn enter_shared(&self) {
        // Acquire: pairs with the Release of those who left.
        let old = self
            .word
            .fetch_add(READER, order(Acquire, Bug::RelaxedAddition));
        if old & (WRITER | WAITERS) != 0 {
            self.enter_shared_slowly(old);
        }
    }

    /// Continues for a reader that added its unit to `old` and found somebody in the way.
    #[cold]
    fn enter_shared_slowly(&self, old: u64) {
        // A thread that reads already must not wait for a writer, which may wait for that read.
        let polite = READING.with(Cell::get).is_null();
        if old & WRITER == 0 && !polite {
            return;
        }
        if !polite || seeded(Bug::StepsBackBlindly) {
            // Work that was left to this unit is done when the thread comes back. It must not bury now, since it
            // reads; and only a writer can keep it from coming back.
            self.word.fetch_sub(READER, Release);
        } else {
            // Work that was left to this unit is done as by any reader that leaves (G6).
            self.leave_shared();
        }
        self.wait(READER, polite);
    }

    /// Adds `unit`, WRITER or READER; if somebody is in the way, returns the word instead. A polite reader lets
    /// writers go first.
    #[inline]
    fn try_enter(&self, unit: u64, polite: bool) -> Result<(), u64> {
        let obstacles = match unit {
            WRITER => !(PENDING | WAITERS),
            _ if polite => WRITER | WAITERS,
            _ => WRITER,
        };
        let mut word = self.word.load(Relaxed);
        while word & obstacles == 0 {
            // Acquire: pairs with the Release of those who left.
            match self.word.compare_exchange(
                word,
                word + unit,
                order(Acquire, Bug::RelaxedEnter),
                Relaxed,
            ) {
                Ok(_) => return Ok(()),
                Err(now) => word = now,
            }
        }
        Err(word)
    }

    #[cold]
    fn wait(&self, unit: u64, polite: bool) {
        assert!(
            T::Slot::SHARED,
            "weakref: a shared container of local types was used from within its own lock"
        );
        #[cfg(not(any(loom, shuttle)))]
        for round in 0..SPINS + YIELDS {
            if round < SPINS {
                (0..2_u32 << round).for_each(|_| core::hint::spin_loop());
            } else {
                std::thread::yield_now();
            }
            if self.try_enter(unit, polite).is_ok() {
                return;
            }
        }
        park_until(self.key(), || {
            loop {
                let Err(word) = self.try_enter(unit, polite) else {
                    return true;
                };
                // Relaxed: only the thread that wakes needs to see it.
                let flagged = self
                    .word
                    .compare_exchange(word, word | WAITERS, Relaxed, Relaxed);
                if flagged.is_ok() {
                    return false;
                }
            }
        });
    }

    fn key(&self) -> usize {
        // The address of the word, not of the shard: a shard inside this one may begin at the same address.
        core::ptr::from_ref(&self.word).addr()
    }

    #[cold]
    fn refuse_to_wait_for_oneself(&self) {
        assert!(
            !self.is_read_here(),
            "weakref: a shared container was changed while it compared its keys: by their own `Eq`"
        );
    }

    #[inline]
    fn leave_shared(&self) {
        if self.give_unit_back() {
            self.leave_last();
        }
    }

    /// Whether [`Self::leave_last`] is the caller's to call.
    #[inline]
    fn give_unit_back(&self) -> bool {
        // Release: the reads come before the next writer. A burial acquires in `lock_pending`.
        let release = order(order(Release, Bug::RelaxedShard), Bug::RelaxedReader);
        let old = self.word.fetch_sub(READER, release);
        // A writer does what it finds to do, and so does another reader.
        old & (PENDING | WAITERS) != 0 && old < READER << 1 && old & WRITER == 0
    }

    /// Called when the last reader has left, and a burial or a thread waits. Whoever has entered since does this
    /// instead.
    #[cold]
    fn leave_last(&self) {
        if let Some(alone) = self.lock_pending() {
            return alone.bury(&mut |_| ());
        }
        self.let_waiters_in();
    }

    /// Wakes threads that wait to enter, unless somebody is inside, who will do it (G4). Runs no user code.
    fn let_waiters_in(&self) {
        let mut word = self.word.load(Relaxed);
        while word & WAITERS != 0 && word & WRITER == 0 && word < READER {
            // Relaxed: as where it was set.
            match self
                .word
                .compare_exchange(word, word & !WAITERS, Relaxed, Relaxed)
            {
                Ok(_) => return self.wake_if(word),
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    fn wake_if(&self, word: u64) {
        if word & WAITERS != 0 && !seeded(Bug::NoWakeOfShard) {
            wake(self.key());
        }
    }

    /// Takes WRITER and clears PENDING; `None` if somebody inside will do that or has done it.
    fn lock_pending(&self) -> Option<Alone<'_, T>> {
        let mut word = self.word.load(Relaxed);
        while word & PENDING != 0 && word & WRITER == 0 && word < READER {
            // Acquire: as in `enter`.
            match self.word.compare_exchange(
                word,
                (word & !PENDING) | WRITER,
                order(Acquire, Bug::RelaxedBurial),
                Relaxed,
            ) {
                Ok(_) => return Some(Alone(self)),
                Err(now) => word = now,
            }
        }
        None
    }
}

/// Proof that its owner holds WRITER, and so is alone inside. Made in the step that sets WRITER, and used up in the
/// step that clears it.
struct Alone<'s, T: Bury>(&'s Shard<T>);

impl<T: Bury> Drop for Alone<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if !self.release() {
            Alone(self.0).bury(&mut |_| ());
        }
    }
}

impl<T: Bury> Alone<'_, T> {
    fn inside(&mut self) -> &mut T {
        #[cfg(loom)]
        self.0.accesses.with_mut(|_| ());
        // SAFETY: nobody else is inside (G1), nor enters before WRITER is given up, after the borrow.
        unsafe { &mut *self.0.inside.get() }
    }

    /// Gives WRITER up, unless something is pending. Then PENDING is cleared instead, and the caller must do the
    /// work.
    #[inline]
    fn unlock(self) -> Result<(), Self> {
        let mut this = ManuallyDrop::new(self);
        if this.release() {
            Ok(())
        } else {
            Err(ManuallyDrop::into_inner(this))
        }
    }

    /// As [`Self::unlock`]: after true it must not be used.
    #[inline]
    fn release(&mut self) -> bool {
        let shard = self.0;
        let mut word = shard.word.load(Relaxed);
        loop {
            let buries = word & PENDING != 0 && !seeded(Bug::PendingForgotten);
            let new = if buries {
                word & !PENDING
            } else {
                word & !(WRITER | WAITERS)
            };
            // Release: pairs with the Acquire of `enter`. Acquire: pairs with the Release of `settle`.
            match shard.word.compare_exchange(
                word,
                new,
                both(Bug::WriterReleases, Bug::WriterAcquires),
                Relaxed,
            ) {
                Ok(_) if buries => return false,
                Ok(_) => {
                    shard.wake_if(word);
                    return true;
                }
                Err(now) => word = now,
            }
        }
    }

    /// Gives WRITER up and sets PENDING: there may be more to bury.
    fn unlock_pending(self) {
        self.leave(if seeded(Bug::BuriesOne) { 0 } else { PENDING });
    }

    /// Gives WRITER up, adds `pending`, and leaves PENDING if it is set.
    fn leave(self, pending: u64) {
        let shard = ManuallyDrop::new(self).0;
        let mut word = shard.word.load(Relaxed);
        // Release: as in `release`.
        while let Err(now) = shard.word.compare_exchange(
            word,
            (word & !(WRITER | WAITERS)) | pending,
            both(Bug::BurierReleases, Bug::BurierAcquires),
            Relaxed,
        ) {
            word = now;
        }
        shard.wake_if(word);
    }
}

impl<T: Bury> fmt::Debug for Shard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is inside would have to be waited for.
        f.debug_struct("Shard")
            .field("group", &self.group)
            .finish_non_exhaustive()
    }
}

/// Calls a closure at the end of a scope, even when it unwinds.
struct Leave<F: FnMut()>(F);

impl<F: FnMut()> Drop for Leave<F> {
    #[inline]
    fn drop(&mut self) {
        (self.0)();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
