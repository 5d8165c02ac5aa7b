//! One decode that several viewers wait for.

use std::sync::{Condvar, Mutex, PoisonError};

use weakref::Strong;

use super::cache::Image;
use super::decode::Unreadable;
use super::ledger::lock;

/// What a decode came to.
pub(crate) type Outcome = Result<Strong<Image>, Unreadable>;

/// A decode under way; its outcome stays until the last waiter has it.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    landed: Mutex<Option<Outcome>>,
    signal: Condvar,
}

impl Flight {
    /// Waits for the outcome.
    pub(crate) fn wait(&self) -> Outcome {
        let mut landed = lock(&self.landed);
        loop {
            if let Some(outcome) = &*landed {
                return outcome.clone();
            }
            landed = self
                .signal
                .wait(landed)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives everyone the outcome.
    pub(crate) fn land(&self, outcome: Outcome) {
        *lock(&self.landed) = Some(outcome);
        self.signal.notify_all();
    }
}
