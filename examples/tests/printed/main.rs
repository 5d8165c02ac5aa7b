//! What the short programs print, line by line.

mod cookbook;
mod tutorials;

use std::process::{Command, Output};

/// Runs one program of a collection, and compares what it printed, with `0x…` for every address.
#[track_caller]
fn prints(collection: &str, program: &str, expected: &str) {
    let output = run(collection, &[program]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert_eq!(errors, "");
    assert_eq!(without_addresses(&text(output)), expected);
}

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .output()
        .expect("it runs")
}

fn text(output: Output) -> String {
    String::from_utf8(output.stdout).expect("text")
}

fn without_addresses(text: &str) -> String {
    let mut parts = text.split("0x");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str("0x…");
        result.push_str(part.trim_start_matches(|digit: char| digit.is_ascii_hexdigit()));
    }
    result
}

#[test]
fn collections_list_their_programs() {
    for (collection, programs) in [
        (
            env!("CARGO_BIN_EXE_cookbook"),
            weakref_examples::cookbook::RECIPES,
        ),
        (
            env!("CARGO_BIN_EXE_tutorials"),
            weakref_examples::tutorials::PROGRAMS,
        ),
    ] {
        let text = text(run(collection, &[]));
        let listed: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let names: Vec<&str> = programs.iter().map(|(name, ..)| *name).collect();
        assert_eq!(listed, names);
        assert_eq!(run(collection, &["none"]).status.code(), Some(2));
    }
}

/// Each program stands in the file of tests that is named after its collection.
#[test]
fn no_program_is_without_a_test() {
    let tests = concat!(include_str!("cookbook.rs"), include_str!("tutorials.rs"));
    let cookbook = weakref_examples::cookbook::RECIPES;
    let tutorials = weakref_examples::tutorials::PROGRAMS;
    for (name, ..) in cookbook.iter().chain(tutorials) {
        assert!(tests.contains(&format!("\"{name}\"")), "{name}");
    }
}
