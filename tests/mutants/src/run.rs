//! Runs the tests: first each by itself, to see what it comes to; then for each mutant those that come to it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::tree::Tree;

const MEMORY: u64 = 6 << 30;

/// Tests that take longer are run only for what nothing else catches.
const LONGEST: Duration = Duration::from_secs(3);
/// For each mutant the quickest tests that come to it, until they take as long together.
const TOGETHER: Duration = Duration::from_secs(25);

const PACKAGES: [&str; 3] = ["weakref", "weakref-containers", "weakref-tests"];
const TARGETS: [&str; 8] = [
    "it",
    "handles",
    "places",
    "surface",
    "exit",
    "ecosystem",
    "order",
    "allocator",
];

struct Test {
    binary: usize,
    name: String,
    takes: Duration,
}

pub struct Tests {
    /// What has caught mutants of a file last, by its number: most likely it catches the next one too.
    caught_by: Mutex<HashMap<String, Vec<usize>>>,
    binaries: Vec<PathBuf>,
    /// The quickest first.
    all: Vec<Test>,
    /// For each mutant the tests that come to it, by their numbers.
    reaching: Vec<Vec<usize>>,
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Caught,
    Survived,
    /// No test comes to it.
    Unreached,
}

impl Tests {
    /// Builds the tests, and runs each once.
    pub fn find(tree: &Tree) -> Self {
        let mut command = vec!["test", "--no-run", "--lib"];
        command.extend(PACKAGES.iter().flat_map(|package| ["-p", package]));
        command.extend(TARGETS.iter().flat_map(|target| ["--test", target]));
        let messages = tree.cargo(&command);
        let binaries: Vec<PathBuf> = messages
            .iter()
            .filter_map(|message| message["executable"].as_str())
            .map(PathBuf::from)
            .collect();
        assert!(
            !binaries.is_empty(),
            "the tests do not build: {:?}",
            messages
                .iter()
                .find(|message| message["message"]["level"] == "error")
        );
        let mut names = Vec::new();
        for (number, binary) in binaries.iter().enumerate() {
            let list = Command::new(binary)
                .args(["--list", "--format", "terse"])
                .output()
                .expect("lists the tests");
            let list = String::from_utf8_lossy(&list.stdout).into_owned();
            let listed = list.lines().filter_map(|line| line.strip_suffix(": test"));
            // Those that read the code would find the mutants.
            let run = listed.filter(|name| !name.starts_with("proofs::"));
            names.extend(run.map(|name| (number, name.to_owned())));
        }
        let found = Mutex::new(Vec::new());
        side_by_side(names.len(), |index| {
            let (binary, name) = &names[index];
            let path = tree.target.join(format!("reached-{index}"));
            fs::write(&path, vec![0; tree.mutants.len() + 1]).expect("writes a file");
            let start = Instant::now();
            let Ran { passed, .. } = run(
                &tree.root,
                &binaries[*binary],
                &[name],
                &[("MUTANTS_REACHED", path.to_str().expect("a path of text"))],
                4 * LONGEST,
            );
            let takes = start.elapsed();
            let reached = fs::read(&path).expect("reads the file");
            fs::remove_file(&path).expect("removes the file");
            if passed {
                found.lock().unwrap().push((
                    Test {
                        binary: *binary,
                        name: name.clone(),
                        takes,
                    },
                    reached,
                ));
            } else {
                eprintln!("left out: {name}, which does not pass");
            }
        });
        let mut found = found.into_inner().unwrap();
        found.sort_by_key(|(test, _)| test.takes);
        let mut reaching = vec![Vec::new(); tree.mutants.len() + 1];
        for (number, (_, reached)) in found.iter().enumerate() {
            for (mutant, _) in reached
                .iter()
                .enumerate()
                .filter(|(_, reached)| **reached != 0)
            {
                reaching[mutant].push(number);
            }
        }
        eprintln!("{} tests in {} programs", found.len(), binaries.len());
        Self {
            caught_by: Mutex::default(),
            binaries,
            all: found.into_iter().map(|(test, _)| test).collect(),
            reaching,
        }
    }

    /// Tries these mutants, several side by side, and tells of each what became of it. One that survives, and is not listed,
    /// is tried with all tests that come to it, however long they take.
    pub fn try_all(
        &self,
        tree: &Tree,
        mutants: &[usize],
        is_listed: impl Fn(usize) -> bool + Sync,
        tell: impl Fn(usize, Outcome) + Sync,
    ) {
        side_by_side(mutants.len(), |index| {
            let mutant = mutants[index];
            tell(mutant, self.outcome(tree, mutant, is_listed(mutant)));
        });
    }

