//! One construction of a value that several want: one makes it, the others wait.
//!
//! A flight ends once: with a value, which its waiters share, or without, and then each asks again. Its
//! value lives until the last of them has it.
//!
//! Under the lock nothing is allocated or freed, and no user code runs: the list is in [`room`](super::room).

use core::fmt;
use core::mem;
use core::panic::RefUnwindSafe;
#[cfg(feature = "async")]
use core::task::{Context, Poll};
use std::sync::{Arc, OnceLock, PoisonError};

use weakref::watch::drop_first;

#[cfg(feature = "async")]
use super::room::Room;
use super::waits::{Blocking, Status};
#[cfg(feature = "async")]
use super::waits::{Until, Waiting};
use super::wakers::Wakers;
use crate::sync::{Bug, Condvar, Mutex, MutexGuard, seeded};

pub(super) struct Flight<T> {
    status: Arc<Status>,
    state: Mutex<State>,
    /// Set before the state says so, under its lock; read and cloned without.
    value: OnceLock<T>,
    ended: Condvar,
}

enum State {
    Running(Wakers),
    Landed,
    Failed,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Clone> Flight<T> {
    pub(super) fn new() -> Self {
        Self {
            status: Arc::new(Status::new()),
            state: Mutex::new(State::Running(Wakers::default())),
            value: OnceLock::new(),
            ended: Condvar::new(),
        }
    }

    /// Ends the flight, unless it has ended already.
    pub(super) fn end(&self, landed: Option<T>) -> Ended<T> {
        let mut state = lock(&self.state);
        let (unused, tasks) = match &mut *state {
            State::Running(tasks) => {
                self.status.end();
                let tasks = mem::take(tasks);
                let kept = landed.filter(|_| !seeded(Bug::LandingNotKept));
                *state = kept.map_or(State::Failed, |value| self.land(value));
                (None, tasks)
            }
            _ => (landed, Wakers::default()),
        };
        drop(state);
        self.ended.notify_all();
        let value = self.landed();
        // User code may run from here on: the lock is free, and waiting threads have been told.
        drop_first(unused, Ended { value, tasks })
    }

    fn land(&self, value: T) -> State {
        let set = self.value.set(value);
        debug_assert!(set.is_ok(), "a flight ends once");
        State::Landed
    }

    /// What it ended with, once it has ended.
    fn landed(&self) -> Option<T> {
        self.value.get().cloned()
    }

    pub(super) fn status(&self) -> &Arc<Status> {
        &self.status
    }

    pub(super) fn has_failed(&self) -> bool {
        matches!(*lock(&self.state), State::Failed)
    }

    /// Waits for the end of the flight; `None` if it failed.
    ///
    /// Panics if the wait could not end: if a construction whose code is on this stack asks for itself, directly or
    /// through others that wait for it, or if only this thread could finish it.
    #[track_caller]
    pub(super) fn wait(&self, is_shared: bool) -> Option<T> {
        let waiting = Blocking::here(&self.status);
        let mut state = lock(&self.state);
        while let State::Running(_) = *state {
            if !is_shared {
                drop(state);
                panic!(
                    "weakref: a call blocks the thread whose tasks make what it waits for; await the async one"
                );
            }
            state = self
                .ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        drop_first(waiting, self.landed())
    }
}

/// What a flight ended with. The tasks that wait for it wake when this is dropped, which runs user code.
#[must_use]
pub(super) struct Ended<T> {
    pub(super) value: Option<T>,
    pub(super) tasks: Wakers,
}

/// A value that is only cloned is never seen half changed.
impl<T> RefUnwindSafe for Flight<T> {}

impl<T> fmt::Debug for Flight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").finish_non_exhaustive()
    }
}

/// The wait of a task for the end of a flight. Dropping it ends the wait.
#[cfg(feature = "async")]
pub(super) struct Awaiting<'a, T> {
    flight: &'a Flight<T>,
    waiting: Waiting,
    /// The number of the waker it left.
    waker: Option<u64>,
}

#[cfg(feature = "async")]
impl<'a, T: Clone> Awaiting<'a, T> {
    pub(super) fn new(flight: &'a Flight<T>) -> Self {
        Self {
            flight,
            waiting: Waiting::new(Until::Ended),
            waker: None,
        }
    }

    /// Resolves to the result of the flight; panics like [`Flight::wait`].
    pub(super) fn poll(&mut self, context: &Context<'_>) -> Poll<Option<T>> {
        self.waiting.here(&self.flight.status);
        // Wakers are user code, so the lock is not held here, nor below.
        let waker = context.waker().clone();
        let mut room = Room::new();
        loop {
            let mut state = lock(&self.flight.state);
            let State::Running(tasks) = &mut *state else {
                drop(state);
                let landed = self.flight.landed();
                return Poll::Ready(drop_first(waker, landed));
            };
            match tasks.place(&mut self.waker, &mut room) {
                Ok(place) => {
                    let replaced = place.replace(waker);
                    drop(state);
                    drop(replaced);
                    return Poll::Pending;
                }
                Err(full) => {
                    drop(state);
                    room.make(&full);
                }
            }
        }
    }
}

#[cfg(feature = "async")]
impl<T> Drop for Awaiting<'_, T> {
    fn drop(&mut self) {
        let Some(name) = self.waker else {
            return;
        };
        let mut state = lock(&self.flight.state);
        let left = match &mut *state {
            State::Running(tasks) => tasks.remove(name),
            _ => None,
        };
        drop(state);
        drop(left);
    }
}
