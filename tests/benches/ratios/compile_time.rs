//! What deriving costs a compiler: 1,000 types with our derive, with serde's, and with none.
//!
//! Each is a throwaway package in a temporary directory, checked by `cargo check` with its dependencies built before
//! and without incremental compilation, so that a sample is one run of the compiler over the 1,000 types.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{env, fs, io, process};

use crate::measure::Effort;
use crate::row::{Row, Unit};
use crate::scenario::Scenario;
use crate::stats::Sample;

const TYPES: usize = 1_000;
const AIM: f64 = 0.25;

pub(crate) fn add(scenarios: &mut Vec<Scenario>) {
    scenarios.push(Scenario::once(
        format!("compile time/{TYPES} types"),
        measure,
    ));
}

/// A derive to be measured.
struct Variant {
    name: &'static str,
    dependency: String,
    derive: &'static str,
}

fn measure(scenario: &str, effort: Effort) -> Vec<Row> {
    let weakref = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("weakref");
    let variants = [
        Variant {
            name: "weakref",
            dependency: format!("weakref = {{ path = {:?} }}", weakref.display().to_string()),
            derive: "#[derive(weakref::WeakReferenceable)]",
        },
        Variant {
            name: "serde_derive",
            dependency: "serde = { version = \"1\", features = [\"derive\"] }".to_owned(),
            derive: "#[derive(serde::Serialize)]",
        },
        Variant {
            name: "no derive",
            dependency: String::new(),
            derive: "",
        },
    ];
    let directory = Scratch::new().expect("a temporary directory can be made");
    let packages: Vec<_> = variants
        .iter()
        .map(|variant| Package::create(&directory.path, variant).expect("its files can be written"))
        .collect();
    for package in &packages {
        eprintln!("ratios: building what {} needs", package.name);
        package.check();
    }

    let mut samples = vec![Vec::with_capacity(effort.rounds); packages.len()];
    for round in 0..effort.rounds {
        for turn in 0..packages.len() {
            let at = (round + turn) % packages.len();
            packages[at]
                .change(round)
                .expect("its file can be written again");
            let start = Instant::now();
            packages[at].check();
            samples[at].push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    let mut taken = samples.into_iter().map(Sample::of);
    let ours = taken.next().expect("we take part ourselves");
    let peers = variants[1..].iter().zip([Some(AIM), None]);
    peers
        .zip(taken)
        .map(|((variant, aim), theirs)| {
            Row::new(
                scenario,
                Unit::Milliseconds,
                [ours, theirs],
                variant.name,
                aim,
            )
        })
        .collect()
}

/// A temporary directory, removed when dropped.
struct Scratch {
    path: PathBuf,
}

impl Scratch {
    fn new() -> io::Result<Self> {
        let path = env::temp_dir().join(format!("weakref-compile-time-{}", process::id()));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("ratios: {} stays behind: {error}", self.path.display());
        }
    }
}

/// A package of 1,000 types.
struct Package {
    name: &'static str,
    directory: PathBuf,
    source: String,
}

impl Package {
    fn create(parent: &Path, variant: &Variant) -> io::Result<Self> {
        let directory = parent.join(variant.name.replace(' ', "_"));
        fs::create_dir_all(directory.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"types\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{}\n\n[workspace]\n",
            variant.dependency
        );
        fs::write(directory.join("Cargo.toml"), manifest)?;
        let package = Self {
            name: variant.name,
            directory,
            source: types(variant.derive),
        };
        package.change(usize::MAX)?;
        Ok(package)
    }

    /// Writes the source again, so that cargo finds it changed.
    fn change(&self, round: usize) -> io::Result<()> {
        let source = format!("// Round {round}.\n{}", self.source);
        fs::write(self.directory.join("src/lib.rs"), source)
    }

    fn check(&self) {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let status = Command::new(cargo)
            .args(["check", "--quiet"])
            .current_dir(&self.directory)
            .env("CARGO_TARGET_DIR", self.directory.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .stdin(Stdio::null())
            .status()
            .expect("cargo can be run");
        assert!(
            status.success(),
            "the {} package does not compile",
            self.name
        );
    }
}

/// The same types whatever the derive: structs of three kinds, enums, generics.
fn types(derive: &str) -> String {
    let mut source = String::from("#![allow(dead_code, reason = \"only compiled\")]\n");
    for at in 0..TYPES {
        let shape = match at % 5 {
            0 => "struct $ { id: u64, name: String, tags: Vec<String> }",
            1 => "struct $(u32, Option<Box<str>>);",
            2 => "enum $ { Empty, One(u8), Pair { left: i64, right: i64 } }",
            3 => "struct $<T> { items: Vec<T>, chosen: Option<usize> }",
            _ => "struct $ { width: u32, height: u32, scale: f64, pixels: Vec<u8>, title: String }",
        };
        let shape = shape.replacen('$', &format!("Type{at}"), 1);
        writeln!(source, "{derive}\npub {shape}").expect("a `String` takes all");
    }
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_the_derive() {
        let source = types("#[derive(Debug)]");
        assert_eq!(source.matches("#[derive(Debug)]").count(), TYPES);
        assert_eq!(source.matches("pub struct Type").count(), TYPES / 5 * 4);
        assert_eq!(source.matches("pub enum Type").count(), TYPES / 5);
        assert!(source.contains("pub struct Type998<T> {"));
        assert!(!source.contains('$'));
    }
}
