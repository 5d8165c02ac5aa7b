//! What the exit phase does, in processes that really end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output};

fn run(case: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_exit-cases"))
        .arg(case)
        // Many cases panic, and what a trace says is not compared.
        .env("RUST_BACKTRACE", "0")
        // Some cases forget an object, so that it is still there at exit; that is no leak to report.
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .output()
        .expect("the binary was built")
}

/// What a case printed, and its exit code.
fn lines(case: &str) -> (Vec<String>, Option<i32>) {
    let output = run(case);
    let stdout = String::from_utf8(output.stdout).expect("the cases print text");
    (
        stdout.lines().map(str::to_owned).collect(),
        output.status.code(),
    )
}

#[track_caller]
fn assert_case(case: &str, expected: &[&str], code: i32) {
    let (lines, status) = lines(case);
    assert_eq!(lines, expected, "{case}");
    assert_eq!(status, Some(code), "{case}");
}

#[test]
fn newest_first_over_all_objects() {
    assert_case("order", &["b2", "a2", "b1", "a1"], 0);
}

#[test]
fn in_whatever_way_they_were_made() {
    let expected = [
        "finalize_with_send",
        "finalize_with",
        "finalize_send",
        "finalize",
    ];
    assert_case("every-way", &expected, 0);
}

#[test]
fn newest_first_over_all_threads() {
    assert_case("threads", &["fourth", "third", "second", "first"], 0);
}

#[test]
fn more_threads_than_there_are_rolls() {
    assert_case("many-threads", &["70"], 0);
}

#[test]
fn told_again_to_run_it_keeps_its_place() {
    assert_case("told-again", &["newer", "older"], 0);
    let expected = ["made meanwhile", "older", "oldest"];
    assert_case("told-again-in-phase", &expected, 0);
}

#[test]
fn f05_atexit() {
    assert_case("documented", &["f4", "g1", "f3 error", "f1"], 0);
    let stderr = String::from_utf8(run("documented").stderr).expect("text");
    assert!(
        stderr.contains("panic in the exit finalizer of a exit_cases::Object: f3"),
        "{stderr}"
    );
}

#[test]
fn detached_during_exit_does_not_run() {
    assert_case("detach", &["first"], 0);
}

#[test]
fn cleared_during_exit_does_not_run() {
    assert_case("clear-at-exit", &["first"], 0);
}

#[test]
fn set_during_exit_runs() {
    assert_case("set-at-exit", &["newest", "oldest", "set"], 0);
}

#[test]
fn a_death_during_exit_runs_its_finalizers_once_inside() {
    assert_case("nested-death", &["outer begins", "inner", "outer ends"], 0);
}

#[test]
fn runs_when_main_returns() {
    assert_case("return", &["ran"], 0);
}

#[test]
fn runs_when_another_thread_exits() {
    assert_case("exit-elsewhere", &["ran"], 3);
}

#[test]
fn runs_after_a_panic_of_main() {
    assert_case("panic", &["ran"], 101);
}

#[test]
fn does_not_run_on_abort() {
    let output = run("abort");
    assert!(output.stdout.is_empty());
    assert_eq!(output.status.signal(), Some(6));
}

#[test]
fn a_child_runs_its_own_only() {
    assert_case(
        "fork",
        &[
            "in the child",
            "the child's",
            "in the parent",
            "the parent's",
        ],
        0,
    );
}

#[test]
fn a_child_runs_its_own_local_ones_only() {
    assert_case(
        "fork-local",
        &[
            "in the child",
            "the child's",
            "in the parent",
            "the parent's",
        ],
        0,
    );
}

#[test]
fn a_child_runs_its_own_though_its_parent_was_in_the_phase() {
    assert_case(
        "fork-in-phase",
        &[
            "in the child",
            "the child's",
            "in the parent",
            "the parent's",
        ],
        0,
    );
}

#[test]
fn a_child_that_calls_what_it_inherited_runs_no_more_of_it() {
    let expected = [
        "in the child",
        "called",
        "the newest",
        "the child's",
        "in the parent",
        "the newest",
        "called",
        "the oldest",
    ];
    assert_case("fork-inherits", &expected, 0);
}

/// Both enrol in the same, and nothing is left of the others.
#[test]
fn threads_of_a_child_that_make_its_rolls_at_once_leave_one() {
    let expected = [
        "in the child",
        "told",
        "in the child",
        "told",
        "told meanwhile",
        "in the parent",
        "the parent's",
    ];
    assert_case("fork-makes-rolls-twice", &expected, 0);
}

/// If the object's list were locked meanwhile, the child would wait for ever.
#[test]
fn a_child_makes_its_rolls_unlocked() {
    let expected = [
        "in the child",
        "the child's",
        "the allocator's",
        "in the parent",
        "the parent's",
    ];
    assert_case("fork-asks-for-room", &expected, 0);
}

#[test]
fn a_child_that_no_handler_counted_runs_nothing() {
    assert_case("fork-without-libc", &["in the parent", "the parent's"], 0);
}

#[test]
fn run_early_everything_is_inert_afterwards() {
    assert_case("early", &["early", "after"], 0);
}

#[test]
fn local_finalizers_run_when_their_thread_ends() {
    assert_case("local-thread", &["newer", "older", "joined"], 0);
}

#[test]
fn local_finalizers_of_main_run_before_sync_ones() {
    assert_case("local-main", &["local", "sync"], 0);
}

