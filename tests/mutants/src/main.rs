//! Tries mutants of `weakref` and `weakref-containers`: all are compiled into one build of the tests, and chosen at run time.
//!
//! `mutants TARGET [--part N/M] [FILE...]`: in the folder TARGET, those of the files whose path contains one of the names, or of
//! all; every M-th. Fails if one survives that `survivors.txt` does not have, or if one of that list is caught.

mod make;
mod run;
mod tree;

use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use run::{Outcome, Tests};
use tree::Tree;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let target = PathBuf::from(arguments.next().expect("a folder to work in"));
    let (mut part, mut of, mut chosen) = (1, 1, Vec::new());
    while let Some(argument) = arguments.next() {
        if argument == "--part" {
            let value = arguments.next().unwrap_or_default();
            (part, of) = value.split_once('/').and_then(|(part, of)| Some((part.parse().ok()?, of.parse().ok()?))).expect("a part such as 1/20");
        } else {
            chosen.push(argument);
        }
    }

    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let origin = here.ancestors().nth(2).expect("this is two folders below the workspace");
    std::fs::create_dir_all(&target).expect("makes the folder");
    let target = target.canonicalize().expect("a path");
    let tree = Tree::make(origin, target.join("tree"), target.join("build"), &chosen);
    let tests = Tests::find(&tree);
    let known = known(&here.join("survivors.txt"));

    let tried: Vec<usize> = (1..=tree.mutants.len()).filter(|number| !tree.refused.contains(number) && number % of == part % of).collect();
    let log = Mutex::new(std::fs::File::create(target.join("results.tsv")).expect("makes a file"));
    let counts: Mutex<BTreeMap<String, [usize; 3]>> = Mutex::default();
    let wrong = Mutex::new(Vec::new());
    tests.try_all(&tree, &tried, |number, outcome| {
        let mutant = &tree.mutants[number - 1];
        let (key, is_known) = (mutant.key(), known.contains_key(&mutant.key()));
        writeln!(log.lock().unwrap(), "{number}\t{}:{}\t{key}\t{outcome:?}", mutant.file, mutant.line).expect("writes a line");
        let caught = matches!(outcome, Outcome::Caught(_));
        counts.lock().unwrap().entry(mutant.file.clone()).or_default()[if caught { 0 } else if is_known { 1 } else { 2 }] += 1;
        if caught == is_known {
            let said = if caught { "is caught, and in the list" } else if *outcome == Outcome::Unreached { "no test comes to it" } else { "survives" };
            wrong.lock().unwrap().push(format!("{said}: {key} (line {})", mutant.line));
        }
    });

    println!("{:>6} {:>6} {:>6}", "caught", "listed", "other");
    let (counts, wrong) = (counts.into_inner().unwrap(), wrong.into_inner().unwrap());
    for (file, [caught, listed, other]) in &counts {
        println!("{caught:>6} {listed:>6} {other:>6}  {file}");
    }
    for line in &wrong {
        println!("{line}");
    }
    let sum = |index: usize| counts.values().map(|counts| counts[index]).sum::<usize>();
    println!("{} tried, {} caught, {} listed, {} other", tried.len(), sum(0), sum(1), sum(2));
    println!("{} passed, {} failed", tried.len() - wrong.len(), wrong.len());
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The survivors that are known, each with the reason that stands above it.
fn known(path: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut reason = String::new();
    let mut known = HashMap::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.strip_prefix('#') {
            Some(words) => reason = words.trim().to_owned(),
            None => {
                assert!(!reason.is_empty(), "without a reason: {line}");
                known.insert(line.to_owned(), reason.clone());
            }
        }
    }
    known
}
