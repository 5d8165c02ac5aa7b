//! A copy of the workspace with all mutants in it that compile.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::make::{Mutant, Source, Written};

/// Not mutated: tests, models, what is compiled only with other features, and text.
const LEFT_OUT: [&str; 11] = [
    "tests.rs",
    "/tests/",
    "proofs",
    "sync/bug",
    "sync/model",
    "src/trace",
    "src/glance",
    "list/registered",
    "events/",
    "guide",
    "limits.rs",
];

const CRATES: [(&str, &str); 2] = [
    ("weakref", "crate::mutants::on"),
    ("weakref-containers", "::weakref::mutants::on"),
];

/// With the features that the tests turn on.
const PACKAGES: [&str; 3] = ["weakref", "weakref-containers", "weakref-tests"];

pub struct Tree {
    pub root: PathBuf,
    pub target: PathBuf,
    pub mutants: Vec<Mutant>,
    /// Those that do not compile.
    pub refused: HashSet<usize>,
}

impl Tree {
    /// Copies the workspace of `origin` to `root`, and makes the mutants of the files that `chosen` names by a part of their path.
    pub fn make(origin: &Path, target: &Path, chosen: &[String]) -> Self {
        let root = target.join("tree");
        let files = Command::new("git")
            .args(["ls-files", "-z"])
            .current_dir(origin)
            .output()
            .expect("git lists the files");
        let files: Vec<String> = files
            .stdout
            .split(|&byte| byte == 0)
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .filter(|name| !name.is_empty())
            .collect();
        let (mut mutants, mut sources) = (Vec::new(), Vec::new());
        for file in &files {
            let Ok(bytes) = fs::read(origin.join(file)) else {
                continue;
            };
            let of = CRATES.iter().find(|(name, _)| {
                file.starts_with(&format!("{name}/src/")) && file.ends_with(".rs")
            });
            match of {
                Some((_, on))
                    if !LEFT_OUT.iter().any(|part| file.contains(part))
                        && (chosen.is_empty()
                            || chosen.iter().any(|part| file.contains(part.as_str()))) =>
                {
                    let text = String::from_utf8(bytes).expect("Rust is UTF-8");
                    sources.push((file.clone(), Source::read(file, text, on, &mut mutants)));
                }
                _ => put(&root.join(file), &bytes),
            }
        }
        let count = mutants.len();
        let mut tree = Self {
            root,
            target: target.join("build"),
            mutants,
            refused: HashSet::new(),
        };
        tree.add_switch(origin, count);
        for round in 1.. {
            let written: Vec<(&str, Written)> = sources
                .iter()
                .map(|(file, source)| (file.as_str(), source.write(&tree.refused)))
                .collect();
            for (file, written) in &written {
                let text = if *file == "weakref/src/lib.rs" {
                    with_switch(&written.text)
                } else {
                    written.text.clone()
                };
                put(&tree.root.join(file), text.as_bytes());
            }
            let before = tree.refused.len();
            let errors = tree.errors();
            for (file, spans) in &errors {
                let of = written
                    .iter()
                    .find(|(name, _)| name == file)
                    .map_or(Vec::new(), |(_, written)| written.blamed(spans));
                if of.is_empty() {
                    eprintln!("no mutant to blame: {file} {spans:?}");
                }
                tree.refused.extend(of);
            }
            eprintln!(
                "round {round}: {} errors, {} of {count} mutants do not compile",
                errors.len(),
                tree.refused.len()
            );
            if errors.is_empty() {
                break;
            }
            assert!(
                tree.refused.len() > before,
                "errors that no mutant is to blame for"
            );
        }
        tree
    }

    fn add_switch(&self, origin: &Path, count: usize) {
        let text = format!(
            "{}\nconst MUTANTS: usize = {count};\n",
            include_str!("on.rs")
        );
        put(&self.root.join("weakref/src/mutants.rs"), text.as_bytes());
        let library = self.root.join("weakref/src/lib.rs");
        let text =
            fs::read_to_string(origin.join("weakref/src/lib.rs")).expect("the core has a root");
        put(&library, with_switch(&text).as_bytes());
    }

    /// What cargo says, a message a line.
    pub fn cargo(&self, command: &[&str]) -> Vec<Value> {
        let output = Command::new("cargo")
            .args(command)
            .args(["--locked", "--message-format=json"])
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "0")
            .env("RUSTFLAGS", "--cap-lints=warn")
            .output()
            .expect("cargo runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> = printed
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let is_whole = messages
            .last()
            .is_some_and(|last| last["reason"] == "build-finished");
        assert!(is_whole, "{}", String::from_utf8_lossy(&output.stderr));
        messages
    }

    /// The spans of each error, the first ones first.
    fn errors(&self) -> Vec<(String, Vec<Range<usize>>)> {
        let mut errors = Vec::new();
        let mut command = vec!["check", "--lib"];
        for package in PACKAGES {
            command.extend(["-p", package]);
        }
        let messages = self.cargo(&command);
        for message in &messages {
            let message = &message["message"];
            if message["level"] != "error" {
                continue;
            }
            let mut spans: Vec<&Value> =
                message["spans"].as_array().into_iter().flatten().collect();
            spans.sort_by_key(|span| !span["is_primary"].as_bool().unwrap_or(false));
            let Some(file) = spans.first().and_then(|span| span["file_name"].as_str()) else {
                continue;
            };
            let offset = |span: &Value, name: &str| {
                usize::try_from(span[name].as_u64().unwrap_or(0)).unwrap_or(0)
            };
            let ranges = spans
                .iter()
                .filter(|span| span["file_name"] == file)
                .map(|span| offset(span, "byte_start")..offset(span, "byte_end"))
                .collect();
            errors.push((file.to_owned(), ranges));
        }
        errors
    }
}

/// Behind the end, so that what stands before it keeps its place.
fn with_switch(library: &str) -> String {
    format!("{library}\n#[doc(hidden)]\npub mod mutants;\n")
}

/// Writes it if it is another than what is there, so that cargo compiles again only what has changed.
fn put(path: &Path, bytes: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return;
    }
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("makes the folder");
    fs::write(path, bytes).expect("writes the file");
}
