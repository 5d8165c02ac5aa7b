//! The examples of observers and of the scene graph, whose own assertions hold.

use std::process::{Command, Output};

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .output()
        .expect("it runs")
}

fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines().map(str::to_owned).collect()
}

#[test]
fn observers_are_heard_and_forgotten() {
    let output = run(env!("CARGO_BIN_EXE_observers"), &[]);
    assert_eq!(
        lines(&output),
        [
            "1000 events heard by two listeners",
            "500 guests came, and none is left on the bus",
            "the bus is empty, and nobody unsubscribed",
        ]
    );
}

#[test]
fn a_scene_of_any_depth_is_freed() {
    let lines = lines(&run(env!("CARGO_BIN_EXE_scene-graph"), &["200000"]));
    assert!(
        lines[0].starts_with("200000 nodes, 99999 deep, built in "),
        "{lines:?}"
    );
    assert_eq!(lines[2], "nothing is left");
}

#[test]
fn a_scene_needs_nodes() {
    for argument in ["3", "many"] {
        let output = run(env!("CARGO_BIN_EXE_scene-graph"), &[argument]);
        assert_eq!(output.status.code(), Some(2));
    }
}
