//! Processes that end in every way there is, for the tests of the exit phase: each case prints
//! lines that the test compares.

use std::cell::RefCell;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

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
            // The thread's exit phase may be over: registering still works, and is inert then.
            let object = Strong::new(LocalObject);
            let finalizer = finalize_with(&object, drop, ());
            let alive = finalizer.is_alive();
            drop(object);
            assert!(!finalizer.is_alive());
            say(if alive { "made before" } else { "made after" });
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
