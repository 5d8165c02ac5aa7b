//! Shows what a weak cache is for: decoded images shared by all who look at them, and gone when nobody does.
//!
//! `image-cache --help` says everything.

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use weakref_examples::image_cache::app;
use weakref_examples::image_cache::options::{Options, command};

fn main() -> ExitCode {
    let options = Options::from_matches(&mut command().get_matches());
    let stop = match stop_flag() {
        Ok(stop) => stop,
        Err(error) => return fail(&error, 1),
    };
    match app::run(&options, &mut io::stdout().lock(), &stop) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure, failure.exit_code()),
    }
}

/// A flag that the first interrupt sets; the second one ends the process on the spot.
fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 130, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

fn fail(error: &dyn Error, code: u8) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(code)
}
