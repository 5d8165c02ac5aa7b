//! Processes that end in every way there is, for the tests of the exit phase: each case prints
//! lines that the test compares.

mod alloc;
mod fork;
mod generations;
mod local;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use weakref::{
    Finalizer, Strong, WeakReferenceable, finalize, finalize_send, finalize_with,
    finalize_with_send, run_exit_finalizers,
};

#[derive(WeakReferenceable)]
struct Object;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalObject;

/// What exit finalizers reach others through.
static KEPT: Mutex<Vec<(&str, Finalizer<Object>)>> = Mutex::new(Vec::new());
static OBJECT: OnceLock<Strong<Object>> = OnceLock::new();

fn object() -> &'static Strong<Object> {
    OBJECT.get_or_init(|| Strong::new(Object))
}

fn say(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("stdout is a pipe that the test reads");
}

/// A finalizer that says its name.
fn named(name: &'static str) -> Finalizer<Object> {
    finalize_with(object(), say, name)
}

fn keep(name: &'static str) {
    let finalizer = named(name);
    KEPT.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((name, finalizer));
}

fn kept(name: &str) -> Finalizer<Object> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.iter()
        .find(|(other, _)| *other == name)
        .expect("kept before")
        .1
        .clone()
}

fn main() {
    let case = std::env::args().nth(1).expect("the name of a case");
    match case.as_str() {
        "order" => order(),
        "every-way" => every_way(),
        "documented" => documented(),
        "detach" => detach(),
        "clear-at-exit" => clear_at_exit(),
        "set-at-exit" => set_at_exit(),
        "nested-death" => nested_death(),
        "return" => drop(named("ran")),
        "exit-elsewhere" => exit_elsewhere(),
        "panic" => {
            named("ran");
            panic!("main panics");
        }
        "abort" => {
            named("ran");
            std::process::abort();
        }
        "fork" => fork::fork(),
        "fork-local" => fork::fork_local(),
        "fork-in-phase" => fork::fork_in_phase(),
        "fork-inherits" => fork::fork_inherits(),
        "fork-makes-rolls-twice" => fork::fork_makes_rolls_twice(),
        "fork-asks-for-room" => fork::fork_asks_for_room(),
        "fork-without-libc" => fork::fork_without_libc(),
        "fork-by-finalizer" => fork::fork_by_finalizer(),
        "fork-by-finalizer-with-threads" => fork::fork_by_finalizer_with_threads(),
        "early" => early(),
        "local-thread" => local::local_thread(),
        "local-main" => local::local_main(),
        "local-teardown" => local::local_teardown(),
        "exit-inside" => {
            finalize_with(object(), |()| std::process::exit(7), ());
        }
        "exit-inside-early" => {
            named("the rest");
            finalize_with(object(), |()| std::process::exit(7), ());
            named("the first");
            run_exit_finalizers();
            unreachable!("it exits");
        }
        "exit-inside-early-with-local" => local::exit_inside_early(),
        "exit-inside-local" => local::exit_inside(),
        "fork-exit-inside-early" => fork::fork_exit_inside_early(),
        "run-inside" => run_inside(),
        "run-inside-local" => local::run_inside(),
        "hook-panics" => {
            weakref::set_unraisable_hook(|_| panic!("the hook panics"));
            named("ran");
            finalize_with(object(), |()| panic!("a finalizer panics"), ());
        }
        "payload-panics" => payload_panics(),
        "million" => million(),
        "threads" => threads(),
        "many-threads" => many_threads(),
        "told-again" => told_again(),
        "told-again-in-phase" => told_again_in_phase(),
        "generations" => generations::generations(false),
        "generations-hook" => generations::generations(true),
        "generations-local" => local::generations_local(),
        "generations-by-thread" => local::generations_by_thread(),
        "generations-by-early" => local::generations_by_early(),
        "generations-by-exit" => local::generations_by_exit(),
        "generations-told-again" => generations::generations_told_again(),
        "siblings" => generations::siblings(),
        "strangers" => generations::strangers(),
        "strangers-counted" => generations::strangers_counted(),
        "told-last-before-the-phase" => generations::told_last_before_the_phase(),
        "told-after-the-close" => generations::told_after_the_close(),
        "silent" => silent(),
        "exit-deep" => exit_deep(),
        "silent-local" => local::silent_local(),
        "local-by-sync" => local::local_by_sync(),
        "late-deaths" => local::late_deaths(),
        "late-main" => local::late_main(),
        "early-local" => local::early_local(),
        "after-the-phase" => after_the_phase(),
        other => panic!("no case {other}"),
    }
}

