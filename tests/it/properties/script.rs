//! Scripts: how they are drawn, run and shortened.

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use super::world::{self, Object, Pool, SLOTS, Site};

const STEPS: usize = 150;

/// A container beside its model.
pub(super) trait Subject: 'static {
    type Object: Object;
    type Command: Clone + fmt::Debug + 'static;

    fn new() -> Self;

    fn draw(random: &mut Random) -> Self::Command;

    /// Does a command on both and asserts that they answer alike. May unwind, by a mine, between
    /// changes to the container that the model has made too.
    fn apply(&mut self, command: &Self::Command, pool: &Pool<Self::Object>);

    /// Asserts that both have the same content.
    fn check(&mut self, pool: &Pool<Self::Object>);

    /// Empties both, after `Eq` has lied: what is then in the container is not determined, but all
    /// of it has to be alive.
    fn give_up(&mut self, pool: &Pool<Self::Object>);
}

#[derive(Clone, Debug)]
enum Step<C> {
    Bear {
        slot: usize,
        class: u8,
    },
    Kill {
        slot: usize,
    },
    Lay {
        site: Site,
        passes: u32,
        blast: Blast<C>,
    },
    Do(C),
}

#[derive(Clone, Debug)]
enum Blast<C> {
    Kill {
        slots: Vec<usize>,
    },
    Panic,
    Lie,
    /// Calls the container from user code, if a `RefCell` around it lets it.
    Do(C),
}

/// Runs scripts of this many steps altogether, or a few more.
pub(super) fn check<S: Subject>(steps: usize) {
    for seed in 1..=steps.div_ceil(STEPS) as u64 {
        let mut random = Random::new(seed);
        let script: Vec<_> = (0..steps.min(STEPS))
            .map(|_| draw::<S>(&mut random))
            .collect();
        if run::<S>(&script) {
            continue;
        }
        let script = shorten::<S>(script);
        panic!(
            "{} does not agree with its model; seed {seed}, shortened to {} steps: {script:#?}",
            std::any::type_name::<S>(),
            script.len(),
        );
    }
}

fn draw<S: Subject>(random: &mut Random) -> Step<S::Command> {
    match random.below(20) {
        0..4 => Step::Bear {
            slot: random.slot(),
            class: random.small(),
        },
        4..7 => Step::Kill {
            slot: random.slot(),
        },
        7..10 => {
            let site = random.one_of(&[Site::Eq, Site::Hash, Site::Drop, Site::Call]);
            let blast = match random.below(12) {
                0..6 => Blast::Kill {
                    slots: random.slots(4),
                },
                6..10 => Blast::Do(S::draw(random)),
                10 if site != Site::Drop => Blast::Panic,
                11 if site == Site::Eq => Blast::Lie,
                _ => Blast::Kill {
                    slots: random.slots(SLOTS),
                },
            };
            let passes = 1 + u32::from(random.small());
            Step::Lay {
                site,
                passes,
                blast,
            }
        }
        _ => Step::Do(S::draw(random)),
    }
}

/// Leaves steps out as long as what is left still fails.
fn shorten<S: Subject>(mut script: Vec<Step<S::Command>>) -> Vec<Step<S::Command>> {
    let mut length = script.len() / 2;
    while length > 0 {
        let mut start = 0;
        while start < script.len() {
            let mut shorter = script.clone();
            shorter.drain(start..script.len().min(start + length));
            if run::<S>(&shorter) {
                start += length;
            } else {
                script = shorter;
            }
        }
        length /= 2;
    }
    script
}

/// Runs a script and returns whether container and model agreed.
fn run<S: Subject>(script: &[Step<S::Command>]) -> bool {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let stage = Rc::new(Stage::<S> {
            subject: RefCell::new(S::new()),
            pool: Pool::new(),
        });
        for step in script {
            stage.step(step);
        }
        world::clear_mines();
    }));
    world::clear_mines();
    outcome.is_ok()
}

struct Stage<S: Subject> {
    /// Dropped before the objects that are in it.
    subject: RefCell<S>,
    pool: Pool<S::Object>,
}

impl<S: Subject> Stage<S> {
    fn step(self: &Rc<Self>, step: &Step<S::Command>) {
        match step {
            Step::Bear { slot, class } => self.pool.bear(*slot, *class),
            Step::Kill { slot } => self.pool.kill(*slot),
            Step::Lay {
                site,
                passes,
                blast,
            } => self.lay(*site, *passes, blast.clone()),
            Step::Do(command) => self.perform(command),
        }
        if let Ok(mut subject) = self.subject.try_borrow_mut() {
            world::quietly(|| subject.check(&self.pool));
        }
    }

    fn lay(self: &Rc<Self>, site: Site, passes: u32, blast: Blast<S::Command>) {
        let stage = Rc::downgrade(self);
        world::lay(site, passes, move || match blast {
            Blast::Kill { slots } => {
                if let Some(stage) = stage.upgrade() {
                    for slot in slots {
                        stage.pool.kill(slot);
                    }
                }
            }
            Blast::Panic => world::panic_by_mine(),
            Blast::Lie => world::lie(),
            Blast::Do(command) => {
                if let Some(stage) = stage.upgrade() {
                    stage.perform(&command);
                }
            }
        });
    }

    fn perform(&self, command: &S::Command) {
        let Ok(mut subject) = self.subject.try_borrow_mut() else {
            return;
        };
        let outcome = catch_unwind(AssertUnwindSafe(|| subject.apply(command, &self.pool)));
        let lied = world::has_lied();
        world::quietly(|| match outcome {
            _ if lied => subject.give_up(&self.pool),
            Err(payload) if !world::is_by_mine(&*payload) => resume_unwind(payload),
            _ => subject.check(&self.pool),
        });
    }
}

/// Random numbers, the same for the same seed (xorshift64*).
pub(super) struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    pub(super) fn slot(&mut self) -> usize {
        self.below(SLOTS)
    }

    /// A number of a class or a key, or for counting: few, so that they meet.
    pub(super) fn small(&mut self) -> u8 {
        u8::try_from(self.next() % 10).expect("below 10")
    }

    pub(super) fn slots(&mut self, bound: usize) -> Vec<usize> {
        (0..self.below(bound)).map(|_| self.slot()).collect()
    }

    pub(super) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}
