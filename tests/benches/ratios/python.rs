//! Whatever has a counterpart in Python's `weakref`, beside `CPython`, where one is found.

use std::hint::black_box;
use std::process::{Command, Stdio};

use weakref::{Object, Proxy, Strong, WeakRef, WeakReferenceable, finalize};
use weakref_containers::{WeakKeyMap, WeakSet, WeakValueMap};

use crate::group::CPYTHON;
use crate::measure::{Effort, Timed, interleave, show, time};
use crate::row::{Row, Unit};
use crate::scenario::Scenario;
use crate::stats::Sample;

/// Takes the name of a case and a number of rounds, prints nanoseconds an operation: median and tenth percentile.
const SCRIPT: &str = include_str!("python.py");

pub(crate) const PREFIX: &str = "python/";

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    for (case, ours) in CASES {
        scenarios.push(Scenario::new(
            format!("{PREFIX}{case}"),
            move |name, effort| {
                let Some(theirs) = python(case, effort) else {
                    return Vec::new();
                };
                let ours = interleave(&mut [ours()], effort)[0];
                vec![Row::new(
                    name,
                    Unit::Nanoseconds,
                    [ours, theirs],
                    CPYTHON,
                    None,
                )]
            },
        ));
    }
}

/// What `CPython` takes; `None` without one.
fn python(case: &str, effort: Effort) -> Option<Sample> {
    let output = Command::new("python3")
        .args(["-c", SCRIPT, case, &effort.rounds.to_string()])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    let mut numbers = said.split_whitespace().map_while(|word| word.parse().ok());
    let (Some(median), Some(low)) = (numbers.next(), numbers.next()) else {
        eprintln!("ratios: python3 failed at {case:?}: {said}");
        return None;
    };
    Some(Sample { median, low })
}

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Value(u64);

type Case = (&'static str, fn() -> Timed);

/// How many entries the maps have.
const ENTRIES: u64 = 1_000;

const CASES: [Case; 11] = [
    ("reference, called", || {
        let owner = Strong::new(Value(1));
        let reference = Strong::downgrade(&owner);
        held(owner, move || show(&reference.upgrade()))
    }),
    ("reference, created and dropped", || {
        let owner = Strong::new(Value(1));
        let same = owner.clone();
        held(owner, move || show(&Strong::downgrade(&same)))
    }),
    ("callback, created and dropped", || {
        let owner = Strong::new(Value(1));
        let same = owner.clone();
        held(owner, move || {
            let reference = WeakRef::with_callback(&same, |_| {
                black_box(1);
            });
            show(&reference);
        })
    }),
    ("callback, with its object's life", || {
        Box::new(|iterations| {
            time(iterations, || {
                let owner = Strong::new(Value(1));
                let reference = WeakRef::with_callback(&owner, |_| {
                    black_box(1);
                });
                show(&owner);
                drop(owner);
                show(&reference);
            })
        })
    }),
    ("finalizer, with its object's life", || {
        Box::new(|iterations| {
            time(iterations, || {
                let owner = Strong::new(Value(1));
                finalize(&owner, |_| || black_box(1));
                show(&owner);
            })
        })
    }),
    ("proxy, a method called", || {
        let owner = Strong::new(Value(1));
        let proxy = Proxy::new(&owner);
        held(owner, move || {
            show(&Proxy::with(&proxy, |value| value.0));
        })
    }),
    ("value map, get", || {
        let mut map = WeakValueMap::<u64, Object<u64>>::new();
        let kept: Vec<_> = (0..ENTRIES).map(|key| Strong::new(Object(key))).collect();
        for (key, value) in (0..).zip(&kept) {
            map.insert(key, value);
        }
        let mut key = 0;
        held(kept, move || {
            key = (key + 1) % ENTRIES;
            show(&map.get(&key));
        })
    }),
    ("value map, insert and death", || {
        let mut map = WeakValueMap::<u64, Object<u64>>::new();
        let mut key = 0;
        held((), move || {
            key += 1;
            let value = Strong::new(Object(key));
            map.insert(key, &value);
        })
    }),
    ("key map, get", || {
        let mut map = WeakKeyMap::<Value, u64>::new();
        let kept: Vec<_> = (0..ENTRIES).map(|key| Strong::new(Value(key))).collect();
        for key in &kept {
            map.insert(key, 1);
        }
        let (mut at, asked) = (0, kept.clone());
        held(kept, move || {
            at = (at + 1) % asked.len();
            show(&map.get(&*asked[at]));
        })
    }),
    ("key map, insert and death", || {
        let mut map = WeakKeyMap::<Value, u64>::new();
        let mut number = 0;
        held((), move || {
            number += 1;
            map.insert(&Strong::new(Value(number)), 1);
        })
    }),
    ("set, insert and death", || {
        let mut set = WeakSet::<Value>::new();
        let mut number = 0;
        held((), move || {
            number += 1;
            set.insert(&Strong::new(Value(number)));
        })
    }),
];

/// Times `body` while something is kept.
fn held(kept: impl Sized + 'static, mut body: impl FnMut() + 'static) -> Timed {
    Box::new(move |iterations| {
        let elapsed = time(iterations, &mut body);
        show(&kept);
        elapsed
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_runs_here_and_is_in_the_script() {
        for (case, ours) in CASES {
            ours()(10);
            assert!(SCRIPT.contains(&format!("\"{case}\": ")), "{case}");
        }
    }

    #[test]
    fn every_case_runs_there() {
        if Command::new("python3").arg("--version").output().is_err() {
            return;
        }
        for (case, _) in CASES {
            let rounds = Effort {
                rounds: 3,
                ..Effort::QUICK
            };
            let taken = python(case, rounds).expect(case);
            assert!(taken.low > 0.0 && taken.median >= taken.low, "{case}");
        }
    }
}
