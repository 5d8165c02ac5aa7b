//! Processes that end in every way there is, for the tests of the exit phase: each case prints
//! lines that the test compares.

use std::cell::RefCell;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use weakref::{Finalizer, Strong, WeakReferenceable, finalize_with, run_exit_finalizers};

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
        "fork" => fork(),
        "fork-local" => fork_local(),
        "fork-in-phase" => fork_in_phase(),
        "early" => early(),
        "local-thread" => local_thread(),
        "local-main" => local_main(),
        "local-teardown" => local_teardown(),
        "exit-inside" => {
            finalize_with(object(), |()| std::process::exit(7), ());
        }
        "hook-panics" => {
            weakref::set_unraisable_hook(|_| panic!("the hook panics"));
            named("ran");
            finalize_with(object(), |()| panic!("a finalizer panics"), ());
        }
        "payload-panics" => payload_panics(),
        "million" => million(),
        "threads" => threads(),
        "generations" => generations(false),
        "generations-hook" => generations(true),
        "generations-local" => generations_local(),
        "generations-told-again" => generations_told_again(),
        "siblings" => siblings(),
        "strangers" => strangers(),
        "told-after-the-close" => told_after_the_close(),
        "silent" => silent(),
        "silent-local" => silent_local(),
        "local-by-sync" => local_by_sync(),
        "late-deaths" => late_deaths(),
        "early-local" => early_local(),
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

/// The documented example of the reference implementation, with a finalizer that makes another.
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

fn fork() {
    named("the parent's");
    in_child(|| drop(named("the child's")));
    say("in the parent");
}

fn fork_local() {
    let object = Strong::new(LocalObject);
    finalize_with(&object, say, "the parent's");
    std::mem::forget(object);
    in_child(|| {
        let object = Strong::new(LocalObject);
        finalize_with(&object, say, "the child's");
        std::mem::forget(object);
    });
    say("in the parent");
}

/// Forks while another thread is in the phase, which the child does not have.
fn fork_in_phase() {
    static HERE: Barrier = Barrier::new(2);
    finalize_with(
        object(),
        |()| {
            HERE.wait();
            HERE.wait();
            say("the parent's");
        },
        (),
    );
    let other = std::thread::spawn(run_exit_finalizers);
    HERE.wait();
    in_child(|| drop(named("the child's")));
    say("in the parent");
    HERE.wait();
    other.join().expect("does not panic");
}

/// Forks, and waits for a child that calls `f` and exits.
fn in_child(f: impl FnOnce()) {
    unsafe extern "C" {
        fn fork() -> i32;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    // SAFETY: one thread; the child uses nothing but what a fork leaves valid.
    let pid = unsafe { fork() };
    if pid == 0 {
        say("in the child");
        f();
        std::process::exit(0);
    }
    let mut status = 0;
    // SAFETY: a valid place.
    assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0);
}

