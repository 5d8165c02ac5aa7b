//! Objects that live with a finalizer: created, registered, died and cleaned up after. And the same, and callbacks, on
//! two threads at objects of their own, over one thread's time.

use std::cell::Cell;
use std::sync::Arc;

use weakref::{Strong, WeakReferenceable, finalize};

use crate::callback::{SyncValue, Watched};
use crate::contended::{THREADS, time_together};
use crate::group::ONE_THREAD;
use crate::measure::{Timed, show, time};
use crate::scenario::{Scenario, Sides};

const BY_HAND: &str = "Arc+Drop";

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    scenarios.push(Scenario::timed(
        "sync/new+finalizer+drop".to_owned(),
        || {
            let sides = Sides::new(lives(sync_life));
            #[cfg(feature = "peers")]
            let sides = sides.against("rust-cc Cleaner", Some(1.0), lives(cleaner_life));
            sides.against(BY_HAND, None, lives(life_by_hand))
        },
    ));
    scenarios.push(Scenario::timed(
        "local/new+finalizer+drop".to_owned(),
        || {
            let sides = Sides::new(lives(local_life));
            #[cfg(feature = "peers")]
            let sides = sides.against("rust-cc Cleaner", Some(0.6), lives(cleaner_life));
            sides.against(BY_HAND, None, lives(life_by_hand))
        },
    ));
    scenarios.push(Scenario::timed(
        format!("sync/new+finalizer+drop, {THREADS} threads"),
        || Sides::new(lives_together(sync_life)).against(ONE_THREAD, Some(1.2), lives(sync_life)),
    ));
    scenarios.push(Scenario::timed(
        format!("sync/new+callback+drop, {THREADS} threads"),
        || {
            Sides::new(lives_together(watched_life)).against(
                ONE_THREAD,
                Some(1.1),
                lives(watched_life),
            )
        },
    ));
}

fn lives(life: fn(u64)) -> Timed {
    Box::new(move |iterations| {
        let mut value = 0;
        time(iterations, || {
            value += 1;
            life(value);
        })
    })
}

fn lives_together(life: fn(u64)) -> Timed {
    thread_local! {
        static VALUE: Cell<u64> = const { Cell::new(0) };
    }
    Box::new(move |iterations| {
        time_together(iterations, || {
            let value = VALUE.get() + 1;
            VALUE.set(value);
            life(value);
        })
    })
}

#[derive(WeakReferenceable)]
struct SyncFinal(u64);

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalFinal(u64);

fn sync_life(value: u64) {
    let owner = Strong::new(SyncFinal(value));
    finalize(&owner, |object| {
        let value = object.0;
        move || show(&value)
    });
    show(&owner);
}

fn local_life(value: u64) {
    let owner = Strong::new(LocalFinal(value));
    finalize(&owner, |object| {
        let value = object.0;
        move || show(&value)
    });
    show(&owner);
}

fn watched_life(value: u64) {
    let owner = <Strong<SyncValue> as Watched>::new(value);
    let registration = owner.watch(move || show(&value));
    show(&registration);
    drop(owner);
}

/// What one writes by hand where one action is enough.
struct ByHand {
    value: u64,
    action: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Drop for ByHand {
    fn drop(&mut self) {
        if let Some(action) = self.action.take() {
            action();
        }
    }
}

fn life_by_hand(value: u64) {
    let owner = Arc::new(ByHand {
        value,
        action: Some(Box::new(move || show(&value))),
    });
    show(&owner.value);
    show(&owner);
}

#[cfg(feature = "peers")]
struct Cleaned {
    value: u64,
    cleaner: rust_cc::cleaners::Cleaner,
}

#[cfg(feature = "peers")]
impl rust_cc::Finalize for Cleaned {}

// SAFETY: it owns nothing that is collected: its cleaner keeps its actions out of cycles by itself.
#[cfg(feature = "peers")]
unsafe impl rust_cc::Trace for Cleaned {
    fn trace(&self, _: &mut rust_cc::Context<'_>) {}
}

#[cfg(feature = "peers")]
fn cleaner_life(value: u64) {
    let owner = rust_cc::Cc::new(Cleaned {
        value,
        cleaner: rust_cc::cleaners::Cleaner::new(),
    });
    let cleanable = owner.cleaner.register(move || show(&value));
    drop(cleanable);
    show(&owner.value);
    show(&owner);
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn an_object_by_hand_runs_its_action() {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        drop(ByHand {
            value: 1,
            action: Some(Box::new(|| {
                RUNS.fetch_add(1, Ordering::Relaxed);
            })),
        });
        assert_eq!(RUNS.load(Ordering::Relaxed), 1);
    }
}
