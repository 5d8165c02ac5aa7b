//! What the short programs print, line by line.

mod cookbook;

use std::process::Command;

/// Runs one program of a collection, and compares what it printed.
#[track_caller]
fn prints(collection: &str, program: &str, expected: &str) {
    let output = Command::new(collection)
        .arg(program)
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    let text = String::from_utf8(output.stdout).expect("text");
    assert_eq!(text, expected);
}

#[test]
fn collections_list_their_programs() {
    let output = Command::new(env!("CARGO_BIN_EXE_cookbook"))
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    for (name, _, _) in weakref_examples::cookbook::RECIPES {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}");
    }
}
