//! Callbacks, against what one writes by hand with std: a list of boxed closures in the object, run by its `Drop`.

use std::cell::RefCell;
use std::rc::{self, Rc};
use std::sync::{self, Arc, Mutex};

use weakref::{CallbackRef, Strong, WeakRef, WeakReferenceable};

use crate::measure::{Timed, show, time};
use crate::scenario::{Scenario, Sides};

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    scenarios.push(Scenario::timed(
        "sync/register+cancel a callback".to_owned(),
        || {
            Sides::new(register_cancel::<Strong<SyncValue>>()).against(
                "Arc+Mutex<Vec>",
                None,
                register_cancel::<Arc<SyncWatched>>(),
            )
        },
    ));
    scenarios.push(Scenario::timed("sync/new+callback+drop".to_owned(), || {
        Sides::new(born_and_died::<Strong<SyncValue>>()).against(
            "Arc+Mutex<Vec>",
            None,
            born_and_died::<Arc<SyncWatched>>(),
        )
    }));
    scenarios.push(Scenario::timed(
        "local/register+cancel a callback".to_owned(),
        || {
            Sides::new(register_cancel::<Strong<LocalValue>>()).against(
                "Rc+RefCell<Vec>",
                None,
                register_cancel::<Rc<LocalWatched>>(),
            )
        },
    ));
    scenarios.push(Scenario::timed(
        "local/new+callback+drop".to_owned(),
        || {
            Sides::new(born_and_died::<Strong<LocalValue>>()).against(
                "Rc+RefCell<Vec>",
                None,
                born_and_died::<Rc<LocalWatched>>(),
            )
        },
    ));
}

/// An owner pointer to an object that tells of its death.
pub(crate) trait Watched: 'static {
    /// Cancels the callback when it is dropped first.
    type Registration;

    fn new(value: u64) -> Self;
    fn watch(&self, callback: impl FnOnce() + Send + 'static) -> Self::Registration;
}

#[derive(WeakReferenceable)]
pub(crate) struct SyncValue {
    _value: u64,
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalValue {
    _value: u64,
}

macro_rules! ours {
    ($value:ident) => {
        impl Watched for Strong<$value> {
            type Registration = CallbackRef<$value>;

            fn new(value: u64) -> Self {
                Self::new($value { _value: value })
            }

            fn watch(&self, callback: impl FnOnce() + Send + 'static) -> CallbackRef<$value> {
                WeakRef::with_callback(self, |_| callback())
            }
        }
    };
}

ours!(SyncValue);
ours!(LocalValue);

fn register_cancel<W: Watched>() -> Timed {
    let owner = W::new(1);
    Box::new(move |iterations| {
        let mut captured = 0_u64;
        time(iterations, || {
            captured += 1;
            let at_death = captured;
            let registration = owner.watch(move || show(&at_death));
            show(&registration);
        })
    })
}

fn born_and_died<W: Watched>() -> Timed {
    Box::new(move |iterations| {
        let mut captured = 0_u64;
        time(iterations, || {
            captured += 1;
            let at_death = captured;
            let owner = W::new(captured);
            let registration = owner.watch(move || show(&at_death));
            show(&registration);
            drop(owner);
        })
    })
}

/// The callbacks of one object; a cancelled one leaves its place to the next.
struct Callbacks<F: ?Sized> {
    places: Vec<Option<Box<F>>>,
    free: Vec<usize>,
}

impl<F: ?Sized> Default for Callbacks<F> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<F: ?Sized> Callbacks<F> {
    fn register(&mut self, callback: Box<F>) -> usize {
        if let Some(place) = self.free.pop() {
            self.places[place] = Some(callback);
            return place;
        }
        self.places.push(Some(callback));
        self.places.len() - 1
    }

    fn cancel(&mut self, place: usize) -> Option<Box<F>> {
        self.free.push(place);
        self.places[place].take()
    }
}

/// What one writes on top of `Rc`.
struct LocalWatched {
    _value: u64,
    callbacks: RefCell<Callbacks<dyn FnOnce()>>,
}

struct LocalRegistration {
    object: rc::Weak<LocalWatched>,
    place: usize,
}

impl Watched for Rc<LocalWatched> {
    type Registration = LocalRegistration;

    fn new(value: u64) -> Self {
        Self::new(LocalWatched {
            _value: value,
            callbacks: RefCell::default(),
        })
    }

    fn watch(&self, callback: impl FnOnce() + Send + 'static) -> LocalRegistration {
        let place = self.callbacks.borrow_mut().register(Box::new(callback));
        LocalRegistration {
            object: Self::downgrade(self),
            place,
        }
    }
}

impl Drop for LocalRegistration {
    fn drop(&mut self) {
        if let Some(object) = self.object.upgrade() {
            let cancelled = object.callbacks.borrow_mut().cancel(self.place);
            drop(cancelled);
        }
    }
}

impl Drop for LocalWatched {
    fn drop(&mut self) {
        let callbacks = self.callbacks.take();
        for callback in callbacks.places.into_iter().rev().flatten() {
            callback();
        }
    }
}

/// What one writes on top of `Arc`.
struct SyncWatched {
    _value: u64,
    callbacks: Mutex<Callbacks<dyn FnOnce() + Send>>,
}

struct SyncRegistration {
    object: sync::Weak<SyncWatched>,
    place: usize,
}

const UNPOISONED: &str = "nothing panics in this lock";

impl Watched for Arc<SyncWatched> {
    type Registration = SyncRegistration;

    fn new(value: u64) -> Self {
        Self::new(SyncWatched {
            _value: value,
            callbacks: Mutex::default(),
        })
    }

    fn watch(&self, callback: impl FnOnce() + Send + 'static) -> SyncRegistration {
        let callback = Box::new(callback);
        let place = self.callbacks.lock().expect(UNPOISONED).register(callback);
        SyncRegistration {
            object: Self::downgrade(self),
            place,
        }
    }
}

impl Drop for SyncRegistration {
    fn drop(&mut self) {
        if let Some(object) = self.object.upgrade() {
            let cancelled = object
                .callbacks
                .lock()
                .expect(UNPOISONED)
                .cancel(self.place);
            drop(cancelled);
        }
    }
}

impl Drop for SyncWatched {
    fn drop(&mut self) {
        let callbacks = std::mem::take(self.callbacks.get_mut().expect(UNPOISONED));
        for callback in callbacks.places.into_iter().rev().flatten() {
            callback();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn watches<W: Watched>() {
        static CALLS: AtomicUsize = AtomicUsize::new(0);
        let calls = CALLS.load(Ordering::Relaxed);
        let call = || {
            CALLS.fetch_add(1, Ordering::Relaxed);
        };
        let owner = W::new(1);
        drop(owner.watch(call));
        let kept = (owner.watch(call), owner.watch(call));
        drop(owner);
        drop(kept);
        assert_eq!(CALLS.load(Ordering::Relaxed) - calls, 2);
    }

    #[test]
    fn every_side_calls_what_was_not_cancelled() {
        watches::<Strong<SyncValue>>();
        watches::<Strong<LocalValue>>();
        watches::<Rc<LocalWatched>>();
        watches::<Arc<SyncWatched>>();
    }
}
