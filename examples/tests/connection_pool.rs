//! The example of the connection pool, whose own assertions hold.

use std::process::Command;

#[test]
fn connections_go_back_to_the_pool() {
    let output = Command::new(env!("CARGO_BIN_EXE_connection-pool"))
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("40 questions over "), "{text}");
    assert_eq!(lines[1], "the pool is gone, and every connection is closed");
}
