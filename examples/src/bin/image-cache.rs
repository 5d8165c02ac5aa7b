//! Shows what a weak cache is for: decoded images shared by all who look at them, and gone when nobody does.
//!
//! `image-cache --help` says everything.

use std::io;
use std::process::ExitCode;

use weakref_examples::image_cache::app;
use weakref_examples::image_cache::options::{Options, command};
use weakref_examples::shell;

fn main() -> ExitCode {
    let options = Options::from_matches(&mut command().get_matches());
    shell::main(|stop| app::run(&options, &mut io::stdout().lock(), stop))
}
