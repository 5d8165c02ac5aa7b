//! How a scenario is explored: as it is, in every way, where nothing may fail; and with each
//! mistake put in that it is known to find, where it must fail. Executions are counted, since a
//! model that runs in one is blind.
//!
//! Each exploration is a process of its own, which ends at the first panic: unwinding would ask
//! loom for more, and a death keeps the panics of callbacks in. To see one:
//! `WEAKREF_MODEL=NoLock:Plain cargo test … -- --exact removal_races_death::inline::finds_seeded_bugs --nocapture`,
//! with `None` for the mistake in a test that holds.
//!
//! The quick form bounds the preemptions of the larger scenarios. With `WEAKREF_LONG=1` each bound
//! is lifted step by step until every execution was seen, which takes days for some; with a larger
//! number, for so many seconds in each way.

use std::process::{Command, Stdio, exit};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use weakref::__private::{Bug, ORDERINGS, choose, model};

pub(crate) use weakref::__private::model::Hints;

use crate::cells;

/// The ways in which a mistake must be found.
pub(crate) type Ways = &'static [Hints];

/// Every way; what each is good for is said at [`Hints`].
pub(crate) const EVERY_WAY: Ways = &[
    Hints::Plain,
    Hints::LoadFirst,
    Hints::ReadModifyWrite,
    Hints::Shadowed,
];

/// For mistakes in a load that loom only sees in order.
pub(crate) const ORDERED: Ways = &[Hints::ReadModifyWrite, Hints::Shadowed];
/// For mistakes that only a load shows which reads an old value.
pub(crate) const STALE: Ways = &[Hints::Plain, Hints::LoadFirst, Hints::Shadowed];
/// For mistakes of two threads that both begin with the same plain load.
pub(crate) const LOADED: Ways = &[Hints::LoadFirst, Hints::Shadowed];
/// For mistakes after a load that only saves work.
pub(crate) const HINTED: Ways = &[Hints::LoadFirst, Hints::ReadModifyWrite, Hints::Shadowed];
/// For mistakes that hints hide.
pub(crate) const PLAIN: Ways = &[Hints::Plain];

pub(crate) struct Scenario {
    pub(crate) module: &'static str,
    pub(crate) run: fn(),
    /// The preemptions explored in the quick form; `None`: all.
    pub(crate) preemptions: Option<usize>,
    /// The executions in each way, as last measured in the quick form. When they halve, the model
    /// may have become blind: see why, and only then write the new numbers down.
    pub(crate) executions: [usize; EVERY_WAY.len()],
    /// Cells that may be left behind, by design.
    pub(crate) leaks: usize,
    /// The mistakes it must find, and in which ways.
    pub(crate) finds: &'static [(Bug, Ways)],
}

/// One scenario, as a module with its two tests.
macro_rules! scenario {
    ($name:ident, $run:expr $(, $field:ident = $value:expr)* $(,)?) => {
        mod $name {
            use super::*;

            const SCENARIO: $crate::explore::Scenario = $crate::explore::Scenario {
                $($field: $value,)*
                run: $run,
                ..$crate::explore::Scenario::named(module_path!())
            };

            #[test]
            fn holds() {
                SCENARIO.holds();
            }

            #[test]
            fn finds_seeded_bugs() {
                SCENARIO.finds_seeded_bugs();
            }
        }
    };
}

/// The exit code of an exploration that failed.
const FAILED: i32 = 77;

/// Executions of the one exploration of this process.
static EXECUTIONS: AtomicUsize = AtomicUsize::new(0);

/// What became of an exploration.
enum Outcome {
    /// Nothing failed, in so many executions.
    Held(usize),
    /// What the first panic said, or how the process ended, in which execution.
    Failed(usize, String),
    /// It did not come to its end in time.
    Unfinished,
}

impl Scenario {
    /// A scenario with everything as it mostly is.
    pub(crate) const fn named(module: &'static str) -> Self {
        Self {
            module,
            run: || (),
            preemptions: None,
            executions: [2; EVERY_WAY.len()],
            leaks: 0,
            finds: &[],
        }
    }

