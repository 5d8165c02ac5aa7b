//! How a scenario is explored: as it is, in every way, where nothing may fail; and with each
//! mistake put in that it is known to find, where it must fail. Executions are counted, since a
//! model that runs in one is blind.
//!
//! Each exploration is a process of its own, which ends at the first panic: unwinding would ask
//! loom for more, and a death keeps the panics of callbacks in. To see one:
//! `WEAKREF_MODEL=NoLock:Plain cargo test … -- --exact removal_races_death::inline::finds_seeded_bugs --nocapture`,
//! with `None` for the mistake in a test that holds. `WEAKREF_LONG=1` lifts every bound.

use std::process::{Command, exit};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use weakref::__private::{Bug, model};

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
/// For mistakes that hints hide.
pub(crate) const PLAIN: Ways = &[Hints::Plain];

pub(crate) struct Scenario {
    pub(crate) module: &'static str,
    pub(crate) run: fn(),
    /// The preemptions explored in the quick form; `None`: all.
    pub(crate) preemptions: Option<usize>,
    /// Fewer executions than this, in any way, and the model has become blind.
    pub(crate) at_least: usize,
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
struct Outcome {
    executions: usize,
    /// What the first panic said, or how the process ended.
    failure: Option<String>,
}

impl Scenario {
    /// A scenario with everything as it mostly is.
    pub(crate) const fn named(module: &'static str) -> Self {
        Self {
            module,
            run: || (),
            preemptions: None,
            at_least: 2,
            leaks: 0,
            finds: &[],
        }
    }

    pub(crate) fn holds(&self) {
        if let Some((_, way)) = self.chosen() {
            return self.explore(Bug::None, way);
        }
        let start = Instant::now();
        let counts: Vec<usize> = EVERY_WAY
            .iter()
            .map(|&way| {
                let outcome = self.spawn("holds", Bug::None, way);
                let count = outcome.executions;
                if let Some(failure) = outcome.failure {
                    panic!("{} {way:?}, execution {count}: {failure}", self.module);
                }
                count
            })
            .collect();
        println!(
            "{}: {counts:?} executions in {:.1?}",
            self.module,
            start.elapsed()
        );
        let fewest = counts.iter().min().copied().unwrap_or_default();
        assert!(
            fewest >= self.at_least.max(2),
            "{} is blind: {counts:?} executions, {} at least",
            self.module,
            self.at_least
        );
    }

    pub(crate) fn finds_seeded_bugs(&self) {
        if let Some((bug, way)) = self.chosen() {
            return self.explore(bug, way);
        }
        let mut blind = Vec::new();
        for &(bug, ways) in self.finds {
            for &way in ways {
                let outcome = self.spawn("finds_seeded_bugs", bug, way);
                let count = outcome.executions;
                match outcome.failure {
                    Some(failure) => {
                        println!(
                            "{}: {bug:?} {way:?}: execution {count}: {failure}",
                            self.module
                        );
                    }
                    None => blind.push((bug, way, count)),
                }
            }
        }
        assert!(blind.is_empty(), "{} is blind to {blind:?}", self.module);
    }

    /// What the process was asked to explore, if it was.
    fn chosen(&self) -> Option<(Bug, Hints)> {
        let chosen = std::env::var("WEAKREF_MODEL").ok()?;
        let (bug, way) = chosen.split_once(':').expect("a mistake and a way");
        let bugs = self.finds.iter().map(|&(bug, _)| bug).chain([Bug::None]);
        let bug = bugs.into_iter().find(|known| format!("{known:?}") == bug);
        let way = EVERY_WAY.iter().find(|known| format!("{known:?}") == way);
        Some((bug.expect("a mistake it knows"), *way.expect("a way")))
    }

    /// Explores in a process of its own.
    fn spawn(&self, test: &str, bug: Bug, way: Hints) -> Outcome {
        let (_, module) = self
            .module
            .split_once("::")
            .expect("a module of this crate");
        let this = std::env::current_exe().expect("this test's path");
        let output = Command::new(this)
            .args(["--exact", &format!("{module}::{test}"), "--nocapture"])
            .env("WEAKREF_MODEL", format!("{bug:?}:{way:?}"))
            .output()
            .expect("this test can be started");
        let printed = String::from_utf8_lossy(&output.stdout);
        let line = |key| {
            printed
                .lines()
                .find_map(|line| line.split_once(key))
                .map(|(_, rest)| rest)
        };
        let failure = match output.status.code() {
            Some(0) => None,
            Some(FAILED) => line("failure: ").map(str::to_owned),
            _ => Some(output.status.to_string()),
        };
        let executions = line("executions: ").and_then(|count| count.parse().ok());
        assert!(
            failure.is_some() || executions.is_some(),
            "{module}::{test} did not run: {printed}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Outcome {
            executions: executions.unwrap_or_default(),
            failure,
        }
    }

    fn explore(&self, bug: Bug, way: Hints) {
        end_at_first_panic();
        model::choose(bug, way);
        let mut builder = loom::model::Builder::new();
        builder.max_branches = 10_000;
        builder.preemption_bound = if is_long() { None } else { self.preemptions };
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

fn is_long() -> bool {
    std::env::var_os("WEAKREF_LONG").is_some_and(|value| value != "0")
}

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
