//! Finalizers that make others: the phase ends all the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use weakref::{Finalizer, Strong, finalize_with};

use crate::{Object, Silent, keep, kept, named, object, say};

/// How often a finalizer ran that makes itself anew.
pub(crate) static RUNS: AtomicUsize = AtomicUsize::new(0);

/// Says what is reported, and after how many runs; then makes yet another, if it is told to.
pub(crate) fn report_runs(again: bool) {
    weakref::set_unraisable_hook(move |report| {
        let runs = RUNS.load(Ordering::Relaxed);
        let (source, of) = (report.source(), report.type_name());
        say(&format!("after {runs}: {source} of a {of}"));
        if again {
            finalize_with(object(), |()| say("never"), ());
        }
    });
}

/// What a finalizer does that makes itself anew.
pub(crate) fn anew() {
    RUNS.fetch_add(1, Ordering::Relaxed);
    finalize_with(object(), |()| anew(), ());
}

pub(crate) fn generations(again: bool) {
    report_runs(again);
    finalize_with(object(), |()| anew(), ());
}

/// The hook tells the one that is left to run at exit after all.
pub(crate) fn generations_told_again() {
    fn anew() {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let next = finalize_with(object(), |()| anew(), ());
        *NEWEST.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }
    static NEWEST: Mutex<Option<Finalizer<Object>>> = Mutex::new(None);
    static REPORTS: AtomicUsize = AtomicUsize::new(0);
    weakref::set_unraisable_hook(|_| {
        say(&format!("after {}", RUNS.load(Ordering::Relaxed)));
        if REPORTS.fetch_add(1, Ordering::Relaxed) == 9 {
            // It would go on for ever.
            std::process::abort();
        }
        let newest = NEWEST.lock().unwrap_or_else(PoisonError::into_inner);
        newest.as_ref().expect("made last").set_at_exit(true);
    });
    finalize_with(object(), |()| anew(), ());
}

pub(crate) fn siblings() {
    fn count() -> usize {
        RUNS.fetch_add(1, Ordering::Relaxed) + 1
    }
    finalize_with(object(), |()| say(&count().to_string()), ());
    finalize_with(
        object(),
        |()| {
            for _ in 0..1000 {
                finalize_with(object(), |()| drop(Box::new(count())), ());
            }
        },
        (),
    );
}

/// Threads make finalizers faster than they run; the oldest of all comes last.
pub(crate) fn strangers() {
    named("the oldest");
    // Not before the phase: what was there all runs.
    finalize_with(
        object(),
        |()| (0..8).for_each(|_| drop(std::thread::spawn(go_on))),
        (),
    );
}

/// Another thread makes more than the phase runs, all at once. What was made last before the phase is none of them.
pub(crate) fn strangers_counted() {
    finalize_with(
        object(),
        |()| say(&RUNS.load(Ordering::Relaxed).to_string()),
        (),
    );
    finalize_with(object(), |()| make_strangers(), ());
}

fn make_strangers() {
    let make = || {
        let count = |()| {
            RUNS.fetch_add(1, Ordering::Relaxed);
        };
        for _ in 0..150 {
            finalize_with(object(), count, ());
        }
    };
    std::thread::spawn(make).join().expect("does not panic");
}

/// The last that was made before the phase, and that it passed by, is told to run after it was closed to strangers.
pub(crate) fn told_last_before_the_phase() {
    finalize_with(object(), |()| kept("told").set_at_exit(true), ());
    finalize_with(object(), |()| make_strangers(), ());
    keep("told");
    kept("told").set_at_exit(false);
}

/// Two that are told to run at exit only after threads have made more than the phase runs of theirs: one that
/// the phase passed by, and one that was enrolled nowhere.
pub(crate) fn told_after_the_close() {
    static SILENT: OnceLock<(Strong<Silent>, Finalizer<Silent>)> = OnceLock::new();
    keep("told");
    kept("told").set_at_exit(false);
    let silent = Strong::new(Silent("silent"));
    let quit = Finalizer::of(&silent, Silent::QUIT).expect("declared");
    assert!(SILENT.set((silent, quit)).is_ok());
    finalize_with(
        object(),
        |()| {
            say("older still");
            let (_, quit) = SILENT.get().expect("set before");
            quit.set_at_exit(true);
            kept("told").set_at_exit(true);
        },
        (),
    );
    strangers();
}

fn go_on() {
    loop {
        let object = Strong::new(Object);
        finalize_with(&object, std::thread::sleep, Duration::from_micros(200));
        std::mem::forget(object);
        std::thread::sleep(Duration::from_micros(50));
    }
}
