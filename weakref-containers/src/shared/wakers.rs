//! The tasks that wait for one end.

use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

use weakref::Source;
use weakref::watch::Panics;

use super::waits;
#[cfg(feature = "async")]
use crate::sync::raise;
use crate::sync::{Bug, seeded};

/// Wakes all of them when it is dropped. It must be moved out of any lock first, since wakers are user code.
#[derive(Default)]
pub(super) struct Wakers {
    /// By the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    #[cfg(feature = "async")]
    next: u64,
}

#[cfg(feature = "async")]
impl Wakers {
    /// Adds a waker, or replaces the one of that name and returns the old one.
    pub(super) fn enter(&mut self, name: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let name = *name.get_or_insert_with(|| {
            raise(&mut self.next);
            self.next
        });
        self.waiting.insert(name, waker)
    }

    pub(super) fn remove(&mut self, name: u64) -> Option<Waker> {
        self.waiting.remove(&name)
    }
}

impl Drop for Wakers {
    #[inline]
    fn drop(&mut self) {
        if !self.waiting.is_empty() && !seeded(Bug::TasksNotWoken) {
            self.wake();
        }
    }
}

impl Wakers {
    #[cold]
    fn wake(&mut self) {
        // A waker may poll its task, whose code does not belong to the construction that wakes it.
        let _outside = waits::leave();
        // A waker that panics does not keep the others waiting, whatever its payload.
        let mut panics = Panics::of::<Waker>(Source::Waker);
        for waker in mem::take(&mut self.waiting).into_values() {
            panics.run(|| waker.wake());
        }
        panics.resume();
    }
}
