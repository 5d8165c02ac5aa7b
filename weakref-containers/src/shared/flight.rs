//! One construction of a value that several want: one makes it, the others wait.
//!
//! A flight ends once: with a value, which its waiters share, or without, and then each asks again. Its
//! value lives until the last of them has it.

use core::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::waits::{Status, Until, Waiting};

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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<T: Clone> Flight<T> {
    pub(super) fn new() -> Self {
        Self {
            status: Arc::new(Status::new()),
            state: Mutex::new(State::Running),
            ended: Condvar::new(),
        }
    }

    /// Ends it, unless it has ended, and returns what it ended with.
    pub(super) fn end(&self, landed: Option<T>) -> Option<T> {
        let mut state = lock(&self.state);
        let unused = match &*state {
            State::Running => {
                self.status.end();
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

    pub(super) fn status(&self) -> &Arc<Status> {
        &self.status
    }

    /// Waits for its end; `None` if it failed.
    ///
    /// Panics if that would be for ever: if it is asked for from within itself, or waits for the one from
    /// within which it is asked for.
    pub(super) fn wait(&self) -> Option<T> {
        let mut waiting = Waiting::new(&self.status, Until::Ended);
        waiting.here();
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
