//! Tries mutants of `weakref` and `weakref-containers`: all are compiled into one build of the tests, and chosen at run time.
//!
//! `mutants TARGET [--part N/M] [FILE...]`: in the folder TARGET, those of the files whose path contains one of the names, or of
//! all; every M-th, from the N-th. Fails if a mutant survives that `survivors.txt` does not have. What became of each stands in
//! `TARGET/results.tsv`.

mod make;
mod run;
mod tree;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use run::{Outcome, Tests};
use tree::Tree;

struct Arguments {
    target: PathBuf,
    part: (usize, usize),
    files: Vec<String>,
}

/// What became of how many, by file: caught, listed, others.
type Counts = BTreeMap<String, [usize; 3]>;

fn main() -> ExitCode {
    let Arguments {
        target,
        part,
        files,
    } = Arguments::read();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let origin = here
        .ancestors()
        .nth(2)
        .expect("this is two folders below the workspace");
    let listed = listed(&here.join("survivors.txt"));
    let tree = Tree::make(origin, &target, &files);

    let mut tried: Vec<usize> = (1..=tree.mutants.len()).collect();
    tried.retain(|number| !tree.refused.contains(number) && number % part.1 == part.0 % part.1);
    let is_listed = |number: usize| listed.contains(&tree.mutants[number - 1].key());
    let results = fs::File::create(target.join("results.tsv")).expect("makes a file");
    let found = Mutex::new((Counts::new(), Vec::new(), results));
    Tests::find(&tree).try_all(&tree, &tried, is_listed, |number, outcome| {
        let mutant = &tree.mutants[number - 1];
        let (file, line, key) = (&mutant.file, mutant.line, mutant.key());
        let (counts, wrong, results) = &mut *found.lock().unwrap();
        writeln!(results, "{file}:{line}\t{key}\t{outcome:?}").expect("writes a line");
        let kind = match (outcome, is_listed(number)) {
            (Outcome::Caught, is_listed) => {
                if is_listed {
                    println!("caught this time, though listed: {key}");
                }
                0
            }
            (_, true) => 1,
            (_, false) => {
                wrong.push(format!("{outcome:?}: {key} (line {line})"));
                2
            }
        };
        counts.entry(file.clone()).or_default()[kind] += 1;
    });

    let (counts, wrong, _) = found.into_inner().unwrap();
    print(&counts);
    for line in &wrong {
        println!("{line}");
    }
    println!(
        "{} passed, {} failed",
        tried.len() - wrong.len(),
        wrong.len()
    );
    if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

impl Arguments {
    fn read() -> Self {
        let mut arguments = std::env::args().skip(1);
        let target = PathBuf::from(arguments.next().expect("a folder to work in"));
        fs::create_dir_all(&target).expect("makes the folder");
        let target = target.canonicalize().expect("a path");
        let mut read = Self {
            target,
            part: (1, 1),
            files: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--part" => {
                    let value = arguments.next().unwrap_or_default();
                    let numbers = value
                        .split_once('/')
                        .map(|(part, of)| (part.parse(), of.parse()));
                    let Some((Ok(part), Ok(of))) = numbers else {
                        panic!("not a part such as 1/40: {value}")
                    };
                    read.part = (part, of);
                }
                _ => read.files.push(argument),
            }
        }
        read
    }
}

fn print(counts: &Counts) {
    let row = |[caught, listed, other]: [usize; 3], name: &str| {
        println!("{caught:>8} {listed:>8} {other:>8}  {name}");
    };
    println!("{:>8} {:>8} {:>8}", "caught", "listed", "other");
    for (file, numbers) in counts {
        row(*numbers, file);
    }
    row(
        [0, 1, 2].map(|kind| counts.values().map(|numbers| numbers[kind]).sum()),
        "all",
    );
}

/// The survivors that are known. Above each stands the reason.
fn listed(path: &Path) -> HashSet<String> {
    let text = fs::read_to_string(path).expect("reads the list of survivors");
    let mut has_reason = false;
    let mut listed = HashSet::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('#') {
            has_reason = true;
        } else {
            assert!(has_reason, "without a reason: {line}");
            listed.insert(line.to_owned());
        }
    }
    listed
}
