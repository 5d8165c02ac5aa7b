//! Runs a program of the tutorials: `tutorials NAME`. Without a name it lists them.

use std::process::ExitCode;

use weakref_examples::tutorials::PROGRAMS;

fn main() -> ExitCode {
    let Some(wanted) = std::env::args().nth(1) else {
        for (name, what, _) in PROGRAMS {
            println!("{name:18} {what}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, _, run)) = PROGRAMS.iter().find(|(name, ..)| *name == wanted) else {
        eprintln!("no program '{wanted}'");
        return ExitCode::from(2);
    };
    run();
    ExitCode::SUCCESS
}
