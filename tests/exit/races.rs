//! Processes in which other threads kill, call, detach and make while the phase runs or the process
//! ends. Each case checks its own counts; the seeds are the machine's, so each runs many times: a
//! few in the quick form, hundreds with `WEAKREF_LONG=1`.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

/// Enough for a death to meet the phase in the middle of a claim.
const MANY: usize = if cfg!(debug_assertions) {
    20_000
} else {
    200_000
};
/// Few enough for the end of the phase to come in the middle.
const FEW: usize = 300;

fn run(case: &str, number: usize) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exit-races"))
        .args([case, &number.to_string()])
        // What the process ends in the middle of is not freed.
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .output()
        .expect("the binary was built")
}

fn is_long() -> bool {
    std::env::var("WEAKREF_LONG").is_ok_and(|long| long != "0")
}

/// Runs a case `quick` times, or so many more in the long form.
fn repeat(case: &str, number: usize, quick: usize, long: usize) {
    let rounds = if is_long() { long } else { quick };
    for round in 0..rounds {
        let output = run(case, number);
        assert!(
            output.status.success(),
            "{case} {number}, round {round} of {rounds}: {}\n{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn deaths_beside_the_phase_all_run_theirs() {
    repeat("phase-deaths-newest-first", MANY, 3, 200);
    repeat("phase-deaths", FEW, 10, 1000);
}

#[test]
fn deaths_while_main_returns() {
    repeat("return-deaths", MANY, 3, 200);
}

#[test]
fn calls_beside_the_phase_all_run() {
    repeat("phase-calls", FEW, 10, 1000);
}

#[test]
fn detached_beside_the_phase_they_run_or_are_returned() {
    repeat("phase-detaches", FEW, 10, 1000);
}

#[test]
fn made_beside_the_phase_they_run_until_it_is_over() {
    // As many as the phase runs of those that another thread makes meanwhile: of more, the oldest would be left.
    repeat("phase-registrations", 100, 10, 1000);
}

#[test]
fn told_to_run_at_exit_beside_the_phase_they_run_until_it_is_over() {
    repeat("phase-set-at-exit", FEW, 10, 1000);
}

#[test]
fn four_threads_beside_the_phase() {
    repeat("phase-everything", FEW, 10, 1000);
    repeat("phase-everything", MANY / 20, 2, 100);
}

#[test]
fn panics_beside_the_phase() {
    repeat("phase-panics", FEW, 3, 300);
}

#[test]
fn several_threads_end_the_process() {
    repeat("exits", FEW, 5, 300);
}

#[test]
fn an_abort_while_another_thread_drops() {
    let rounds = if is_long() { 100 } else { 3 };
    for _ in 0..rounds {
        let output = run("abort", FEW);
        assert_eq!(output.status.signal(), Some(6), "{}", output.status);
        assert!(output.stderr.is_empty());
    }
}

#[test]
fn children_end_while_a_thread_of_the_parent_goes_on() {
    repeat("fork", FEW, 3, 100);
}

#[test]
fn children_make_finalizers_while_threads_of_the_parent_do() {
    repeat("fork-makes", 150, 1, 50);
}

#[test]
fn children_have_threads_that_make_finalizers() {
    repeat("fork-threads", 5, 1, 20);
}

#[test]
fn threads_of_a_child_wait_for_its_phase() {
    repeat("fork-waits", 3, 1, 20);
}

#[test]
fn children_of_a_process_that_has_enrolled_nothing() {
    repeat("fork-early", 20, 1, 20);
}

#[test]
fn locals_of_threads_that_end() {
    repeat("teardown", 50, 3, 100);
}

#[test]
fn too_many_weak_references_abort() {
    if !is_long() && cfg!(debug_assertions) {
        return;
    }
    let output = run("overflow", 1 << 29);
    assert_eq!(output.status.signal(), Some(6), "{}", output.status);
}