    fn outcome(&self, tree: &Tree, mutant: usize, is_listed: bool) -> Outcome {
        let reaching = &self.reaching[mutant];
        if reaching.is_empty() {
            return Outcome::Unreached;
        }
        let file = &tree.mutants[mutant - 1].file;
        let mut likely = self
            .caught_by
            .lock()
            .unwrap()
            .get(file)
            .cloned()
            .unwrap_or_default();
        likely.retain(|test| reaching.binary_search(test).is_ok());
        let mut time = Duration::ZERO;
        let within = reaching.iter().take_while(|&&test| {
            time += self.all[test].takes;
            time <= TOGETHER && self.all[test].takes <= LONGEST
        });
        let within = within.count();
        let mut rest: Vec<usize> = reaching[..within].to_vec();
        rest.retain(|test| !likely.contains(test));
        let later = rest.split_off(rest.len().min(LIKELY));
        let long = if is_listed { &[] } else { &reaching[within..] };
        for tests in [&likely[..], &rest, &later, long] {
            if let Some(by) = self.first_to_fail(tree, mutant, tests) {
                let mut caught_by = self.caught_by.lock().unwrap();
                let last = caught_by.entry(file.clone()).or_default();
                last.retain(|&test| test != by);
                last.insert(0, by);
                last.truncate(LIKELY);
                return Outcome::Caught;
            }
        }
        Outcome::Survived
    }

    /// One of the tests that do not pass, if there is one.
    fn first_to_fail(&self, tree: &Tree, mutant: usize, tests: &[usize]) -> Option<usize> {
        let mut by_binary: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for &test in tests {
            by_binary
                .entry(self.all[test].binary)
                .or_default()
                .push(test);
        }
        let number = mutant.to_string();
        by_binary.into_iter().find_map(|(binary, tests)| {
            let names: Vec<&str> = tests
                .iter()
                .map(|&test| self.all[test].name.as_str())
                .collect();
            let longest = tests.iter().map(|&test| self.all[test].takes).max();
            let each = Duration::from_secs(5) + 4 * longest.unwrap_or_default();
            let ran = run(
                &tree.root,
                &self.binaries[binary],
                &names,
                &[("MUTANT", &number)],
                each,
            );
            // Where the process ended in one of them, that is the one that has no result.
            let ended = |&&test: &&usize| {
                !ran.printed
                    .contains(&format!("test {} ... ok", self.all[test].name))
            };
            (!ran.passed).then(|| tests.iter().find(ended).copied().unwrap_or(tests[0]))
        })
    }
}

/// How many of those that caught the last mutants are tried first.
const LIKELY: usize = 12;

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// What became of tests.
struct Ran {
    passed: bool,
    printed: String,
}

/// Whether these tests pass, each in so much time.
fn run(
    root: &Path,
    binary: &Path,
    names: &[&str],
    environment: &[(&str, &str)],
    each: Duration,
) -> Ran {
    let mut command = Command::new(binary);
    command
        .arg("--exact")
        .args(names)
        .arg("--test-threads=1")
        .current_dir(root.join("tests"))
        .envs(environment.iter().copied());
    command
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    // SAFETY: calls only what may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            let memory = libc::rlimit {
                rlim_cur: MEMORY,
                rlim_max: MEMORY,
            };
            libc::setrlimit(libc::RLIMIT_AS, &raw const memory);
            let none = libc::rlimit {
                rlim_cur: 0,
                rlim_max: 0,
            };
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
            Ok(())
        });
    }
    let mut child = command.spawn().expect("starts the tests");
    let stdout = child.stdout.take().expect("it is piped");
    let begun = Instant::now();
    let limit = u64::try_from(each.as_millis()).unwrap_or(u64::MAX);
    let last_line = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&last_line);
    let reader = thread::spawn(move || {
        let mut printed = String::new();
        // What is not text, or cut off, is none of a test's results.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            told.store(millis(begun), Relaxed);
            printed.push_str(&line);
            printed.push('\n');
        }
        printed
    });
    let mut pause = Duration::from_millis(1);
    let passed = loop {
        if let Some(status) = child.try_wait().expect("waits for the tests") {
            break status.success();
        }
        if millis(begun).saturating_sub(last_line.load(Relaxed)) > limit {
            break false;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    };
    // With what it has started.
    // SAFETY: sends a signal.
    unsafe {
        libc::kill(
            -libc::pid_t::try_from(child.id()).expect("a process number"),
            libc::SIGKILL,
        )
    };
    let _ = child.wait();
    let printed = reader.join().expect("reads only");
    Ran { passed, printed }
}

/// On a few more threads than there are cores: many tests wait.
fn side_by_side(count: usize, step: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) + 2 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Relaxed);
                    if index >= count {
                        return;
                    }
                    step(index);
                }
            });
        }
    });
}
