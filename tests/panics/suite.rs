//! Runs scripts: each once for every call of user code in it, which then panics.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Once;

use weakref_tests::counting::count;

use crate::world::{self, Again, Mode};

/// Scripts of one subject, and what went wrong with them.
pub(crate) struct Suite {
    subject: &'static str,
    scripts: usize,
    runs: usize,
    failures: Vec<String>,
    /// Of the script that runs: one failure of a kind is told.
    told: Vec<&'static str>,
}

type Payload = Box<dyn Any + Send>;

/// In the quick form the plainest and the worst; in the long form all.
fn modes() -> Vec<Mode> {
    let mode = |bombs, again, unwinding| Mode {
        bombs,
        again,
        unwinding,
    };
    if std::env::var_os("WEAKREF_LONG").is_none() {
        return vec![
            mode(false, Again::Never, false),
            mode(true, Again::Always, false),
            mode(true, Again::Never, true),
        ];
    }
    let mut modes = Vec::new();
    for bombs in [false, true] {
        let after = (1..=12).map(Again::After);
        for again in [Again::Never, Again::Always].into_iter().chain(after) {
            modes.push(mode(bombs, again, false));
        }
        // While a thread unwinds, one panic more is all that may be on its way.
        modes.push(mode(bombs, Again::Never, true));
    }
    modes
}

impl Suite {
    pub(crate) fn new(subject: &'static str) -> Self {
        // One for all: the last to report to another would free it, and be counted for it.
        static HOOK: Once = Once::new();
        quiet();
        HOOK.call_once(|| weakref::set_unraisable_hook(|_| world::tick()));
        Self {
            subject,
            scripts: 0,
            runs: 0,
            failures: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Runs `act` on what `make` made, with a panic at every call of user code in turn, and lets `check` look at what
    /// is left. `make` and `check` are not disturbed.
    pub(crate) fn script<W>(
        &mut self,
        name: &str,
        make: impl Fn() -> W,
        act: impl Fn(&mut W),
        check: impl Fn(&mut W),
    ) {
        let only = std::env::var("WEAKREF_SCRIPT").unwrap_or_default();
        if !format!("{} {name}", self.subject).contains(&only) {
            return;
        }
        self.scripts += 1;
        self.told.clear();
        // What is made once for all, as thread-locals, is made here.
        self.run(
            name,
            Mode {
                bombs: false,
                again: Again::Never,
                unwinding: false,
            },
            0,
            &make,
            &act,
            &check,
        );
        for mode in modes() {
            let mut panic_at = 1;
            while self.run(name, mode, panic_at, &make, &act, &check) {
                panic_at += 1;
            }
        }
    }

    /// Whether the call of this number came.
    fn run<W>(
        &mut self,
        name: &str,
        mode: Mode,
        panic_at: usize,
        make: &impl Fn() -> W,
        act: &impl Fn(&mut W),
        check: &impl Fn(&mut W),
    ) -> bool {
        self.runs += 1;
        world::reset();
        let place = format!("{} {name}, call {panic_at}, {mode:?}", self.subject);
        if std::env::var_os("WEAKREF_TRACE").is_some() {
            eprintln!("{place}");
        }
        let (result, usage) = count(|| {
            let mut subject = make();
            world::arm(mode, panic_at);
            let caught = if mode.unwinding {
                while_unwinding(|| act(&mut subject))
            } else {
                catch_unwind(AssertUnwindSafe(|| act(&mut subject)))
            };
            let injected = world::disarm();
            drop(caught);
            world::forget_doomed();
            let checked = catch_unwind(AssertUnwindSafe(|| check(&mut subject)));
            drop(subject);
            (injected, checked.map_err(said))
        });
        let (injected, checked) = result;
        if let Err(said) = checked {
            self.fail("inconsistent", format!("{place}: inconsistent: {said}"));
        } else if world::live() != 0 {
            self.fail(
                "objects",
                format!("{place}: {} objects are left", world::live()),
            );
        } else if usage.held_blocks != 0 {
            self.fail(
                "blocks",
                format!("{place}: {} blocks are left", usage.held_blocks),
            );
        }
        injected != 0
    }

    fn fail(&mut self, kind: &'static str, failure: String) {
        if !self.told.contains(&kind) {
            self.told.push(kind);
            self.failures.push(failure);
        }
    }

    /// Fails if a script did.
    pub(crate) fn finish(self, at_least: usize) {
        println!(
            "{}: {} scripts, {} runs",
            self.subject, self.scripts, self.runs
        );
        // The panic hook is silent.
        for failure in self.failures.iter().take(60) {
            println!("{failure}");
        }
        assert_eq!(self.failures.len(), 0);
        assert!(self.scripts >= at_least || std::env::var_os("WEAKREF_SCRIPT").is_some());
    }
}

fn said(payload: Payload) -> String {
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload
            .downcast_ref::<&str>()
            .map_or_else(|| "?".to_owned(), ToString::to_string),
    }
}

/// Runs `act` within a drop while the thread unwinds.
fn while_unwinding(act: impl FnOnce()) -> Result<(), Payload> {
    struct Frame<'a, F: FnOnce()>(Option<F>, &'a mut Result<(), Payload>);
    impl<F: FnOnce()> Drop for Frame<'_, F> {
        fn drop(&mut self) {
            if let Some(act) = self.0.take() {
                *self.1 = catch_unwind(AssertUnwindSafe(act));
            }
        }
    }
    let mut caught = Ok(());
    let outer = catch_unwind(AssertUnwindSafe(|| {
        let _frame = Frame(Some(act), &mut caught);
        resume_unwind(Box::new("unwinding"));
    }));
    drop(outer);
    caught
}

/// No word on panics that a check catches: they are told at the end.
fn quiet() {
    std::panic::set_hook(Box::new(|info| {
        let text = info.to_string();
        if text.contains("during cleanup") || text.contains("cannot unwind") {
            eprintln!("{text}");
        }
    }));
}

/// Runs each script with what each of the makers makes.
#[macro_export]
macro_rules! scripts {
    ($suite:ident, $Kit:ty, [$($make:expr),*], $check:expr; $($name:literal => |$kit:ident| $act:expr;)*) => {
        let makers: &[(&str, fn() -> $Kit)] = &[$((stringify!($make), $make)),*];
        for &(maker, make) in makers {
            $(
                $suite.script(&format!("{} of {maker}", $name), make, |$kit: &mut $Kit| { $act }, $check);
            )*
        }
    };
}
