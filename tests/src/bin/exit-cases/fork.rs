//! Processes that fork.

use std::sync::{Barrier, OnceLock};

use weakref::{Finalizer, Strong, finalize_with, run_exit_finalizers};
use weakref_tests::counting::count;

use crate::alloc::at_next;
use crate::{LocalObject, Silent, named, object, say};

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

/// A child calls what it inherited, among finalizers of its own.
pub(crate) fn fork_inherits() {
    named("the oldest");
    let called = named("called");
    let newest = named("the newest");
    in_child(|| {
        let own = named("the child's");
        assert!(called.call().is_some());
        assert!(newest.call().is_some());
        own.set_at_exit(false);
        own.set_at_exit(true);
    });
    say("in the parent");
}

/// A child needs its rolls for the first time; then one in which another thread makes them in the meantime.
pub(crate) fn fork_makes_rolls_twice() {
    /// Such as the parent has enrolled nowhere.
    static TOLD: [OnceLock<Finalizer<Silent>>; 2] = [const { OnceLock::new() }; 2];

    /// Allocates nothing but the rolls.
    fn tell(which: usize) {
        TOLD[which].wait().set_at_exit(true);
    }

    // From here on forks are counted.
    named("the parent's");
    for (told, name) in TOLD.iter().zip(["told", "told meanwhile"]) {
        let object = Strong::new(Silent(name));
        told.get_or_init(|| Finalizer::of(&object, Silent::QUIT).expect("declared"));
        std::mem::forget(object);
    }
    for races in [false, true] {
        in_child(|| {
            let ((), usage) = count(|| {
                if races {
                    at_next(|| tell(1));
                }
                tell(0);
            });
            let made = if races { (2, 1) } else { (1, 0) };
            assert_eq!((usage.allocations, usage.frees), made);
        });
    }
    say("in the parent");
}

/// A child's first finalizer, whose object the allocator uses when it is asked for the rolls.
pub(crate) fn fork_asks_for_room() {
    named("the parent's");
    in_child(|| {
        // It is asked for the finalizer first.
        at_next(|| at_next(|| drop(named("the allocator's"))));
        named("the child's");
    });
    say("in the parent");
}

/// A child exits from within a phase that it called.
pub(crate) fn fork_exit_inside_early() {
    named("the parent's");
    in_child(|| {
        named("the rest");
        finalize_with(object(), |()| std::process::exit(0), ());
        run_exit_finalizers();
        unreachable!("it exits");
    });
    say("in the parent");
}

/// Forks without libc, which then tells nobody of it. Elsewhere than on Linux it only says what would come of it.
pub(crate) fn fork_without_libc() {
    named("the parent's");
    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    {
        unsafe extern "C" {
            fn syscall(number: i64, ...) -> i64;
        }
        const CLONE: i64 = if cfg!(target_arch = "x86_64") {
            56
        } else {
            220
        };
        const SIGCHLD: i64 = 17;
        // SAFETY: without flags it forks; the child only exits.
        let pid = unsafe { syscall(CLONE, SIGCHLD, 0_i64, 0_i64, 0_i64, 0_i64) };
        if pid == 0 {
            std::process::exit(0);
        }
        wait_for(i32::try_from(pid).expect("a process"));
    }
    say("in the parent");
}

/// Forks, and waits for a child that calls `f` and exits.
fn in_child(f: impl FnOnce()) {
    unsafe extern "C" {
        fn fork() -> i32;
        fn alarm(seconds: u32) -> u32;
    }
    // SAFETY: one thread; the child uses nothing but what a fork leaves valid.
    let pid = unsafe { fork() };
    if pid == 0 {
        // SAFETY: it takes a number. A child that waits for nobody is ended.
        unsafe { alarm(20) };
        say("in the child");
        f();
        std::process::exit(0);
    }
    wait_for(pid);
}

/// Waits for a child, which must not fail.
fn wait_for(pid: i32) {
    unsafe extern "C" {
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    }
    let mut status = 0;
    // SAFETY: a valid place.
    assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
    assert_eq!(status, 0);
}
