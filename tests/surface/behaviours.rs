//! Every row that a test's name cites stands in the table of behaviours, and every row of that has a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A letter and two digits.
fn row(text: &str) -> Option<(char, u32)> {
    let letter = text.chars().next().filter(char::is_ascii_alphabetic)?;
    let digits = text.get(1..).filter(|digits| digits.len() == 2)?;
    Some((letter.to_ascii_uppercase(), digits.parse().ok()?))
}

/// The rows that the words name, up to the first that names none: `D11`, `D12`, or `D11`, `to`, `D14`.
fn rows(words: &[&str]) -> Vec<(char, u32)> {
    let mut rows = Vec::new();
    let mut is_range = false;
    for &word in words {
        if word == "to" {
            is_range = true;
            continue;
        }
        let Some((letter, number)) = row(word) else {
            break;
        };
        let first = match rows.last() {
            Some((_, last)) if is_range => last + 1,
            _ => number,
        };
        rows.extend((first..=number).map(|number| (letter, number)));
        is_range = false;
    }
    rows
}

fn cited(folder: &Path, all: &mut BTreeSet<(char, u32)>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            cited(&path, all);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            for name in text
                .lines()
                .filter_map(|line| line.trim().strip_prefix("fn "))
            {
                all.extend(rows(&name.split('_').collect::<Vec<_>>()));
            }
        }
    }
}

#[test]
fn every_row_has_a_test_and_every_test_its_row() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(tests.join("it/BEHAVIOURS.md")).expect("it is text");
    let told: BTreeSet<_> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|cell| {
            rows(
                &cell
                    .split([' ', ','])
                    .filter(|word| !word.is_empty())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let mut tested = BTreeSet::new();
    for folder in ["it", "exit"] {
        cited(&tests.join(folder), &mut tested);
    }
    assert!(told.len() > 150, "{} rows are seen", told.len());
    let untold: Vec<_> = tested.difference(&told).collect();
    let untested: Vec<_> = told.difference(&tested).collect();
    assert!(
        untold.is_empty() && untested.is_empty(),
        "not in the table: {untold:?}; without a test: {untested:?}"
    );
}
