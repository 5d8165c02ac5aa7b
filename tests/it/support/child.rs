//! Tests of what ends a process run in one of their own: this binary again, with that one test.

use std::io::Read;
use std::process::{Command, Output, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const VARIABLE: &str = "WEAKREF_TEST_CHILD";

/// How long a child may take. Those that do not hang take much less.
const PATIENCE: Duration = Duration::from_mins(2);

/// What became of a child.
#[derive(Debug)]
pub(crate) struct Outcome {
    output: Output,
}

/// Runs `body` in a process of its own, and returns what became of it. Panics if it hangs.
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
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(VARIABLE, case)
        .env("RUST_BACKTRACE", "0")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this binary can be started");
    let stdout = read_aside(child.stdout.take().expect("piped"));
    let stderr = read_aside(child.stderr.take().expect("piped"));
    let start = Instant::now();
    let hangs = loop {
        match child.try_wait().expect("it is our child") {
            Some(_) => break false,
            None if start.elapsed() > PATIENCE => break true,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    if hangs {
        child.kill().expect("it is our child");
    }
    let status = child.wait().expect("it is our child");
    let [stdout, stderr] = [stdout, stderr].map(|bytes| bytes.join().expect("reads only"));
    let output = Output {
        status,
        stdout,
        stderr,
    };
    let outcome = Outcome { output };
    assert!(!hangs, "{case} hangs: {}", outcome.text());
    assert!(outcome.text().contains("[begun]"), "{outcome:?}");
    Some(outcome)
}

/// Reads to the end, so that the pipe never fills.
fn read_aside(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
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
