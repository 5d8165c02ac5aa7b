//! Compile-fail tests: each file of `ui` that does not end in `_ok.rs` is one mistake, with the compiler's words beside
//! it. They were blessed on the pinned toolchain (`TRYBUILD=overwrite cargo test -p weakref-ui-tests --test ui`) and mean nothing
//! on another, so they are skipped there.

use std::process::Command;

const PINNED: &str = "rustc 1.95.0 ";

#[test]
fn mistakes_are_explained() {
    if !on_the_pinned_toolchain() {
        eprintln!("skipped: not on {PINNED}");
        return;
    }
    let cases = trybuild::TestCases::new();
    for case in cases_in("ui") {
        cases.compile_fail(case);
    }
}

fn on_the_pinned_toolchain() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    output.is_ok_and(|output| output.stdout.starts_with(PINNED.as_bytes()))
}

/// All mistakes, in order.
fn cases_in(folder: &str) -> Vec<String> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("tests run in the folder of their package") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.to_str().expect("names are plain");
        if path.is_dir() {
            cases.extend(cases_in(name));
        } else if path.extension() == Some("rs".as_ref()) && !name.ends_with("_ok.rs") {
            cases.push(name.to_owned());
        }
    }
    cases.sort();
    cases
}
