//! The end of a process, and forks.

use std::thread;

use weakref::trace::report_at_exit;
use weakref::{Strong, WeakReferenceable, finalize_with, live};

use super::child;

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

/// A child has no thread but that which forked: another is in the records of the parent, nearly always.
#[cfg(unix)]
#[test]
fn a_forked_child_has_records_of_its_own() {
    unsafe extern "C" {
        fn fork() -> i32;
        fn alarm(seconds: u32) -> u32;
        fn waitpid(pid: i32, status: *mut i32, options: i32) -> i32;
        fn _exit(code: i32) -> !;
    }

    let test = child::test_path!(a_forked_child_has_records_of_its_own);
    let outcome = child::run(test, "fork", || {
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
            // SAFETY: the child makes and drops handles, which allocates nothing that another thread may have been
            // allocating where libc's allocator sees to forks, and ends without handlers.
            let pid = unsafe { fork() };
            if pid == 0 {
                // SAFETY: it takes a number. A child that waits is ended.
                unsafe { alarm(20) };
                let own = Strong::new(Server);
                let inherited = Strong::holders(&shared.clone());
                let is_right = live::<Server>().len() == 1
                    && Strong::holders(&own).handles().len() == 1
                    && inherited.birthplace().is_none()
                    && inherited.handles().is_empty()
                    && inherited.to_string().contains("not on record");
                drop(own);
                let is_right = is_right && live::<Server>().is_empty();
                // SAFETY: ends the child.
                unsafe { _exit(if is_right { 7 } else { 8 }) };
            }
            let mut status = 0;
            // SAFETY: our child, and a place for its status.
            assert_eq!(unsafe { waitpid(pid, &raw mut status, 0) }, pid);
            assert_eq!(status, 7 << 8);
        }
        assert_eq!(live::<Server>().len(), 1);
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}