fn order() {
    let (a, b) = (Strong::new(Object), Strong::new(Object));
    finalize_with(&a, say, "a1");
    finalize_with(&b, say, "b1");
    finalize_with(&a, say, "a2");
    finalize_with(&b, say, "b2");
    std::mem::forget((a, b));
}

/// All functions that make a finalizer mean it to run at exit.
fn every_way() {
    finalize(object(), |_| || say("finalize"));
    finalize_send(object(), |_| || say("finalize_send"));
    finalize_with(object(), say, "finalize_with");
    finalize_with_send(object(), say, "finalize_with_send");
}

/// The example of Python's documentation, with a finalizer that makes another.
fn documented() {
    named("f1");
    named("f2").set_at_exit(false);
    finalize_with(
        object(),
        |()| {
            say("f3 error");
            panic!("f3");
        },
        (),
    );
    finalize_with(
        object(),
        |()| {
            say("f4");
            named("g1");
        },
        (),
    );
}

fn detach() {
    named("first");
    keep("detached");
    finalize_with(
        object(),
        |()| drop(kept("detached").detach().expect("live")),
        (),
    );
}

fn clear_at_exit() {
    named("first");
    keep("cleared");
    finalize_with(object(), |()| kept("cleared").set_at_exit(false), ());
}

fn set_at_exit() {
    finalize_with(
        object(),
        |()| {
            say("oldest");
            kept("set").set_at_exit(true);
        },
        (),
    );
    keep("set");
    kept("set").set_at_exit(false);
    named("newest");
}

/// A finalizer drops the last handle of another object, whose finalizer runs inside it, once.
fn nested_death() {
    static OTHER: Mutex<Option<Strong<Object>>> = Mutex::new(None);
    let other = Strong::new(Object);
    finalize_with(&other, say, "inner");
    *OTHER.lock().expect("not poisoned") = Some(other);
    finalize_with(
        object(),
        |()| {
            say("outer begins");
            let other = OTHER.lock().expect("not poisoned").take();
            drop(other);
            say("outer ends");
        },
        (),
    );
}

fn exit_elsewhere() {
    named("ran");
    std::thread::spawn(|| std::process::exit(3))
        .join()
        .expect("never ends");
}

fn early() {
    let finalizer = named("never");
    finalizer.set_at_exit(false);
    named("early");
    run_exit_finalizers();
    say("after");
    assert!(!finalizer.is_alive() && !finalizer.at_exit());
    assert!(finalizer.call().is_none());
    assert!(finalizer.peek().is_none());
    assert!(finalizer.detach().is_none());
    let late = named("never either");
    assert!(!late.is_alive());
    let other = Strong::new(Object);
    finalize_with(&other, say, "nor this");
    drop(other);
    run_exit_finalizers();
}

fn payload_panics() {
    struct Payload;
    impl Drop for Payload {
        fn drop(&mut self) {
            panic!("the payload panics");
        }
    }
    named("ran");
    finalize_with(object(), |()| std::panic::panic_any(Payload), ());
}

fn million() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    let object = Strong::new(Object);
    finalize_with(
        &object,
        |()| say(&RAN.load(Ordering::Relaxed).to_string()),
        (),
    );
    for _ in 0..1_000_000 {
        finalize_with(
            &object,
            |()| {
                RAN.fetch_add(1, Ordering::Relaxed);
            },
            (),
        );
    }
    std::mem::forget(object);
}

/// Finalizers from several threads come out in the order in which they were made.
fn threads() {
    for name in ["first", "second", "third", "fourth"] {
        std::thread::spawn(move || drop(named(name)))
            .join()
            .expect("does not panic");
    }
}

/// More threads than there are rolls, of which each takes its turn.
fn many_threads() {
    static RAN: AtomicUsize = AtomicUsize::new(0);
    finalize_with(
        object(),
        |()| say(&RAN.load(Ordering::Relaxed).to_string()),
        (),
    );
    let make = || {
        let count = |()| {
            RAN.fetch_add(1, Ordering::Relaxed);
        };
        finalize_with(object(), count, ());
    };
    for _ in 0..70 {
        std::thread::spawn(make).join().expect("does not panic");
    }
}

