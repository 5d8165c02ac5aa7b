//! What every program does at its edges: why it ends early, how it is interrupted, which exit code it ends with.

use std::fmt;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// Why a program ends early.
#[derive(Debug)]
pub enum Failure {
    /// The user must name another input: exit code 2.
    Input(String),
    /// Something went wrong on the way: exit code 1.
    Run(String),
    /// The user has had enough: exit code 130.
    Interrupted,
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Run(_) => 1,
            Self::Input(_) => 2,
            Self::Interrupted => 130,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(what) | Self::Run(what) => f.write_str(what),
            Self::Interrupted => f.write_str("interrupted"),
        }
    }
}

impl std::error::Error for Failure {}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Run(error.to_string())
    }
}

/// Runs a program with a flag that the first interrupt sets; the second one ends the process on the spot.
///
/// A failure goes to standard error and decides the exit code.
pub fn main(program: impl FnOnce(&AtomicBool) -> Result<(), Failure>) -> ExitCode {
    let result = stop_flag()
        .map_err(Failure::from)
        .and_then(|stop| program(&stop));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// How many threads run at one time here.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}