#[test]
fn thread_locals_may_hold_local_objects() {
    let (mut lines, status) = lines("local-teardown");
    assert_eq!(lines.pop().as_deref(), Some("joined"));
    lines.sort();
    let made = lines
        .iter()
        .position(|line| line.starts_with("made"))
        .map(|at| lines.remove(at));
    assert!(made.is_some());
    assert_eq!(lines, ["one", "two"]);
    assert_eq!(status, Some(0));
}

#[test]
fn exit_inside_an_exit_finalizer_aborts() {
    let output = run("exit-inside");
    assert!(output.status.code() != Some(7), "{:?}", output.status);
    assert_eq!(output.status.signal(), Some(6));
}

#[test]
fn exit_inside_a_phase_that_was_called_runs_the_rest() {
    assert_case("exit-inside-early", &["the first", "the rest"], 7);
}

#[test]
fn exit_inside_a_phase_that_was_called_ends_though_its_thread_has_a_phase() {
    let expected = ["local", "the rest"];
    assert_case("exit-inside-early-with-local", &expected, 7);
}

#[test]
fn a_phase_inside_a_phase_does_nothing() {
    assert_case("run-inside", &["newer", "local", "older"], 0);
    let expected = ["newer", "made meanwhile", "older", "joined", "sync"];
    assert_case("run-inside-local", &expected, 0);
}

#[test]
fn exit_inside_the_phase_of_a_thread_runs_the_rest() {
    assert_case(
        "exit-inside-local",
        &["the rest of the thread", "the rest"],
        7,
    );
}

#[test]
fn a_child_that_exits_inside_a_phase_that_it_called_runs_the_rest() {
    let expected = ["in the child", "the rest", "in the parent", "the parent's"];
    assert_case("fork-exit-inside-early", &expected, 0);
}

#[test]
fn a_child_that_exits_inside_a_phase_runs_its_own() {
    assert_case(
        "fork-by-finalizer",
        &[
            "in the child",
            "the child's",
            "the parent's",
            "in the parent",
        ],
        0,
    );
}

#[test]
fn a_child_that_exits_inside_its_parents_phase_waits_for_its_own() {
    assert_case(
        "fork-by-finalizer-with-threads",
        &[
            "in the child",
            "the child's",
            "the parent's",
            "in the parent",
        ],
        0,
    );
}

#[test]
fn a_panicking_hook_stops_nothing() {
    assert_case("hook-panics", &["ran"], 0);
}

#[test]
fn a_panicking_payload_stops_nothing() {
    assert_case("payload-panics", &["ran"], 0);
}

#[test]
fn a_million_finalizers_all_run() {
    assert_case("million", &["1000000"], 0);
}

#[test]
fn what_a_finalizer_makes_anew_ends_after_so_many_generations() {
    for case in ["generations", "generations-local", "generations-hook"] {
        let kind = if case == "generations-local" {
            "LocalObject"
        } else {
            "Object"
        };
        let report = format!("after 33: exit finalizer of a exit_cases::{kind}");
        assert_case(case, &[&report], 0);
    }
}

#[test]
fn what_the_phase_of_a_thread_makes_for_that_of_the_process_is_of_no_generation() {
    for how in ["thread", "early", "exit"] {
        let report = "after 33: exit finalizer of a exit_cases::Object";
        assert_case(&format!("generations-by-{how}"), &[report], 0);
    }
}

#[test]
fn what_is_left_stays_left_whoever_tells_it_to_run() {
    assert_case("generations-told-again", &["after 33"], 0);
}

#[test]
fn threads_that_go_on_making_finalizers_do_not_hang_the_exit() {
    assert_case("strangers", &["the oldest"], 0);
}

#[test]
fn of_what_other_threads_make_meanwhile_a_hundred_run() {
    assert_case("strangers-counted", &["100"], 0);
    assert_case("told-last-before-the-phase", &["told"], 0);
}

#[test]
fn what_was_there_runs_though_it_is_told_after_the_close() {
    let expected = ["the oldest", "older still", "silent", "told"];
    assert_case("told-after-the-close", &expected, 0);
}

#[test]
fn what_dies_at_an_exit_within_deaths_dies() {
    assert_case("exit-deep", &["dropped", "finalizer"], 0);
}

#[test]
fn declared_not_to_run_at_exit_it_does_when_told_to() {
    assert_case("silent", &["silent", "newer", "silent", "older"], 0);
    assert_case("silent-local", &["told", "joined"], 0);
}

#[test]
fn what_one_finalizer_makes_is_one_generation() {
    assert_case("siblings", &["1001"], 0);
}

#[test]
fn local_ones_that_a_sync_one_makes_run() {
    assert_case("local-by-sync", &["sync", "local"], 0);
}

#[test]
fn a_death_after_the_phase_of_its_thread_runs_its_finalizers() {
    let expected = [
        "closed by the phase",
        "alive: true",
        "closed kept",
        "closed born",
        "called",
        "closed in main",
    ];
    assert_case("late-deaths", &expected, 0);
}

#[test]
fn what_is_made_after_the_phase_of_its_thread_is_in_none() {
    assert_case("late-main", &["in the phase"], 0);
}

#[test]
fn local_ones_are_inert_on_the_thread_that_ran_them_early() {
    let expected = ["early", "after", "elsewhere"];
    assert_case("early-local", &expected, 0);
}

#[test]
fn what_dies_after_the_phase_of_the_process_is_inert() {
    assert_case("after-the-phase", &["ran", "alive: false", "dropped"], 0);
}
