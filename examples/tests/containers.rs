//! What the examples of the containers print. What they assert besides holds if they succeed.

use std::process::Command;

fn assert_prints(program: &str, expected: &str) {
    let output = Command::new(program).output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text, expected);
}

#[test]
fn the_registry_forgets_what_nobody_owns() {
    assert_prints(
        env!("CARGO_BIN_EXE_id-registry"),
        "\
write 1 dear Anna      -> letter: 9 letters
write 2 buy milk       -> notes: 8 letters
print 2                -> notes: buy milk
closing the window of notes
print 2                -> there is no open document 2
closing the window of letter
print 1                -> letter: dear Anna
print 1                -> there is no open document 1
#3 is memo
",
    );
}

#[test]
fn a_report_is_computed_once_while_somebody_looks_at_it() {
    assert_prints(
        env!("CARGO_BIN_EXE_report-cache"),
        "\
computing the report of 2023
2023: {\"north\": 150, \"south\": 80}
computing the report of 2024
2024: {\"south\": 255, \"west\": 45}
the report of 2024 is freed
1 in the cache
the report of 2023 is freed
0 in the cache
computing the report of 2023
the report of 2023 is freed
",
    );
}

#[test]
fn observers_are_called_in_order_as_long_as_they_live() {
    assert_prints(
        env!("CARGO_BIN_EXE_observer-subject"),
        "\
-- 21 degrees, 3 observers
hall shows 21
-- -4 degrees, 3 observers
hall shows -4
-- -5 degrees, 4 observers
hall shows -5
frost display shows -5
-- 31 degrees, 4 observers
frost display is gone
hall shows 31
alarm: above 30
hall is gone
-- 32 degrees, 1 observers
",
    );
}

#[test]
fn the_interner_forgets_names_that_nobody_uses() {
    assert_prints(
        env!("CARGO_BIN_EXE_set-interner"),
        "\
12 words, 8 names
x is used 3 times
1 name left: x
made 8, kept 0
",
    );
}
