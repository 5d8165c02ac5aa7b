//! One construction of a value that several threads want: one makes it, the others wait.
//!
//! A flight ends once: with a value, which its waiters share, or without, and then each asks again. Its
//! value lives until the last of them has it.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::collections::HashMap;
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

/// What others see of a flight, whatever it makes.
struct Status {
    leader: ThreadId,
    /// Cleared before the waiters are woken.
    is_running: AtomicBool,
}

pub(super) struct Flight<T> {
    status: Arc<Status>,
    state: Mutex<State<T>>,
    ended: Condvar,
}

enum State<T> {
    Running,
    Landed(T),
    Failed,
}

/// On which flight each thread waits that waits on one. Locked only by those who are about to.
static WAITING: LazyLock<Mutex<HashMap<ThreadId, Arc<Status>>>> = LazyLock::new(Mutex::default);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Clone> Flight<T> {
    /// One that this thread leads.
    pub(super) fn new() -> Self {
        Self {
            status: Arc::new(Status {
                leader: thread::current().id(),
                is_running: AtomicBool::new(true),
            }),
            state: Mutex::new(State::Running),
            ended: Condvar::new(),
        }
    }

    /// Ends it, unless it has ended, and returns what it ended with.
    pub(super) fn end(&self, landed: Option<T>) -> Option<T> {
        let mut state = lock(&self.state);
        let unused = match &*state {
            State::Running => {
                // Before anybody sees the end: who is about to wait must not take this for part of a cycle. Relaxed: it
                // orders nothing.
                self.status.is_running.store(false, Ordering::Relaxed);
                *state = landed.map_or(State::Failed, State::Landed);
                None
            }
            _ => landed,
        };
        let result = state.landed();
        drop(state);
        // User code may run: the lock is free.
        drop(unused);
        self.ended.notify_all();
        result
    }

    /// Waits for its end; `None` if it failed.
    ///
    /// Panics if this thread leads it, or leads another that its leader waits on.
    pub(super) fn wait(&self) -> Option<T> {
        let _waiting = Waiting::on(&self.status);
        let mut state = lock(&self.state);
        while let State::Running = *state {
            state = self
                .ended
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.landed()
    }
}

impl<T: Clone> State<T> {
    fn landed(&self) -> Option<T> {
        match self {
            Self::Landed(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl<T> fmt::Debug for Flight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").finish_non_exhaustive()
    }
}

/// That a thread waits, for as long as this exists.
struct Waiting(ThreadId);

impl Waiting {
    fn on(status: &Arc<Status>) -> Self {
        let this = thread::current().id();
        let mut waiting = lock(&WAITING);
        let mut next = Some(status);
        while let Some(flight) = next.filter(|flight| flight.is_running.load(Ordering::Relaxed)) {
            assert!(
                flight.leader != this,
                "weakref: a constructor waits for itself: it asks for a key that is being made by its own thread, or by one that waits for it"
            );
            next = waiting.get(&flight.leader);
        }
        waiting.insert(this, Arc::clone(status));
        Self(this)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&WAITING).remove(&self.0);
    }
}
