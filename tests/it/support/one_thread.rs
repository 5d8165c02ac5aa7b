//! Lets a closure that must be `Send` carry what is not, in scenarios that never leave their thread.

use std::thread::{self, ThreadId};

/// A value that is used and dropped on the thread that wrapped it.
#[derive(Debug)]
pub(crate) struct OneThread<T> {
    value: T,
    thread: ThreadId,
}

// SAFETY: every use of the value, its drop included, checks the thread first.
unsafe impl<T> Send for OneThread<T> {}

impl<T> OneThread<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value,
            thread: thread::current().id(),
        }
    }

    pub(crate) fn get(&self) -> &T {
        self.check();
        &self.value
    }

    fn check(&self) {
        assert_eq!(self.thread, thread::current().id());
    }
}

impl<T> Drop for OneThread<T> {
    fn drop(&mut self) {
        if thread::current().id() != self.thread {
            // Dropping it here would be unsound.
            std::process::abort();
        }
    }
}
