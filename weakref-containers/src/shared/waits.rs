//! Which constructions wait for which, so that a cycle of them is refused instead of hanging.
//!
//! What counts is whose code runs, not on which thread: a construction may go on on another one. Calls from
//! outside of any construction leave no trace here.
//!
//! A call that blocks its thread keeps all from going on whose code is further out on its stack, also those of which it
//! is no part: so all of them wait.
//!
//! Under the locks nothing is allocated or freed: the list is in [`room`](super::room).

use core::cell::RefCell;
use core::marker::PhantomData;
use core::mem::{self, ManuallyDrop};
use core::ptr;
#[cfg(feature = "async")]
use core::slice;
use core::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::room::{Full, Room};
use crate::sync::{AtomicBool, Mutex, MutexGuard, global, per_thread};

/// What other constructions see of one, whatever it makes.
pub(super) struct Status {
    /// Cleared before the waiters are woken.
    is_running: AtomicBool,
    /// The constructions that wait for it.
    waiters: Mutex<Vec<Waiter>>,
    /// While code of none polls it: the next construction further out on that stack.
    outer: Mutex<Context>,
    /// Whether the look for a cycle that holds `LOOKING` has come by.
    is_seen: AtomicBool,
}

struct Waiter {
    construction: Arc<Status>,
    until: Until,
}

/// How long a construction waits for another.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Until {
    /// Until all know its value, or that there is none.
    Ended,
    /// Until its code has returned: the waiting construction began it. For all others it ends earlier if somebody
    /// inserts a value.
    Returned,
}

type Context = Option<Arc<Status>>;

/// Where a thread is.
struct Place {
    /// The innermost construction on the stack.
    innermost: Context,
    /// Whether what runs is code of none.
    is_left: bool,
}

impl Place {
    const NOWHERE: Self = Self {
        innermost: None,
        is_left: false,
    };
}

per_thread! {
    /// It has no destructor, so it works while the thread's other locals are destroyed; whoever stores something here
    /// takes it out again.
    static PLACE: RefCell<ManuallyDrop<Place>> = RefCell::new(ManuallyDrop::new(Place::NOWHERE));
}

global! {
    /// Held from the check whether a wait would close a cycle until everybody can see the wait.
    static LOOKING: Mutex<()> = Mutex::new(());
}

impl Status {
    pub(super) fn new() -> Self {
        Self {
            is_running: AtomicBool::new(true),
            waiters: Mutex::new(Vec::new()),
            outer: Mutex::new(None),
            is_seen: AtomicBool::new(false),
        }
    }

    /// Marks the construction as ended, before its end is visible: a thread that is about to wait must not take it
    /// for part of a cycle.
    pub(super) fn end(&self) {
        // Relaxed, like all accesses to it: it orders nothing.
        self.is_running.store(false, Ordering::Relaxed);
    }

    fn keeps_waiting(&self, until: Until) -> bool {
        until == Until::Returned || self.is_running.load(Ordering::Relaxed)
    }

    fn further_out(&self) -> Context {
        lock(&self.outer).clone()
    }

    fn is_seen(&self) -> bool {
        self.is_seen.load(Ordering::Relaxed)
    }

    fn mark(&self, is_seen: bool) {
        // Relaxed, as the lock orders it.
        self.is_seen.store(is_seen, Ordering::Relaxed);
    }

    /// Whether this construction waits for one of those in `waiting`, directly or through others, which are added
    /// there: an error if there is no room. The caller holds `LOOKING`.
    fn waits_for(&self, waiting: &mut Vec<Arc<Self>>) -> Result<bool, TooFew> {
        mark_all(waiting, true);
        let found = self.find_in(waiting);
        mark_all(waiting, false);
        found
    }

    fn find_in(&self, waiting: &mut Vec<Arc<Self>>) -> Result<bool, TooFew> {
        let mut next = 0;
        while let Some(status) = waiting.get(next).cloned() {
            if ptr::eq(Arc::as_ptr(&status), self) {
                return Ok(true);
            }
            next += 1;
            for waiter in &*lock(&status.waiters) {
                if !status.keeps_waiting(waiter.until) || waiter.construction.is_seen() {
                    continue;
                }
                if waiting.len() == waiting.capacity() {
                    return Err(TooFew);
                }
                waiter.construction.mark(true);
                waiting.push(Arc::clone(&waiter.construction));
            }
        }
        Ok(false)
    }
}

fn mark_all(all: &[Arc<Status>], is_seen: bool) {
    for status in all {
        status.mark(is_seen);
    }
}

/// From here on, this construction is polled on this thread.
#[cfg(feature = "async")]
pub(super) fn enter(construction: &Arc<Status>) -> Entered<'_> {
    let outer = switch(Place {
        innermost: Some(Arc::clone(construction)),
        is_left: false,
    });
    // Where code of that one polls it, that one waits for it anyway.
    if let Some(further) = outer.innermost.as_ref().filter(|_| outer.is_left) {
        let stale = lock(&construction.outer).replace(Arc::clone(further));
        drop(stale);
    }
    Entered {
        construction: Some(construction),
        outer,
        thread: PhantomData,
    }
}