    pub(crate) fn holds(&self) {
        if let Some((_, way)) = self.chosen() {
            return self.explore(Bug::None, way);
        }
        let start = Instant::now();
        let counts = EVERY_WAY
            .iter()
            .map(|&way| self.count(way, self.preemptions, None));
        let counts: Vec<usize> = counts.map(Option::unwrap_or_default).collect();
        let bound = self
            .preemptions
            .map_or("all".to_owned(), |bound| bound.to_string());
        println!(
            "{}: {counts:?} executions, {bound} preemptions, {:.1?}",
            self.module,
            start.elapsed()
        );
        let measured = self.executions.iter();
        assert!(
            counts
                .iter()
                .zip(measured)
                .all(|(&count, &measured)| count > 1 && count >= measured / 2),
            "{} has become blind: {counts:?} executions, {:?} when last measured",
            self.module,
            self.executions
        );
        if let Some(seconds) = seconds_for_long_form() {
            for &way in EVERY_WAY {
                self.deepen(way, seconds);
            }
        }
    }

    /// Lifts the bound, one preemption after the other, until nothing new comes or time is over.
    fn deepen(&self, way: Hints, seconds: u64) {
        let Some(first) = self.preemptions else {
            return;
        };
        let end = Instant::now() + Duration::from_secs(seconds);
        let (mut bound, mut last) = (first, 0);
        while let Some(count) = self.count(way, Some(bound), Some(end)) {
            if count == last {
                println!(
                    "{} {way:?}: {count} executions, all preemptions",
                    self.module
                );
                return;
            }
            (bound, last) = (bound + 1, count);
        }
        println!(
            "{} {way:?}: {last} executions, {} preemptions",
            self.module,
            bound - 1
        );
    }

    /// The number of executions in which nothing failed, if they came to their end.
    fn count(&self, way: Hints, bound: Option<usize>, end: Option<Instant>) -> Option<usize> {
        match self.spawn("holds", Bug::None, way, bound, end) {
            Outcome::Held(count) => Some(count),
            Outcome::Failed(count, failure) => {
                panic!("{} {way:?}, execution {count}: {failure}", self.module)
            }
            Outcome::Unfinished => None,
        }
    }

    pub(crate) fn finds_seeded_bugs(&self) {
        if let Some((bug, way)) = self.chosen() {
            return self.explore(bug, way);
        }
        assert!(!self.finds.is_empty(), "{} finds nothing", self.module);
        let mut blind = Vec::new();
        for &(bug, ways) in self.finds {
            for &way in ways {
                match self.failure(bug, way) {
                    Some((count, failure)) => {
                        println!(
                            "{}: {bug:?} {way:?}: execution {count}: {failure}",
                            self.module
                        );
                    }
                    None => blind.push((bug, way)),
                }
            }
        }
        assert!(blind.is_empty(), "{} is blind to {blind:?}", self.module);
    }

    /// How the scenario fails with a mistake, in which execution. With few preemptions first: that
    /// finds most mistakes after a few hundred executions, some of which take many thousands to come
    /// to in the order in which all are explored.
    fn failure(&self, bug: Bug, way: Hints) -> Option<(usize, String)> {
        const FEW: usize = 3;
        let few = self.preemptions.is_none_or(|bound| bound > FEW);
        let bounds = few.then_some(Some(FEW)).into_iter();
        let outcomes = bounds
            .chain([self.preemptions])
            .map(|bound| self.spawn("finds_seeded_bugs", bug, way, bound, None));
        outcomes.into_iter().find_map(|outcome| match outcome {
            Outcome::Failed(count, failure) => Some((count, failure)),
            _ => None,
        })
    }

