//! Tries mutants of `weakref` and `weakref-containers`: all are compiled into one build of the tests, and chosen at run time.
//!
//! `mutants TARGET [--part N/M] [--models] [FILE...]`: in the folder TARGET, those of the files whose path contains one of the
//! names, or of all; every M-th, from the N-th; what no test notices also with the models. Fails if a mutant survives that
//! `survivors.txt` does not have, or that a model should catch, and does not. What became of each stands in `TARGET/results.tsv`.

mod make;
mod run;
mod tree;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use run::{MODELS, Outcome, Suite, TESTS, Tests};
use tree::Tree;

/// What the reason of a survivor begins with that a model catches.
const BY_MODELS: &str = "A model fails";

struct Arguments {
    target: PathBuf,
    part: (usize, usize),
    models: bool,
    files: Vec<String>,
}

/// What became of how many, by file: caught, caught by models, listed, others.
type Counts = BTreeMap<String, [usize; 4]>;

fn main() -> ExitCode {
    let Arguments {
        target,
        part,
        models,
        files,
    } = Arguments::read();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let origin = here
        .ancestors()
        .nth(2)
        .expect("this is two folders below the workspace");
    let known = known(&here.join("survivors.txt"));
    let suites: &[&'static Suite] = if models {
        &[&TESTS, &MODELS]
    } else {
        &[&TESTS]
    };
    let tree = Tree::make(origin, &target, &files, suites);

    let mut left: Vec<usize> = (1..=tree.mutants.len()).collect();
    left.retain(|number| !tree.refused.contains(number) && number % part.1 == part.0 % part.1);
    let tried = left.len();
    let mut results = fs::File::create(target.join("results.tsv")).expect("makes a file");
    let mut outcomes: HashMap<usize, (Outcome, &str)> = HashMap::new();
    for suite in suites {
        let found = Mutex::new((&mut outcomes, &mut results));
        let is_listed = |number: usize| known.contains_key(&tree.mutants[number - 1].key());
        Tests::find(&tree, suite).try_all(&tree, &left, is_listed, |number, outcome| {
            let mutant = &tree.mutants[number - 1];
            let (outcomes, results) = &mut *found.lock().unwrap();
            writeln!(
                results,
                "{}:{}\t{}\t{outcome:?}, {}",
                mutant.file,
                mutant.line,
                mutant.key(),
                suite.name
            )
            .expect("writes a line");
            // To what no test of the first suite comes, a model may.
            if outcome != Outcome::Unreached || !outcomes.contains_key(&number) {
                outcomes.insert(number, (outcome, suite.name));
            }
        });
        left.retain(|number| outcomes[number].0 != Outcome::Caught);
    }

    let mut counts = Counts::new();
    let mut wrong = Vec::new();
    for (number, mutant) in (1..).zip(&tree.mutants) {
        let Some((outcome, by)) = outcomes.get(&number) else {
            continue;
        };
        let key = mutant.key();
        let reason = known.get(&key);
        let (kind, is_right) = match (outcome, *by) {
            (Outcome::Caught, "tests") => (0, true),
            (Outcome::Caught, _) => (
                1,
                reason.is_some_and(|reason| reason.starts_with(BY_MODELS)),
            ),
            _ if reason.is_some() => (
                2,
                !models || !reason.is_some_and(|reason| reason.starts_with(BY_MODELS)),
            ),
            _ => (3, false),
        };
        counts.entry(mutant.file.clone()).or_default()[kind] += 1;
        if !is_right {
            wrong.push(format!("{outcome:?}, {by}: {key} (line {})", mutant.line));
        } else if kind == 0 && reason.is_some() {
            println!("caught this time, though listed: {key}");
        }
    }
    print(&counts);
    for line in &wrong {
        println!("{line}");
    }
    println!("{} passed, {} failed", tried - wrong.len(), wrong.len());
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
            models: false,
            files: Vec::new(),
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--models" => read.models = true,
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
    let row = |numbers: [usize; 4], name: &str| {
        let [caught, by_models, listed, other] = numbers;
        println!("{caught:>8} {by_models:>10} {listed:>8} {other:>8}  {name}");
    };
    println!(
        "{:>8} {:>10} {:>8} {:>8}",
        "caught", "by models", "listed", "other"
    );
    for (file, numbers) in counts {
        row(*numbers, file);
    }
    row(
        [0, 1, 2, 3].map(|kind| counts.values().map(|numbers| numbers[kind]).sum()),
        "all",
    );
}

/// The survivors that are known, each with the reason that stands above it.
fn known(path: &Path) -> HashMap<String, String> {
    let text = fs::read_to_string(path).expect("reads the list of survivors");
    let (mut reason, mut known) = (None, HashMap::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(words) = line.strip_prefix('#') {
            reason = Some(words.trim().to_owned());
        } else {
            let reason = reason
                .clone()
                .unwrap_or_else(|| panic!("without a reason: {line}"));
            known.insert(line.to_owned(), reason);
        }
    }
    known
}
