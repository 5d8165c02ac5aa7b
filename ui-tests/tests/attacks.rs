//! Attacks from safe code, none of which may compile: each file of `attacks` is one, and begins with the errors that
//! refuse it, `// error[E0277]: a part of the message`. `cargo test -p weakref-ui-tests --test attacks` runs them all, as
//! the programs of one package.
//!
//! An attack has to be refused for the reasons it names and for no other; it is refused elsewhere too, but the words
//! are the pinned toolchain's, so it is run on that only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const PINNED: &str = "rustc 1.95.0 ";
/// How many there are at least.
const ATTACKS: usize = 180;

#[test]
fn no_attack_compiles() {
    if !on_the_pinned_toolchain() {
        eprintln!("skipped: not on {PINNED}");
        return;
    }
    let attacks = attacks();
    assert!(attacks.len() >= ATTACKS, "only {} found", attacks.len());
    let errors = errors_of(&attacks);
    let mut wrong = String::new();
    for path in &attacks {
        let (name, expected) = (name(path), expected(path));
        assert!(
            !expected.is_empty(),
            "{name} does not say why it is refused"
        );
        let found = errors.get(name).map_or(&[][..], Vec::as_slice);
        let is_named = |error: &String| expected.iter().any(|one| is_one(one, error));
        let is_found = |one: &String| found.iter().any(|error| is_one(one, error));
        if found.is_empty() {
            writeln!(wrong, "{name} COMPILES").expect("a string");
        } else if !found.iter().all(is_named) || !expected.iter().all(is_found) {
            writeln!(wrong, "{name} is refused otherwise: {found:#?}").expect("a string");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Whether an `error[code]: message` is the one that is named by its code and a part of its message.
fn is_one(named: &str, error: &str) -> bool {
    let (code, part) = named.split_once(": ").expect("a code and a part");
    error
        .split_once(": ")
        .is_some_and(|(of, message)| of == code && message.contains(part))
}

/// The first lines of an attack, up to the first that is empty.
fn expected(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("an attack can be read");
    let lines = text.lines().map_while(|line| line.strip_prefix("// "));
    lines.map(str::to_owned).collect()
}

/// The errors of each attack, by its name, from one run of the compiler over a package of which each is a program.
fn errors_of(attacks: &[PathBuf]) -> BTreeMap<String, Vec<String>> {
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("attacks");
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    fs::create_dir_all(&package).expect("a folder of ours");
    fs::write(package.join("Cargo.toml"), manifest(workspace, attacks)).expect("a file of ours");
    fs::copy(workspace.join("Cargo.lock"), package.join("Cargo.lock")).expect("a file of ours");
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["check", "--bins", "--keep-going", "--offline", "--quiet"])
        .args(["--message-format", "short", "--color", "never"])
        .env("CARGO_TARGET_DIR", package.join("target"))
        .current_dir(&package)
        .output()
        .expect("cargo runs");
    let output = String::from_utf8_lossy(&output.stderr);
    let mut errors = BTreeMap::<String, Vec<String>>::new();
    for line in output.lines() {
        // `…/attacks/name.rs:12:5: error[E0277]: message`
        let Some((place, error)) = line.split_once(": error") else {
            continue;
        };
        let Some((path, _)) = place.split_once(".rs:") else {
            continue;
        };
        let errors = errors.entry(name(Path::new(path)).to_owned());
        errors.or_default().push(format!("error{error}"));
    }
    assert!(!errors.is_empty(), "no attack was looked at: {output}");
    errors
}

fn manifest(workspace: &Path, attacks: &[PathBuf]) -> String {
    let mut manifest = String::from(
        "[package]\nname = \"attacks\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\nautobins = false\n\n[workspace]\n\n[dependencies]\n",
    );
    for name in ["weakref", "weakref-containers"] {
        let path = workspace.join(name);
        let path = path.display();
        writeln!(manifest, "{name} = {{ path = '{path}' }}").expect("a string");
    }
    for path in attacks {
        let (name, path) = (name(path), path.display());
        writeln!(manifest, "\n[[bin]]\nname = '{name}'\npath = '{path}'").expect("a string");
    }
    manifest
}

fn attacks() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("attacks");
    let entries = fs::read_dir(folder).expect("the folder can be listed");
    let mut attacks: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be listed").path())
        .collect();
    attacks.sort();
    attacks
}

fn name(path: &Path) -> &str {
    path.file_stem()
        .and_then(|name| name.to_str())
        .expect("names are plain")
}

fn on_the_pinned_toolchain() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output();
    output.is_ok_and(|output| output.stdout.starts_with(PINNED.as_bytes()))
}
