//! What the pages say of the crates: each line of a table for those who come from elsewhere stands in a program of its
//! page, which is a test of its crate's documentation; and the README names all features.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The pages, and how many lines their tables have at least.
const PAGES: [(&str, usize); 4] = [
    ("weakref/src/guide/from_std.md", 20),
    ("weakref/src/guide/from_python.md", 20),
    ("weakref/src/guide/from_weak_crates.md", 20),
    ("weakref-containers/src/lib.rs", 25),
];

fn read(path: &str) -> String {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    fs::read_to_string(workspace.expect("a workspace").join(path)).expect("the page is there")
}

/// The page at `path`, as it is shown.
fn page(path: &str) -> String {
    let text = read(path);
    if !text.starts_with("//!") {
        return text;
    }
    let shown = text.lines().filter_map(|line| line.strip_prefix("//!"));
    shown.fold(String::new(), |page, line| {
        page + line.strip_prefix(' ').unwrap_or(line) + "\n"
    })
}

/// The programs of a page, and its tables, each a list of rows with their cells.
fn parts(page: &str) -> (String, Vec<Vec<Vec<String>>>) {
    let (mut programs, mut tables) = (String::new(), Vec::<Vec<Vec<String>>>::new());
    let (mut is_program, mut is_table) = (false, false);
    for line in page.lines() {
        if line.starts_with("```") {
            is_program = !is_program;
        } else if is_program {
            programs += line;
            programs += "\n";
        } else if let Some(row) = line.strip_prefix("| ") {
            if !is_table {
                tables.push(Vec::new());
            }
            tables.last_mut().expect("one").push(cells(row));
        }
        is_table = !is_program && line.starts_with('|');
    }
    (programs, tables)
}

fn cells(row: &str) -> Vec<String> {
    let row = row.replace("\\|", "\u{0}");
    let cells = row.trim_end_matches('|').split('|');
    cells
        .map(|cell| cell.trim().replace('\u{0}', "|"))
        .collect()
}

/// The words that a cell shows as code.
fn words(cell: &str) -> BTreeSet<String> {
    let code = cell.split('`').skip(1).step_by(2);
    let words = code.flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn each_line_of_a_table_for_those_who_come_from_elsewhere_is_in_a_program() {
    let mut missing = Vec::new();
    for (path, least) in PAGES {
        let (programs, tables) = parts(&page(path));
        let programs = words(&format!("`{}`", programs.replace('`', " ")));
        let mut lines = 0;
        for table in tables {
            let [head, rows @ ..] = &table[..] else {
                continue;
            };
            let here = head.iter().position(|cell| cell == "here");
            // Of the traits of std the page lists what has them here; of all else, what it is here.
            let Some(here) = here.or((head[0] == "trait").then_some(0)) else {
                continue;
            };
            for row in rows {
                let is_same = row[here] == "same" || row[here].starts_with("same,");
                let said = words(&row[if is_same { 0 } else { here }]);
                lines += 1;
                for word in said.difference(&programs) {
                    missing.push(format!("{path}: `{word}` of the line {}", row[0]));
                }
            }
        }
        assert!(lines >= least, "{path}: only {lines} lines found");
    }
    assert!(missing.is_empty(), "in no program: {missing:#?}");
}

/// The names of a manifest's features.
fn features(manifest: &str) -> BTreeSet<String> {
    let (_, features) = manifest
        .split_once("[features]\n")
        .expect("it has features");
    let features = features.split("\n[").next().expect("one part");
    let names = features.lines().filter_map(|line| line.split_once(" = "));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_readme_names_all_features() {
    let (_, tables) = parts(&read("README.md"));
    let table = tables.iter().find(|table| table[0][1] == "feature");
    let rows = &table.expect("a table of features")[1..];
    for name in ["weakref", "weakref-containers"] {
        let of_crate = rows.iter().filter(|row| row[0] == format!("`{name}`"));
        let listed: BTreeSet<String> = of_crate.map(|row| row[1].replace('`', "")).collect();
        let mut there = features(&read(&format!("{name}/Cargo.toml")));
        there.remove("default");
        assert_eq!(listed, there, "of {name}");
    }
}
