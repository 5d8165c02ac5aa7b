//! The temporary directories of the example are gone, each after its own line.

use std::path::Path;
use std::process::Command;

#[test]
fn every_directory_is_removed_once() {
    let output = Command::new(env!("CARGO_BIN_EXE_tempdir"))
        .output()
        .expect("the example runs");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let words: Vec<(&str, &str)> = text
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            (words.next().expect("a verb"), words.next().expect("a path"))
        })
        .collect();
    let verbs: Vec<&str> = words.iter().map(|(verb, _)| *verb).collect();
    assert_eq!(
        verbs,
        [
            "dropping", "removed", "removing", "removed", "leaving", "removed"
        ]
    );
    for pair in words.chunks(2) {
        assert_eq!(pair[0].1, pair[1].1);
        assert!(!Path::new(pair[0].1).exists());
    }
}
