//! Runs a recipe of the cookbook: `cookbook NAME`. Without a name it lists them.

use std::process::ExitCode;

use weakref_examples::cookbook::RECIPES;

fn main() -> ExitCode {
    let Some(wanted) = std::env::args().nth(1) else {
        for (name, what, _) in RECIPES {
            println!("{name:18} {what}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((_, _, run)) = RECIPES.iter().find(|(name, ..)| *name == wanted) else {
        eprintln!("no recipe '{wanted}'");
        return ExitCode::from(2);
    };
    run();
    ExitCode::SUCCESS
}
