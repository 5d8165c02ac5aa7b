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

/// Wakes them when it is dropped: to be moved out of any lock first, since wakers are user code.
#[derive(Default)]
pub(super) struct Wakers {
    /// By the order in which they came.
    waiting: BTreeMap<u64, Waker>,
    #[cfg(feature = "async")]
    next: u64,
}

#[cfg(feature = "async")]
impl Wakers {
    /// Enters a waker, or replaces the one of that name, which is returned.
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
        // They may poll their tasks, whose code is not that of the construction that wakes them.
        let _outside = waits::leave();
        // One that panics keeps none of the others waiting, whatever it throws.
        let mut panics = Panics::of::<Waker>(Source::Waker);
        for waker in mem::take(&mut self.waiting).into_values() {
            panics.run(|| waker.wake());
        }
        panics.resume();
    }
}
