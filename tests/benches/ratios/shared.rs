//! The shared containers: a map that several threads read and change, constructions that all want at once, and
//! interning. The machine has two cores: more threads than that measure waiting, not scaling.

mod cache;
mod intern;
mod map;

use std::collections::hash_map::RandomState;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use crate::measure::time;
use crate::scenario::{Scenario, Sides};
use cache::{Moka, Quick, Tiered, bounded, flight};
use intern::{ArcInterner, InternArc, Internment, OurInterner, intern};
use map::{Dash, Locked, Ours, Papaya, Removing, Scc, Step, mixed, single};

const MAP_AIM: Option<f64> = Some(0.9);
const FLIGHT_AIM: Option<f64> = Some(1.0);
const INTERNER_AIM: Option<f64> = Some(0.8);
const TIER_AIM: Option<f64> = Some(1.0);

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    for threads in [2, 8] {
        for writes in [5, 50] {
            let name = format!("shared/map {writes} % insert+drop, {threads} threads");
            scenarios.push(Scenario::timed(name, move || {
                Sides::new(mixed::<Ours>(threads, writes))
                    .against(
                        "Mutex<weak-table>",
                        MAP_AIM,
                        mixed::<Locked>(threads, writes),
                    )
                    .against("DashMap+Weak", MAP_AIM, mixed::<Dash>(threads, writes))
                    .against(
                        "DashMap, removing",
                        MAP_AIM,
                        mixed::<Removing>(threads, writes),
                    )
                    .against("papaya+Weak", MAP_AIM, mixed::<Papaya>(threads, writes))
                    .against("scc+Weak", MAP_AIM, mixed::<Scc>(threads, writes))
            }));
        }
    }
    scenarios.push(Scenario::timed(
        "shared/single flight, 8 threads".into(),
        || {
            Sides::new(flight::<Ours>())
                .against("moka get_with", FLIGHT_AIM, flight::<Moka>())
                .against("quick_cache", FLIGHT_AIM, flight::<Quick>())
        },
    ));
    for threads in [1, 2] {
        for (what, fresh) in [("hit", false), ("insert+evict", true)] {
            let name = format!("shared/strong tier {what}, {threads} threads");
            scenarios.push(Scenario::timed(name, move || {
                Sides::new(bounded::<Tiered>(threads, fresh))
                    .against("moka", TIER_AIM, bounded::<Moka>(threads, fresh))
                    .against("quick_cache", TIER_AIM, bounded::<Quick>(threads, fresh))
            }));
        }
    }
    for length in [24, 400] {
        for threads in [1, 2] {
            for (what, fresh) in [("hit+drop", false), ("miss+free", true)] {
                add_interning(scenarios, what, length, threads, fresh);
            }
        }
    }
}

/// With the hash function of the peers, once for each.
fn add_interning(
    scenarios: &mut Vec<Scenario>,
    what: &str,
    length: usize,
    threads: usize,
    fresh: bool,
) {
    let name =
        |hasher: &str| format!("shared/intern {what}, {length} bytes, {hasher}, {threads} threads");
    scenarios.push(Scenario::timed(name("ahash"), move || {
        Sides::new(intern::<OurInterner<ahash::RandomState>>(
            length, threads, fresh,
        ))
        .against(
            "internment",
            INTERNER_AIM,
            intern::<Internment>(length, threads, fresh),
        )
        .against(
            "arc-interner",
            INTERNER_AIM,
            intern::<ArcInterner>(length, threads, fresh),
        )
    }));
    scenarios.push(Scenario::timed(name("SipHash"), move || {
        Sides::new(intern::<OurInterner<RandomState>>(length, threads, fresh)).against(
            "intern-arc",
            INTERNER_AIM,
            intern::<InternArc>(length, threads, fresh),
        )
    }));
}

/// Those whose operations are counted one by one.
pub(crate) fn add_counted(scenarios: &mut Vec<Scenario>) {
    add(scenarios);
    for (what, step) in [
        ("hit", Step::Hit),
        ("miss", Step::Miss),
        ("insert+death", Step::InsertAndDeath),
    ] {
        let name = format!("shared/map {what}, 1 thread");
        scenarios.push(Scenario::timed(name, move || {
            Sides::new(single::<Ours>(step))
                .beside("Mutex<weak-table>", single::<Locked>(step))
                .beside("DashMap+Weak", single::<Dash>(step))
                .beside("DashMap, removing", single::<Removing>(step))
                .beside("papaya+Weak", single::<Papaya>(step))
                .beside("scc+Weak", single::<Scc>(step))
        }));
    }
}

/// Times `body` on so many threads at once, from the first one's start to the last one's end.
fn together(threads: usize, body: impl Fn(usize) + Sync) -> Duration {
    if threads == 1 {
        return time(1, || body(0));
    }
    let (ready, body) = (Barrier::new(threads), &body);
    let spans: Vec<_> = thread::scope(|scope| {
        let run = |thread| {
            let ready = &ready;
            scope.spawn(move || {
                ready.wait();
                let start = Instant::now();
                body(thread);
                (start, Instant::now())
            })
        };
        let threads: Vec<_> = (0..threads).map(run).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no side panics"))
            .collect()
    });
    let start = spans.iter().map(|span| span.0).min();
    let end = spans.iter().map(|span| span.1).max();
    end.zip(start)
        .map_or(Duration::ZERO, |(end, start)| end - start)
}
