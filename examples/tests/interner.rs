//! Runs the `interner` binary as its users do, on small real files and on the source of this workspace.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use weakref_examples::scratch::ScratchDir;

struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_interner"));
    let output = command.args(arguments).output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Run {
    fn assert_code(&self, code: i32) {
        let Self { out, err, .. } = self;
        assert_eq!(self.code, Some(code), "stdout:\n{out}\nstderr:\n{err}");
    }

    /// The number in the row that begins with `label`.
    fn number(&self, label: &str) -> u64 {
        let mut rows = self.out.lines().filter_map(|line| line.strip_prefix(label));
        let row = rows
            .next()
            .unwrap_or_else(|| panic!("no row {label:?} in\n{}", self.out));
        number(row)
    }

    /// What is left while the texts are dropped: files, words in them, live words.
    fn left(&self) -> Vec<[u64; 3]> {
        let rows = self
            .out
            .lines()
            .skip_while(|line| !line.starts_with("files left"));
        rows.skip(1)
            .map(|row| {
                let cells: Vec<u64> = row.split_whitespace().map(number).collect();
                cells.try_into().unwrap()
            })
            .collect()
    }
}

fn number(cell: &str) -> u64 {
    cell.trim().replace(',', "").parse().unwrap()
}

#[test]
fn counts_words_and_forgets_them() {
    let scratch = ScratchDir::new("interner-test").unwrap();
    fs::create_dir(scratch.path().join("deep")).unwrap();
    for (file, text) in [
        ("a.txt", "a rose is a rose"),
        ("b", "a thorn is no rose"),
        ("deep/c.md", "is_a(rose)"),
    ] {
        fs::write(scratch.path().join(file), text).unwrap();
    }
    let run = run([scratch.path()]);
    run.assert_code(0);
    assert_eq!(run.err, "");
    assert_eq!(run.number("files   "), 3);
    assert_eq!(run.number("words"), 12);
    assert_eq!(run.number("distinct words"), 6);
    assert_eq!(run.number("bytes of all words"), 34);
    assert_eq!(run.number("bytes of distinct words"), 18);
    assert_eq!(run.left(), [[3, 12, 6], [2, 7, 6], [1, 2, 2], [0, 0, 0]]);
}

#[test]
fn the_source_of_this_workspace_is_the_default() {
    let run = run(["--threads=8"]);
    run.assert_code(0);
    assert!(run.number("files   ") > 50, "{}", run.out);
    let [words, distinct] = ["words", "distinct words"].map(|label| run.number(label));
    assert!(distinct > 1000 && words > 5 * distinct, "{}", run.out);
    let left = run.left();
    assert_eq!(left[0], [run.number("files   "), words, distinct]);
    assert_eq!(left.last(), Some(&[0, 0, 0]));
    assert!(
        left.is_sorted_by(|earlier, later| earlier > later),
        "{}",
        run.out
    );
}

#[test]
fn what_is_no_text_is_named_and_skipped() {
    let scratch = ScratchDir::new("interner-test").unwrap();
    fs::write(scratch.path().join("a.txt"), "a rose").unwrap();
    fs::write(scratch.path().join("noise.bin"), b"a\xFF\xFEb").unwrap();
    let run = run([scratch.path()]);
    run.assert_code(0);
    assert_eq!(run.number("files   "), 1);
    assert!(run.err.starts_with("skipped noise.bin: "), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
}

#[cfg(unix)]
#[test]
fn odd_file_names_are_printed_safely() {
    let scratch = ScratchDir::new("interner-test").unwrap();
    fs::write(scratch.path().join("a.txt"), "a rose").unwrap();
    fs::write(scratch.path().join("a\x1b[31m\n"), b"\xFF").unwrap();
    let run = run([scratch.path()]);
    run.assert_code(0);
    assert!(!run.err.contains('\x1b'), "{:?}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
}

#[test]
fn no_text_is_the_users_mistake() {
    let scratch = ScratchDir::new("interner-test").unwrap();
    let missing = run([scratch.path().join("missing")]);
    missing.assert_code(2);
    assert!(
        missing.err.starts_with("error: cannot read the directory "),
        "{}",
        missing.err
    );

    let empty = run([scratch.path()]);
    empty.assert_code(2);
    assert!(
        empty.err.starts_with("error: no readable text file in "),
        "{}",
        empty.err
    );

    fs::write(scratch.path().join("noise"), b"\xFF").unwrap();
    let noise = run([scratch.path()]);
    noise.assert_code(2);
    assert!(noise.err.contains("skipped noise: "), "{}", noise.err);
    let file = run([scratch.path().join("noise")]);
    file.assert_code(2);
    for run in [missing, empty, noise, file] {
        assert_eq!(run.out, "");
    }
    run(["--threads=0"]).assert_code(2);
}

#[test]
fn help_is_complete() {
    let help = run(["--help"]);
    help.assert_code(0);
    let words = [
        "DIR",
        "--threads",
        "--help",
        "--version",
        "Exit codes:",
        "  0 ",
        "  1 ",
        "  2 ",
        "  130 ",
    ];
    for word in words {
        assert!(help.out.contains(word), "{word} is not in\n{}", help.out);
    }
    let scratch = ScratchDir::new("interner-test").unwrap();
    fs::write(scratch.path().join("a.txt"), "a rose").unwrap();
    let table = run([scratch.path()]).out;
    let rows = table.lines().skip(2).take_while(|line| !line.is_empty());
    let mut labels: Vec<&str> = rows.map(|line| line.split("  ").next().unwrap()).collect();
    labels.extend(["files left", "words in them", "live words"]);
    for label in labels {
        assert!(
            help.out.contains(&format!("\n  {label}  ")),
            "{label:?} is not explained in\n{}",
            help.out
        );
    }
}
