//! Plays inputs without libFuzzer, for a debugger, Miri, valgrind or a look at coverage:
//! `cargo run --example replay -- TARGET FILE…`, where a directory stands for the files in it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let target = arguments.next().unwrap_or_default();
    let run = match target.to_str() {
        Some("pointers") => weakref_fuzz::pointers::run,
        Some("threads") => weakref_fuzz::threads::run,
        Some("containers") => weakref_fuzz::containers::run,
        Some("derive") => weakref_fuzz::macros::run,
        _ => {
            eprintln!("which of pointers, threads, containers, derive?");
            return ExitCode::FAILURE;
        }
    };
    let mut played = 0;
    for path in arguments.map(PathBuf::from) {
        match inputs(&path) {
            Ok(inputs) => inputs.iter().for_each(|input| {
                run(input);
                played += 1;
            }),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    println!("{played} inputs played");
    ExitCode::SUCCESS
}

fn inputs(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    if !path.is_dir() {
        return Ok(vec![fs::read(path)?]);
    }
    let mut files: Vec<_> = fs::read_dir(path)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<_>>()?;
    files.sort();
    files.iter().map(fs::read).collect()
}
