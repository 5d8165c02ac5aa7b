//! Local objects: the phase of a thread.

use std::cell::RefCell;
use std::sync::atomic::Ordering;

use weakref::{Finalizer, Strong, WeakReferenceable, finalize_with, run_exit_finalizers};

use crate::generations::{RUNS, anew, report_runs};
use crate::{LocalObject, named, object, say};

pub(crate) fn local_thread() {
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

pub(crate) fn local_main() {
    let local = Strong::new(LocalObject);
    finalize_with(&local, say, "local");
    std::mem::forget(local);
    named("sync");
}

/// Local objects that live in thread-locals, some destroyed before the thread's exit phase, some
/// after it; nothing reaches a destroyed thread-local.
pub(crate) fn local_teardown() {
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

pub(crate) fn local_by_sync() {
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

pub(crate) fn silent_local() {
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

pub(crate) fn generations_local() {
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

/// What the phase of a thread makes for that of the process counts as if no phase had made it.
fn begin_generations() {
    let object = Strong::new(LocalObject);
    finalize_with(
        &object,
        |()| drop(finalize_with(crate::object(), |()| anew(), ())),
        (),
    );
    std::mem::forget(object);
}

pub(crate) fn generations_by_thread() {
    report_runs(false);
    let ends = std::thread::spawn(begin_generations);
    ends.join().expect("does not panic");
}

pub(crate) fn generations_by_early() {
    report_runs(false);
    begin_generations();
    run_exit_finalizers();
}

/// In the rest of a thread's phase, which ends the process.
pub(crate) fn generations_by_exit() {
    report_runs(false);
    let ends = std::thread::spawn(|| {
        begin_generations();
        let object = Strong::new(LocalObject);
        finalize_with(&object, |()| std::process::exit(0), ());
        std::mem::forget(object);
    });
    drop(ends.join());
    unreachable!("it exits");
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

/// Objects that die, are born and die, and have a finalizer called in a thread-local that is
/// destroyed after the thread's exit phase.
pub(crate) fn late_deaths() {
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

/// A local object that a thread-local of the main thread makes after that thread's phase, and forgets.
pub(crate) fn late_main() {
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            let object = Strong::new(LocalObject);
            finalize_with(&object, say, "never");
            std::mem::forget(object);
        }
    }
    thread_local! {
        static LATE: Late = const { Late };
    }
    // Before the guard of the phase, which the first finalizer makes: destroyed after it.
    LATE.with(|_| ());
    let object = Strong::new(LocalObject);
    finalize_with(&object, say, "in the phase");
    std::mem::forget(object);
}

pub(crate) fn early_local() {
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

/// In the phase of a thread that ends.
pub(crate) fn exit_inside() {
    named("the rest");
    let ends = std::thread::spawn(|| {
        let object = Strong::new(LocalObject);
        finalize_with(&object, say, "the rest of the thread");
        finalize_with(&object, |()| std::process::exit(7), ());
        std::mem::forget(object);
    });
    drop(ends.join());
    unreachable!("it exits");
}

/// In the phase of the process, on a thread whose own is over, and which asks for it once more as it exits.
pub(crate) fn exit_inside_early() {
    unsafe extern "C" {
        fn alarm(seconds: u32) -> u32;
    }
    // SAFETY: it takes a number. Who waits for itself is ended.
    unsafe { alarm(20) };
    let object = Strong::new(LocalObject);
    finalize_with(&object, say, "local");
    named("the rest");
    finalize_with(crate::object(), |()| std::process::exit(7), ());
    run_exit_finalizers();
    unreachable!("it exits");
}

/// In the phase of a thread: no phase is run inside it, and the thread goes on.
pub(crate) fn run_inside() {
    named("sync");
    let ends = std::thread::spawn(|| {
        let object = Strong::new(LocalObject);
        finalize_with(&object, say, "older");
        let runs = |()| {
            run_exit_finalizers();
            say("newer");
            let object = Strong::new(LocalObject);
            finalize_with(&object, say, "made meanwhile");
            std::mem::forget(object);
        };
        finalize_with(&object, runs, ());
        std::mem::forget(object);
    });
    ends.join().expect("does not panic");
    say("joined");
}
