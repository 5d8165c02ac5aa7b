//! Two threads at one object.

use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::measure::{Timed, show};
use crate::pointer::{Compared, Downgrade, Owner, SyncLarge, SyncSmall};
use crate::scenario::{Scenario, Sides};

pub(crate) const THREADS: usize = 2;
const AIM: f64 = 0.95;

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    add_for::<SyncSmall>(scenarios);
    add_for::<SyncLarge>(scenarios);
}

fn add_for<C>(scenarios: &mut Vec<Scenario>)
where
    C: Compared + Sync,
    C::Ours: Send + Sync,
    C::Std: Send + Sync,
    <C::Ours as Downgrade>::Weak: Sync,
    <C::Std as Downgrade>::Weak: Sync,
{
    let name = format!("{}/upgrade+drop, {THREADS} threads", C::NAME);
    scenarios.push(Scenario::timed(name, || {
        Sides::new(upgrade_drop::<C::Ours>(C::new())).against(
            C::Std::NAME,
            Some(AIM),
            upgrade_drop::<C::Std>(C::new()),
        )
    }));
    let name = format!("{}/clone+drop, {THREADS} threads", C::NAME);
    scenarios.push(Scenario::timed(name, || {
        Sides::new(clone_drop::<C::Ours>(C::new())).against(
            C::Std::NAME,
            Some(AIM),
            clone_drop::<C::Std>(C::new()),
        )
    }));
    let name = format!("{}/dead upgrade, {THREADS} threads", C::NAME);
    scenarios.push(Scenario::timed(name, || {
        Sides::new(dead_upgrade::<C::Ours>(C::new())).against(
            C::Std::NAME,
            None,
            dead_upgrade::<C::Std>(C::new()),
        )
    }));
}

fn upgrade_drop<P: Downgrade<Weak: Sync>>(value: P::Value) -> Timed {
    let owner = P::new(value);
    let weak = owner.downgrade();
    Box::new(move |iterations| {
        let elapsed = time_together(iterations, || {
            let upgraded = P::upgrade(&weak);
            show(&upgraded);
        });
        show(&owner);
        elapsed
    })
}

fn clone_drop<P: Owner + Sync>(value: P::Value) -> Timed {
    let owner = P::new(value);
    Box::new(move |iterations| {
        time_together(iterations, || {
            let clone = owner.clone();
            show(&clone);
        })
    })
}

fn dead_upgrade<P: Downgrade<Weak: Sync>>(value: P::Value) -> Timed {
    let weak = P::new(value).downgrade();
    assert!(P::upgrade(&weak).is_none(), "the object was to be dead");
    Box::new(move |iterations| {
        time_together(iterations, || {
            let upgraded = P::upgrade(&weak);
            show(&upgraded);
        })
    })
}

/// Times `body`, `iterations` times on each of the threads, from the first one's start to the last one's end.
pub(crate) fn time_together(iterations: u64, body: impl Fn() + Sync) -> Duration {
    let awake = Barrier::new(THREADS);
    let ready = AtomicUsize::new(0);
    let run = || {
        // The barrier may sleep and wake its threads far apart; the spinning after it lets them go together.
        awake.wait();
        ready.fetch_add(1, Ordering::AcqRel);
        while ready.load(Ordering::Acquire) < THREADS {
            spin_loop();
        }
        let start = Instant::now();
        for _ in 0..iterations {
            body();
        }
        (start, Instant::now())
    };
    let spans: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no side panics"))
            .collect()
    });
    let start = spans
        .iter()
        .map(|span| span.0)
        .min()
        .expect("there are threads");
    let end = spans
        .iter()
        .map(|span| span.1)
        .max()
        .expect("there are threads");
    end - start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_thread_runs_every_iteration() {
        let count = AtomicUsize::new(0);
        time_together(1_000, || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 1_000 * THREADS);
    }
}
