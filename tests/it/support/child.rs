//! Tests of what ends a process run in one of their own: this binary again, with that one test.

use std::process::{Command, Output};

const VARIABLE: &str = "WEAKREF_TEST_CHILD";

/// What became of a child.
#[derive(Debug)]
pub(crate) struct Outcome {
    output: Output,
}

/// Runs `body` in a process of its own, and returns what became of it.
///
/// `test` is the path of the calling test; `case` tells several children of one test apart.
#[track_caller]
pub(crate) fn run(test: &str, case: &str, body: impl FnOnce()) -> Option<Outcome> {
    let name = test.split_once("::").expect("module_path!()").1;
    if let Ok(chosen) = std::env::var(VARIABLE) {
        if chosen == case {
            eprintln!("[begun]");
            body();
            eprintln!("[ended]");
            std::process::exit(0);
        }
        return None;
    }
    let output = Command::new(std::env::current_exe().expect("this binary"))
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, case)
        .output()
        .expect("this binary can be started");
    let outcome = Outcome { output };
    assert!(outcome.text().contains("[begun]"), "{outcome:?}");
    Some(outcome)
}

impl Outcome {
    /// What it wrote to stderr.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub(crate) fn succeeded(&self) {
        assert!(self.output.status.success(), "{}", self.text());
        assert!(self.text().contains("[ended]"), "{}", self.text());
    }

    /// It was ended by `abort`, inside the body.
    #[track_caller]
    pub(crate) fn aborted(&self) {
        assert!(!self.text().contains("[ended]"), "{}", self.text());
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt;
            const SIGABRT: i32 = 6;
            let signal = self.output.status.signal();
            assert_eq!(signal, Some(SIGABRT), "{}", self.text());
        }
        #[cfg(not(unix))]
        assert!(!self.output.status.success(), "{}", self.text());
    }
}

/// The path of a test of the calling module.
macro_rules! test_path {
    ($test:ident) => {{
        // The test exists.
        let _: fn() = $test;
        concat!(module_path!(), "::", stringify!($test))
    }};
}
pub(crate) use test_path;