fn early() {
    let finalizer = named("never");
    finalizer.set_at_exit(false);
    named("early");
    run_exit_finalizers();
    say("after");
    assert!(!finalizer.is_alive());
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

fn local_thread() {
    std::thread::spawn(|| {
        let object = Strong::new(LocalObject);
        finalize_with(&object, say, "older");
        finalize_with(&object, say, "newer");
        std::mem::forget(object);
    })
    .join()
    .expect("does not panic");
    say("joined");
}

fn local_main() {
    let local = Strong::new(LocalObject);
    finalize_with(&local, say, "local");
    std::mem::forget(local);
    named("sync");
}

/// Local objects that live in thread-locals, some destroyed before the thread's exit phase, some
/// after it; nothing reaches a destroyed thread-local.
fn local_teardown() {
    thread_local! {
        static EARLY: RefCell<Option<Strong<LocalObject>>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Strong<LocalObject>>> = const { RefCell::new(None) };
    }
    struct AtEnd;
    impl Drop for AtEnd {
        fn drop(&mut self) {
            // The thread's exit phase may be over: a death still runs what is registered.
            let object = Strong::new(LocalObject);
            let finalizer = finalize_with(&object, drop, ());
            let alive = finalizer.is_alive();
            drop(object);
            assert!(alive && !finalizer.is_alive());
            say("made");
        }
    }
    thread_local! {
        static AT_END: AtEnd = const { AtEnd };
    }
    std::thread::spawn(|| {
        AT_END.with(|_| ());
        LATE.with(|late| *late.borrow_mut() = Some(Strong::new(LocalObject)));
        LATE.with(|late| {
            finalize_with(late.borrow().as_ref().expect("just set"), say, "one");
        });
        EARLY.with(|early| {
            let object = Strong::new(LocalObject);
            finalize_with(&object, say, "two");
            *early.borrow_mut() = Some(object);
        });
    })
    .join()
    .expect("does not panic");
    say("joined");
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

/// How often a finalizer ran that makes itself anew.
static RUNS: AtomicUsize = AtomicUsize::new(0);

/// Says what is reported, and after how many runs; then makes yet another, if it is told to.
fn report_runs(again: bool) {
    weakref::set_unraisable_hook(move |report| {
        let runs = RUNS.load(Ordering::Relaxed);
        let (source, of) = (report.source(), report.type_name());
        say(&format!("after {runs}: {source} of a {of}"));
        if again {
            finalize_with(object(), |()| say("never"), ());
        }
    });
}

fn generations(again: bool) {
    fn anew() {
        RUNS.fetch_add(1, Ordering::Relaxed);
        finalize_with(object(), |()| anew(), ());
    }
    report_runs(again);
    finalize_with(object(), |()| anew(), ());
}

/// The hook tells the one that is left to run at exit after all.
fn generations_told_again() {
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

fn generations_local() {
    fn anew() {
        RUNS.fetch_add(1, Ordering::Relaxed);
        let object = Strong::new(LocalObject);
        finalize_with(&object, |()| anew(), ());
        std::mem::forget(object);
    }
    report_runs(false);
    let object = Strong::new(LocalObject);
    finalize_with(&object, |()| anew(), ());
    std::mem::forget(object);
}

fn siblings() {
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

fn local_by_sync() {
    finalize_with(
        object(),
        |()| {
            say("sync");
            let local = Strong::new(LocalObject);
            finalize_with(&local, say, "local");
            std::mem::forget(local);
        },
        (),
    );
}

#[derive(WeakReferenceable)]
#[weakref(local, finalizer = close)]
struct Declared(&'static str);

impl Declared {
    #[weakref::finalizer]
    fn close(&self) -> impl FnOnce() {
        let name = self.0;
        move || say(&format!("closed {name}"))
    }
}

/// Threads make finalizers faster than they run; the oldest of all comes last.
fn strangers() {
    named("the oldest");
    // Not before the phase: what was there all runs.
    finalize_with(
        object(),
        |()| (0..8).for_each(|_| drop(std::thread::spawn(go_on))),
        (),
    );
}

/// Two that are told to run at exit only after threads have made more than the phase runs of theirs: one that
/// the phase passed by, and one that was enrolled nowhere.
fn told_after_the_close() {
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

fn silent_local() {
    #[derive(WeakReferenceable)]
    #[weakref(local, finalizer = quit)]
    struct Silent(&'static str);
    impl Silent {
        #[weakref::finalizer(at_exit = false)]
        fn quit(&self) -> impl FnOnce() + use<> {
            let name = self.0;
            move || say(name)
        }
    }
    std::thread::spawn(|| {
        std::mem::forget(Strong::new(Silent("never")));
        let told = Strong::new(Silent("told"));
        Finalizer::of(&told, Silent::QUIT)
            .expect("declared")
            .set_at_exit(true);
        std::mem::forget(told);
    })
    .join()
    .expect("does not panic");
    say("joined");
}

fn go_on() {
    loop {
        let object = Strong::new(Object);
        finalize_with(&object, std::thread::sleep, Duration::from_micros(200));
        std::mem::forget(object);
        std::thread::sleep(Duration::from_micros(50));
    }
}

/// Objects that die, are born and die, and have a finalizer called in a thread-local that is
/// destroyed after the thread's exit phase.
fn late_deaths() {
    struct Late(RefCell<Option<Strong<Declared>>>);
    impl Drop for Late {
        fn drop(&mut self) {
            let Some(kept) = self.0.take() else { return };
            let close = Finalizer::of(&kept, Declared::CLOSE);
            // Its own was run by the phase: this one is made now.
            assert!(close.is_none());
            let last = finalize_with(&kept, say, "closed kept");
            say(&format!("alive: {}", last.is_alive()));
            drop(kept);
            assert!(!last.is_alive());
            drop(Strong::new(Declared("born")));
            let called = Strong::new(LocalObject);
            assert!(finalize_with(&called, say, "called").call().is_some());
        }
    }
    thread_local! {
        static LATE: Late = const { Late(RefCell::new(None)) };
    }
    std::thread::spawn(|| {
        // Before the guard of the phase, which the first finalizer makes: destroyed after it.
        LATE.with(|_| ());
        let kept = Strong::new(Declared("by the phase"));
        LATE.with(|late| *late.0.borrow_mut() = Some(kept));
    })
    .join()
    .expect("does not panic");
    drop(Strong::new(Declared("in main")));
}

fn early_local() {
    let object = Strong::new(LocalObject);
    finalize_with(&object, say, "early");
    run_exit_finalizers();
    say("after");
    let late = finalize_with(&object, say, "never");
    assert!(!late.is_alive() && late.call().is_none());
    drop(object);
    std::thread::spawn(|| {
        let object = Strong::new(LocalObject);
        finalize_with(&object, say, "elsewhere");
        std::mem::forget(object);
    })
    .join()
    .expect("does not panic");
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