/// From here on, what runs on this thread is code of no construction.
pub(super) fn leave() -> Entered<'static> {
    let place = Place {
        innermost: innermost(),
        is_left: true,
    };
    Entered {
        construction: None,
        outer: switch(place),
        thread: PhantomData,
    }
}

fn switch(place: Place) -> Place {
    let before = PLACE.with(|here| here.replace(ManuallyDrop::new(place)));
    ManuallyDrop::into_inner(before)
}

fn innermost() -> Context {
    PLACE.with(|place| place.borrow().innermost.clone())
}

/// The construction whose code runs.
fn context() -> Context {
    PLACE.with(|place| {
        let place = place.borrow();
        place.innermost.clone().filter(|_| !place.is_left)
    })
}

/// All whose code is on this stack, from the innermost on. Not those that wait for the last one anyway.
fn all_here() -> Vec<Arc<Status>> {
    let mut all = Vec::new();
    let mut next = innermost();
    // Each once, also if they were left out of turn, as by coroutines.
    while let Some(status) = next.filter(|status| !all.iter().any(|one| Arc::ptr_eq(one, status))) {
        next = status.further_out();
        all.push(status);
    }
    all
}

/// While this exists, the thread runs a construction's code, or code of none.
#[must_use]
pub(super) struct Entered<'a> {
    construction: Option<&'a Arc<Status>>,
    outer: Place,
    thread: PhantomData<*const ()>,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(construction) = self.construction.filter(|_| self.outer.innermost.is_some()) {
            let further = lock(&construction.outer).take();
            drop(further);
        }
        drop(switch(mem::replace(&mut self.outer, Place::NOWHERE)));
    }
}

/// While this exists, a construction waits for another.
pub(super) struct Waiting {
    until: Until,
    /// None if the waiting code belongs to no construction.
    noted: Option<Noted>,
}

struct Noted {
    waiter: Arc<Status>,
    status: Arc<Status>,
}

impl Waiting {
    /// A wait that has not begun.
    pub(super) fn new(until: Until) -> Self {
        Self { until, noted: None }
    }

    /// The code that begins a construction waits for it. The construction is new, so this closes no cycle.
    pub(super) fn begin(status: &Arc<Status>) -> Self {
        let mut waiting = Self::new(Until::Returned);
        if let Some(waiter) = context() {
            // Nobody else has it, who could ask for the lock.
            lock(&status.waiters).push(Waiter {
                construction: Arc::clone(&waiter),
                until: waiting.until,
            });
            waiting.noted = Some(Noted {
                waiter,
                status: Arc::clone(status),
            });
        }
        waiting
    }

    /// Makes the construction whose code runs on this thread the one that waits.
    ///
    /// Panics if that would close a cycle.
    #[cfg(feature = "async")]
    #[track_caller]
    pub(super) fn here(&mut self, status: &Arc<Status>) {
        self.change(status, |waiter, until| {
            if !note(waiter, status, until) {
                refuse_cycle();
            }
        });
    }

    /// As [`Self::here`], of a wait for the drop of a future, which may itself wait for this construction, and is about to
    /// give that up. So it is noted though it closes a cycle.
    #[cfg(feature = "async")]
    pub(super) fn here_for_drop(&mut self, status: &Arc<Status>) {
        self.change(status, |waiter, until| note_unasked(waiter, status, until));
    }

    #[cfg(feature = "async")]
    #[track_caller]
    fn change(&mut self, status: &Arc<Status>, note: impl FnOnce(&[Arc<Status>], Until)) {
        let waiter = context();
        let noted = self.noted.as_ref().map(|noted| Arc::as_ptr(&noted.waiter));
        if waiter.as_ref().map(Arc::as_ptr) == noted {
            return;
        }
        self.forget();
        if let Some(waiter) = waiter {
            note(slice::from_ref(&waiter), self.until);
            let status = Arc::clone(status);
            self.noted = Some(Noted { waiter, status });
        }
    }

    fn forget(&mut self) {
        if let Some(Noted { waiter, status }) = self.noted.take() {
            forget(&waiter, &status, self.until);
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.forget();
    }
}

/// While this exists, all constructions on the stack of a call that blocks its thread wait for another. Those that wait for
/// one of these anyway are not noted a second time.
pub(super) struct Blocking<'a> {
    waiters: Vec<Arc<Status>>,
    status: &'a Arc<Status>,
    until: Until,
}

impl<'a> Blocking<'a> {
    /// Panics if that would close a cycle.
    #[track_caller]
    pub(super) fn here(status: &'a Arc<Status>) -> Self {
        let (waiters, until) = (all_here(), Until::Ended);
        if !waiters.is_empty() && !note(&waiters, status, until) {
            refuse_cycle();
        }
        Self {
            waiters,
            status,
            until,
        }
    }

    /// Of a construction that is begun here, until its code has returned. It waits for nothing yet, so this closes no cycle.
    pub(super) fn begin(status: &'a Arc<Status>) -> Self {
        let (waiters, until) = (all_here(), Until::Returned);
        if !waiters.is_empty() {
            note_unasked(&waiters, status, until);
        }
        Self {
            waiters,
            status,
            until,
        }
    }

