//! The end of a process, and forks.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
#[cfg(unix)]
use std::sync::mpsc::channel;
use std::thread;

use weakref::trace::report_at_exit;
use weakref::{Strong, SyncSlot, WeakReferenceable, finalize_with, live};

use super::child;

/// Races that threads may win or lose.
const ROUNDS: usize = 40;

#[derive(WeakReferenceable)]
struct Forgotten;

#[derive(WeakReferenceable)]
struct Server;

#[test]
fn what_is_alive_at_exit_is_reported() {
    let test = child::test_path!(what_is_alive_at_exit_is_reported);
    let Some(outcome) = child::run(test, "report", || {
        report_at_exit();
        std::mem::forget(Strong::new(Forgotten));
        let server = Strong::new(Server);
        finalize_with(&server, |()| eprintln!("the server stops"), ());
        std::mem::forget([server.clone(), server]);
        drop(Strong::new(Forgotten));
    }) else {
        return;
    };
    let stderr = outcome.text();
    let report = &stderr[stderr.find("the server stops").expect("it does")..];
    let report = report.lines().collect::<Vec<_>>();
    assert_eq!(report.len(), 7, "{report:#?}");
    assert_eq!(report[1], "weakref: alive at exit: 2 objects");
    assert!(report[2].starts_with("Server #"), "{report:#?}");
    assert!(report[2].ends_with("is held by 2 handles:"), "{report:#?}");
    assert!(report[5].starts_with("Forgotten #"), "{report:#?}");
}

#[test]
fn a_backtrace_is_taken_where_the_environment_asks() {
    let test = child::test_path!(a_backtrace_is_taken_where_the_environment_asks);
    let outcome = child::run(test, "backtrace", || {
        // SAFETY: nothing else of this process, which runs one test, uses the environment meanwhile.
        unsafe { std::env::set_var("WEAKREF_BACKTRACE", "1") };
        let server = [Strong::new(Server)].to_vec().clone().remove(0);
        let holders = Strong::holders(&server);
        let [holder] = holders.handles() else {
            panic!("{holders}");
        };
        assert!(!holder.place().file().contains("traces"));
        assert!(holder.backtrace().is_some());
        assert!(holders.to_string().contains("a_backtrace_is_taken"));
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

/// Owns an object that it drops while a report looks into it.
struct Dropping(Mutex<Option<Strong<Server>>>);

impl WeakReferenceable for Dropping {
    type Slot = SyncSlot;

    fn __visit(&self, _: &mut weakref::__private::Visitor<'_>) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn a_visit_by_hand_that_ends_an_object_aborts() {
    let test = child::test_path!(a_visit_by_hand_that_ends_an_object_aborts);
    let Some(outcome) = child::run(test, "drop", || {
        let dropping = Strong::new(Dropping(Mutex::new(Some(Strong::new(Server)))));
        drop(Strong::holders(&dropping));
    }) else {
        return;
    };
    outcome.aborted();
    let stderr = outcome.text();
    assert!(
        stderr.contains("weakref: an object is dropped or lent while a report looks into one"),
        "{stderr}"
    );
}

#[cfg(unix)]
unsafe extern "C" {
    fn fork() -> i32;
    fn alarm(seconds: u32) -> u32;
    fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
    fn _exit(code: i32) -> !;
}

/// Forks, and returns what the child does with the status that `f` gives it, and what the parent sees of that.
#[cfg(unix)]
fn in_child(f: impl FnOnce() -> i32) -> i32 {
    // SAFETY: the child makes and drops handles, which allocates nothing that another thread may have been allocating
    // where libc's allocator sees to forks, and ends without handlers.
    let pid = unsafe { fork() };
    if pid == 0 {
        // SAFETY: it takes a number. A child that waits is ended.
        unsafe { alarm(20) };
        let code = f();
        // SAFETY: ends the child.
        unsafe { _exit(code) };
    }
    let mut status = 0;
    // SAFETY: our child, and a place for its status.
    assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
    status
}

/// A child has no thread but that which forked: another is in the records of the parent, nearly always.
#[cfg(unix)]
#[test]
fn a_forked_child_has_records_of_its_own() {
    let test = child::test_path!(a_forked_child_has_records_of_its_own);
    for (case, backtraces) in [("fork", "0"), ("fork with backtraces", "1")] {
        let outcome = child::run(test, case, || {
            // SAFETY: nothing else of this process, which runs one test, uses the environment meanwhile.
            unsafe { std::env::set_var("WEAKREF_BACKTRACE", backtraces) };
            let shared = Strong::new(Server);
            for _ in 0..3 {
                let shared = shared.clone();
                thread::spawn(move || {
                    loop {
                        drop(shared.clone());
                    }
                });
            }
            for _ in 0..50 {
                let status = in_child(|| {
                    let own = Strong::new(Server);
                    let inherited = Strong::holders(&shared.clone());
                    let owned = Strong::holders(&own);
                    let is_right = live::<Server>().len() == 1
                        && owned.handles().len() == 1
                        && owned.handles()[0].backtrace().is_none()
                        && inherited.birthplace().is_none()
                        && inherited.handles().is_empty()
                        && inherited.to_string().contains("not on record");
                    drop(own);
                    let is_right = is_right && live::<Server>().is_empty();
                    if is_right { 7 } else { 8 }
                });
                assert_eq!(status, 7 << 8);
            }
            assert_eq!(live::<Server>().len(), 1);
        });
        if let Some(outcome) = outcome {
            outcome.succeeded();
        }
    }
}

/// Threads that each make the first object of the process, as far as they know.
fn race_to_be_first() {
    const THREADS: usize = 4;
    let waiting = AtomicUsize::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                waiting.fetch_sub(1, Relaxed);
                while waiting.load(Relaxed) != 0 {
                    std::hint::spin_loop();
                }
                drop(Strong::new(Server));
            });
        }
    });
}

