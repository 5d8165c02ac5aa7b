//! How a scenario is run: with threads chosen at random at each step, and with priorities that change at few random
//! steps (PCT), which finds other mistakes. With each mistake put in that it is known to find, it must fail under one of the two.
//!
//! A failure prints its schedule, which `shuttle::replay` runs again. Seeds are fixed; the long form
//! (`WEAKREF_LONG=seconds`) draws others for so many seconds in each way.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, FailurePersistence, Runner};
use weakref::__private::{Bug, choose};

pub(crate) struct Scenario {
    pub(crate) module: &'static str,
    pub(crate) run: fn(),
    /// The schedules of each way in the quick form.
    pub(crate) schedules: usize,
    pub(crate) finds: &'static [Bug],
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Random,
    Priorities,
}

const WAYS: [Way; 2] = [Way::Random, Way::Priorities];

/// Priorities change at so many steps, less one.
const DEPTH: usize = 4;

const SEED: u64 = 0x5eed;

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

impl Scenario {
    /// A scenario with everything as it mostly is.
    pub(crate) const fn named(module: &'static str) -> Self {
        Self {
            module,
            run: || (),
            schedules: 10_000,
            finds: &[],
        }
    }

    pub(crate) fn holds(&self) {
        for way in WAYS {
            let count = self.explore(way, FailurePersistence::Print, seconds_for_long_form());
            println!("{} {way:?}: {count} schedules", self.module);
        }
    }

    pub(crate) fn finds_seeded_bugs(&self) {
        assert!(!self.finds.is_empty(), "{} finds nothing", self.module);
        let is_blind_to = |&bug: &Bug| {
            let found = WAYS.into_iter().find(|&way| self.finds(bug, way));
            println!("{}: {bug:?} found: {found:?}", self.module);
            found.is_none()
        };
        let blind: Vec<_> = self.finds.iter().copied().filter(is_blind_to).collect();
        assert!(blind.is_empty(), "{} is blind to {blind:?}", self.module);
    }

    /// Whether an exploration fails with `bug`. On a thread of its own: one that has failed is not unwound,
    /// and its thread counts as panicking ever after.
    fn finds(&self, bug: Bug, way: Way) -> bool {
        std::thread::scope(|scope| {
            let exploration = scope.spawn(|| {
                choose(bug);
                self.explore(way, FailurePersistence::None, None);
            });
            exploration.join().is_err()
        })
    }

    /// Returns the number of schedules in which nothing failed; panics with the first failure.
    fn explore(&self, way: Way, print: FailurePersistence, seconds: Option<u64>) -> usize {
        let mut config = Config::new();
        config.failure_persistence = print;
        config.silence_warnings = true;
        config
            .ungraceful_shutdown_config
            .immediately_return_on_panic = true;
        config.max_time = seconds.map(Duration::from_secs);
        let (seed, count) = match seconds {
            None => (SEED, self.schedules),
            Some(_) => (random_seed(), usize::MAX),
        };
        match way {
            Way::Random => {
                let scheduler = RandomScheduler::new_from_seed(seed, count);
                Runner::new(scheduler, config).run(self.run)
            }
            Way::Priorities => {
                let scheduler = PctScheduler::new_from_seed(seed, DEPTH, count);
                Runner::new(scheduler, config).run(self.run)
            }
        }
    }
}

fn random_seed() -> u64 {
    RandomState::new().hash_one(SEED)
}

/// How long each way may go on in the long form, if this is it.
fn seconds_for_long_form() -> Option<u64> {
    let seconds = std::env::var("WEAKREF_LONG").ok()?;
    Some(seconds.parse().expect("WEAKREF_LONG is a number"))
}
