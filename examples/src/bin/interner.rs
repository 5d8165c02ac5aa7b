//! Shows what a weak interner is for: each word of many texts once in memory, and gone with the last text that has it.
//!
//! `interner --help` says everything.

use std::io;
use std::process::ExitCode;

use weakref_examples::interner::app;
use weakref_examples::interner::options::{Options, command};
use weakref_examples::shell;

fn main() -> ExitCode {
    let options = Options::from_matches(&mut command().get_matches());
    shell::main(|stop| app::run(&options, &mut io::stdout().lock(), stop))
}