#[test]
fn threads_that_come_first_together_make_one_report() {
    let test = child::test_path!(threads_that_come_first_together_make_one_report);
    for _ in 0..ROUNDS {
        let Some(outcome) = child::run(test, "race", || {
            race_to_be_first();
            report_at_exit();
            std::mem::forget(Strong::new(Forgotten));
        }) else {
            return;
        };
        let said = outcome.text();
        let reports = said.matches("weakref: alive at exit: 1 object\n").count();
        assert_eq!(reports, 1, "{said}");
    }
}

/// There are tables for fifteen forks in a row.
#[cfg(unix)]
#[test]
fn threads_that_come_first_together_count_a_fork_once() {
    fn has_records_after(forks: u32) -> bool {
        let own = Strong::new(Server);
        let is_right = Strong::holders(&own).handles().len() == usize::from(forks <= 15);
        drop(own);
        is_right && (forks > 15 || in_child(|| i32::from(!has_records_after(forks + 1))) == 0)
    }

    let test = child::test_path!(threads_that_come_first_together_count_a_fork_once);
    for _ in 0..ROUNDS {
        let Some(outcome) = child::run(test, "race", || {
            race_to_be_first();
            assert!(has_records_after(0));
        }) else {
            return;
        };
        outcome.succeeded();
    }
}

/// A child ends while a thread that it does not have writes to what both write to.
#[cfg(unix)]
#[test]
fn the_report_of_a_forked_child_waits_for_nobody() {
    let test = child::test_path!(the_report_of_a_forked_child_waits_for_nobody);
    let Some(outcome) = child::run(test, "report", || {
        report_at_exit();
        let (locked, is_locked) = channel();
        thread::spawn(move || {
            let _stderr = std::io::stderr().lock();
            locked.send(()).expect("it is waited for");
            loop {
                thread::park();
            }
        });
        is_locked.recv().expect("it is sent");
        in_child(|| {
            std::mem::forget(Strong::new(Forgotten));
            std::process::exit(0)
        });
        // This process cannot write either: what the child wrote is looked at.
        // SAFETY: it takes a number.
        unsafe { _exit(0) };
    }) else {
        return;
    };
    let said = outcome.text();
    let report = "weakref: alive at exit: 1 object\nForgotten #";
    assert!(said.contains(report), "{said}");
}
