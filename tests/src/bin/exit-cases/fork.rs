//! Processes that fork.

use std::sync::Barrier;

use weakref::{Strong, finalize_with, run_exit_finalizers};

use crate::{LocalObject, named, object, say};

pub(crate) fn fork() {
    named("the parent's");
    in_child(|| drop(named("the child's")));
    say("in the parent");
}

pub(crate) fn fork_local() {
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
pub(crate) fn fork_in_phase() {
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

/// Forks in the phase, on its thread: the child exits from within it.
pub(crate) fn fork_by_finalizer() {
    named("the parent's");
    finalize_with(object(), |()| in_child(|| drop(named("the child's"))), ());
    run_exit_finalizers();
    say("in the parent");
}

/// The same, of a child in which another thread is in its own phase.
pub(crate) fn fork_by_finalizer_with_threads() {
    static HERE: Barrier = Barrier::new(2);
    named("the parent's");
    let in_phase = |()| {
        in_child(|| {
            finalize_with(
                object(),
                |()| {
                    HERE.wait();
                    std::thread::sleep(std::time::Duration::from_millis(200));
                    say("the child's");
                },
                (),
            );
            std::thread::spawn(run_exit_finalizers);
            HERE.wait();
        });
    };
    finalize_with(object(), in_phase, ());
    run_exit_finalizers();
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