    /// From here on, code of the construction begun here runs on this thread: the stack needs no link, as all that is further
    /// out waits for it.
    pub(super) fn enter(&self) -> Entered<'_> {
        Entered {
            construction: None,
            outer: switch(Place {
                innermost: Some(Arc::clone(self.status)),
                is_left: false,
            }),
            thread: PhantomData,
        }
    }
}

impl Drop for Blocking<'_> {
    fn drop(&mut self) {
        for waiter in &self.waiters {
            forget(waiter, self.status, self.until);
        }
    }
}

#[cold]
#[track_caller]
fn refuse_cycle() -> ! {
    panic!(
        "weakref: a constructor waits for itself: it asks for a key that it makes, or that is made by one that waits for it"
    );
}

/// The list of those seen is too short.
struct TooFew;

/// Why a wait was not noted.
enum Obstacle {
    Cycle,
    TooFew,
    Full(Full),
}

/// Notes that all of `waiters` wait for `status`, unless that would close a cycle; says whether it has.
fn note(waiters: &[Arc<Status>], status: &Status, until: Until) -> bool {
    let mut room = Room::new();
    let mut most = waiters.len() + 8;
    loop {
        let mut seen = Vec::with_capacity(most);
        seen.extend_from_slice(waiters);
        match try_note(waiters, status, until, &mut seen, &mut room) {
            Ok(()) => return true,
            Err(Obstacle::Cycle) => return false,
            Err(Obstacle::TooFew) => most *= 2,
            Err(Obstacle::Full(full)) => room.make(&full),
        }
    }
}

/// As [`note`], whether that closes a cycle or not.
fn note_unasked(waiters: &[Arc<Status>], status: &Status, until: Until) {
    let mut room = Room::new();
    while let Err(full) = enlist(waiters, status, until, &mut room) {
        room.make(&full);
    }
}

/// Neither allocates nor frees.
fn try_note(
    waiters: &[Arc<Status>],
    status: &Status,
    until: Until,
    seen: &mut Vec<Arc<Status>>,
    room: &mut Room<Waiter>,
) -> Result<(), Obstacle> {
    let _looking = lock(&LOOKING);
    if status.keeps_waiting(until) && status.waits_for(seen).map_err(|_| Obstacle::TooFew)? {
        return Err(Obstacle::Cycle);
    }
    enlist(waiters, status, until, room).map_err(Obstacle::Full)
}

/// Neither allocates nor frees.
fn enlist(
    waiters: &[Arc<Status>],
    status: &Status,
    until: Until,
    room: &mut Room<Waiter>,
) -> Result<(), Full> {
    let mut noted = lock(&status.waiters);
    room.lend(&mut noted, waiters.len())?;
    noted.extend(waiters.iter().map(|waiter| Waiter {
        construction: Arc::clone(waiter),
        until,
    }));
    Ok(())
}

fn forget(waiter: &Arc<Status>, status: &Status, until: Until) {
    let mut noted = lock(&status.waiters);
    let is_this = |noted: &Waiter| noted.until == until && Arc::ptr_eq(&noted.construction, waiter);
    let index = noted.iter().position(is_this);
    let gone = index.map(|index| noted.swap_remove(index));
    drop(noted);
    drop(gone);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, not(any(loom, shuttle))))]
pub(super) mod tests {
    use std::panic::{catch_unwind, set_hook, take_hook};
    use std::sync::mpsc::channel;
    use std::sync::{Mutex, PoisonError};
    use std::thread;

    use weakref::{LocalObject, Object, WeakReferenceable};

    use crate::shared::{Shares, WeakValueMap};

    /// Where `call` panics, on this thread.
    pub(in crate::shared) fn place_of(
        call: impl FnOnce() + std::panic::UnwindSafe,
    ) -> (String, u32) {
        // The hook is everybody's.
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let this_thread = thread::current().id();
        let (sender, places) = channel();
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            let place = panic.location();
            if let Some(place) = place.filter(|_| thread::current().id() == this_thread) {
                let _sent = sender.send((place.file().to_owned(), place.line()));
            }
        }));
        let result = catch_unwind(call);
        set_hook(before);
        assert!(result.is_err());
        places.try_recv().expect("a panic has a place")
    }

    fn is_told_at_the_call<T>()
    where
        T: WeakReferenceable<Slot: Shares<u32, T>> + 'static,
    {
        let map = WeakValueMap::<u32, T>::new();
        let mut line = 0;
        let make = || {
            line = line!() + 1;
            map.get_or_insert_with(1, || unreachable!("it is being made"))
        };
        let place = place_of(std::panic::AssertUnwindSafe(|| {
            map.get_or_insert_with(1, make);
        }));
        assert_eq!(place, (file!().to_owned(), line));
    }

    #[test]
    fn a_constructor_that_waits_for_itself_is_told_at_its_call() {
        is_told_at_the_call::<Object<u8>>();
        is_told_at_the_call::<LocalObject<u8>>();
    }
}