/// A finalizer that is told not to run, and to run after all, is as old as it was.
fn told_again() {
    keep("older");
    let newer = || drop(named("newer"));
    // On another thread, so that it is on another roll.
    std::thread::spawn(newer).join().expect("does not panic");
    kept("older").set_at_exit(false);
    kept("older").set_at_exit(true);
}

/// The same, of one that the phase has passed by: what was made meanwhile is newer.
fn told_again_in_phase() {
    named("oldest");
    finalize_with(
        object(),
        |()| {
            let made = || drop(named("made meanwhile"));
            std::thread::spawn(made).join().expect("does not panic");
            kept("older").set_at_exit(true);
        },
        (),
    );
    keep("older");
    kept("older").set_at_exit(false);
}

/// Inside an exit finalizer the phase is not run again: what is left comes when its turn comes, and what is made then
/// is not inert.
fn run_inside() {
    named("older");
    finalize_with(
        object(),
        |()| {
            run_exit_finalizers();
            say("newer");
            let local = Strong::new(LocalObject);
            finalize_with(&local, say, "local");
            std::mem::forget(local);
        },
        (),
    );
}

#[derive(WeakReferenceable)]
#[weakref(finalizer = quit)]
struct Silent(&'static str);

impl Silent {
    #[weakref::finalizer(at_exit = false)]
    fn quit(&self) -> impl FnOnce() + use<> {
        let name = self.0;
        move || say(name)
    }
}

/// The process exits within so many deaths that others would be queued: those of exit finalizers happen all the same.
fn exit_deep() {
    use weakref::LocalObject;

    struct Link(Option<Strong<LocalObject<Self>>>);
    impl Drop for Link {
        fn drop(&mut self) {
            match self.0.take() {
                Some(next) => drop(next),
                None => std::process::exit(0),
            }
        }
    }
    struct Said(&'static str);
    impl Drop for Said {
        fn drop(&mut self) {
            say(self.0);
        }
    }
    let action = |()| {
        drop(Strong::new(LocalObject(Said("dropped"))));
        say("finalizer");
    };
    finalize_with(object(), action, ());
    let link = |next| Strong::new(LocalObject(Link(next)));
    drop((0..5_000).fold(link(None), |next, _| link(Some(next))));
}

/// Declared not to run at exit, one does not; one that is told otherwise does, once, in its place.
fn silent() {
    std::mem::forget(Strong::new(Silent("silent")));
    named("older");
    let told = Strong::new(Silent("silent"));
    let quit = Finalizer::of(&told, Silent::QUIT).expect("declared");
    assert!(!quit.at_exit());
    quit.set_at_exit(true);
    quit.set_at_exit(true);
    named("newer");
    std::mem::forget(told);
    let cleared = Strong::new(Silent("silent"));
    let quit = Finalizer::of(&cleared, Silent::QUIT).expect("declared");
    quit.set_at_exit(true);
    quit.set_at_exit(false);
    std::mem::forget(cleared);
    drop(Strong::new(Silent("silent")));
}

/// A handler of libc's that runs after the phase drops the last handle of an object.
fn after_the_phase() {
    struct Noisy;
    impl weakref::FinalizerSafe for Noisy {}
    impl Drop for Noisy {
        fn drop(&mut self) {
            say("dropped");
        }
    }
    static LAST: Mutex<Option<(Strong<Object>, Finalizer<Object>)>> = Mutex::new(None);
    extern "C" fn later() {
        let (object, finalizer) = LAST.lock().expect("not poisoned").take().expect("kept");
        say(&format!("alive: {}", finalizer.is_alive()));
        drop(object);
    }
    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> i32;
    }
    // SAFETY: a function of this program. Registered before the phase, so that it runs after it.
    assert_eq!(unsafe { atexit(later) }, 0);
    named("ran");
    let last = Strong::new(Object);
    let finalizer = finalize_with(&last, |_: Noisy| say("never"), Noisy);
    finalizer.set_at_exit(false);
    *LAST.lock().expect("not poisoned") = Some((last, finalizer));
}
