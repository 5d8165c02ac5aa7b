//! Shows a weak cache between threads: images over HTTP, decoded once for all who ask, gone with the last response.
//!
//! `asset-server --help` says everything.

use std::io;
use std::process::ExitCode;

use weakref_examples::asset_server::app;
use weakref_examples::asset_server::options::{Options, command};
use weakref_examples::shell;

fn main() -> ExitCode {
    let options = Options::from_matches(&mut command().get_matches());
    shell::main(|stop| app::run(&options, &mut io::stdout().lock(), stop))
}