    /// What the process was asked to explore, if it was.
    fn chosen(&self) -> Option<(Bug, Hints)> {
        let chosen = std::env::var("WEAKREF_MODEL").ok()?;
        let (bug, way) = chosen.split_once(':').expect("a mistake and a way");
        let weakened = ORDERINGS.iter().map(|&(bug, ..)| bug);
        let bugs = self.finds.iter().map(|&(bug, _)| bug).chain(weakened);
        let bugs = bugs.chain([Bug::None]);
        let bug = bugs.into_iter().find(|known| format!("{known:?}") == bug);
        let way = EVERY_WAY.iter().find(|known| format!("{known:?}") == way);
        Some((bug.expect("a mistake it knows"), *way.expect("a way")))
    }

    /// Explores in a process of its own.
    fn spawn(
        &self,
        test: &str,
        bug: Bug,
        way: Hints,
        bound: Option<usize>,
        end: Option<Instant>,
    ) -> Outcome {
        let (_, module) = self
            .module
            .split_once("::")
            .expect("a module of this crate");
        let mut child = Command::new(std::env::current_exe().expect("this test's path"))
            .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
            .env("WEAKREF_MODEL", format!("{bug:?}:{way:?}"))
            .env(
                "WEAKREF_BOUND",
                bound.map_or(String::new(), |bound| bound.to_string()),
            )
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this test can be started");
        while let Some(end) = end {
            if child.try_wait().expect("it can be waited for").is_some() {
                break;
            }
            if Instant::now() > end {
                child.kill().expect("it can be ended");
                child.wait().expect("it has ended");
                return Outcome::Unfinished;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().expect("its output can be read");
        let printed = String::from_utf8_lossy(&output.stdout);
        let after = |key| {
            printed
                .lines()
                .find_map(|line| line.split_once(key))
                .map(|(_, rest)| rest)
        };
        let count = after("executions: ").and_then(|count| count.parse().ok());
        match (output.status.code(), count) {
            (Some(0), Some(count)) => Outcome::Held(count),
            (Some(FAILED), Some(count)) => {
                Outcome::Failed(count, after("failure: ").unwrap_or_default().to_owned())
            }
            // A wild address, before anything noticed.
            (None, _) => Outcome::Failed(0, output.status.to_string()),
            _ => panic!(
                "{module}::{test} did not run: {printed}{}",
                String::from_utf8_lossy(&output.stderr)
            ),
        }
    }

    fn explore(&self, bug: Bug, way: Hints) {
        end_at_first_panic();
        choose(bug);
        model::choose(way);
        let mut builder = loom::model::Builder::new();
        builder.max_branches = 10_000;
        builder.preemption_bound = match std::env::var("WEAKREF_BOUND") {
            Ok(bound) => bound.parse().ok(),
            Err(_) => self.preemptions,
        };
        let (run, leaks) = (self.run, self.leaks);
        builder.check(move || {
            EXECUTIONS.fetch_add(1, Ordering::Relaxed);
            model::begin();
            cells::begin();
            run();
            let left = model::lives();
            assert!(
                left <= leaks,
                "{left} cells of counts, nodes or graves are left"
            );
        });
        println!("\nexecutions: {}", EXECUTIONS.load(Ordering::Relaxed));
    }
}

/// How long each exploration may go on lifting its bound in the long form, if this is it.
fn seconds_for_long_form() -> Option<u64> {
    let seconds = std::env::var("WEAKREF_LONG").ok()?;
    match seconds.parse().expect("WEAKREF_LONG is a number") {
        0 => None,
        1 => Some(u64::from(u32::MAX)),
        seconds => Some(seconds),
    }
}

/// Says which execution failed, and how, and ends the process.
fn end_at_first_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        let text = panic.payload_as_str().unwrap_or("a panic without text");
        println!("\nexecutions: {}", EXECUTIONS.load(Ordering::Relaxed));
        println!("failure: {}", text.lines().next().unwrap_or_default());
        exit(FAILED);
    }));
}

/// The operations whose ordering can be weakened, for `.ci/orderings`.
#[test]
fn orderings() {
    for (bug, place, operation) in ORDERINGS {
        println!("ordering: {bug:?}|{place}|{operation}");
    }
}
