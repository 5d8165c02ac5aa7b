//! Who holds an object, with the feature `leak-trace`: whole tables, with the source in place of its lines' numbers.

#![cfg(not(any(loom, shuttle)))]

#[cfg(not(miri))]
mod allocator;
mod borrows;
#[cfg(not(miri))]
#[path = "../it/support/child.rs"]
mod child;
mod fields;
mod forbidden;
#[cfg(not(miri))]
mod guide;
mod handles;
mod hidden;
mod leaks;
mod owners;
#[cfg(not(miri))]
mod process;
mod threads;

use std::fmt::Write;
use std::panic::Location;

use weakref::WeakReferenceable;
use weakref::trace::Holders;

/// Something that others own.
#[derive(WeakReferenceable)]
struct Leaf;

/// The names of the fields that own an object, and how many handles are in each.
fn fields(holders: &Holders) -> Vec<(&'static str, usize)> {
    let mut fields: Vec<_> = holders
        .owners()
        .iter()
        .map(|owner| (owner.field(), owner.count()))
        .collect();
    fields.sort_unstable();
    fields
}

/// What is alive of a type is asked by several tests: each has types of its own.
const SOURCES: [(&str, &str); 8] = [
    ("main.rs", include_str!("main.rs")),
    ("borrows.rs", include_str!("borrows.rs")),
    ("fields.rs", include_str!("fields.rs")),
    ("handles.rs", include_str!("handles.rs")),
    ("hidden.rs", include_str!("hidden.rs")),
    ("leaks.rs", include_str!("leaks.rs")),
    ("owners.rs", include_str!("owners.rs")),
    ("threads.rs", include_str!("threads.rs")),
];

/// The line of these tests at a place, or the file's name if it is another's.
fn source(file: &str, line: usize) -> String {
    let name = file.rsplit(['/', '\\']).next().expect("one part at least");
    let is_ours = file.replace('\\', "/").contains("tests/traces/");
    let known = SOURCES.iter().find(|(known, _)| is_ours && *known == name);
    let Some((_, text)) = known else {
        return name.to_owned();
    };
    let line = text.lines().nth(line - 1).expect("the line is there");
    line.trim().to_owned()
}

/// The text with `‹…›` in place of `file:line:column`, and `#` in place of an object's number.
fn normalized(text: &str) -> String {
    let mut normal = String::new();
    for line in text.lines() {
        let mut words = Vec::new();
        for word in line.split(' ') {
            let number = word
                .strip_prefix('#')
                .map(|number| number.trim_end_matches(','));
            let bare = word.trim_end_matches([',', ':']);
            let mut parts = bare.rsplitn(3, ':');
            let (column, at, file) = (parts.next(), parts.next(), parts.next());
            let at = at.and_then(|at| at.parse().ok());
            let column = column.and_then(|column| column.parse::<usize>().ok());
            words.push(match (number, file, at, column) {
                (Some(number), ..) if number.parse::<u64>().is_ok() => word.replace(number, ""),
                (_, Some(file), Some(at), Some(_)) => {
                    format!("‹{}›{}", source(file, at), &word[bare.len()..])
                }
                _ => word.to_owned(),
            });
        }
        writeln!(normal, "{}", words.join(" ")).expect("a string");
    }
    normal.trim_end().to_owned()
}

const HIDDEN: &str = "may be owned in what is not looked into:";

/// Compares line by line. What is not looked into is of the other tests too, which run at the same time: there only the
/// types count that are expected.
#[track_caller]
fn assert_table(table: &impl ToString, expected: &[&str]) {
    let table = normalized(&table.to_string());
    let type_of = |row: &str| row.split_whitespace().nth(1).map(str::to_owned);
    let begin = expected.iter().position(|row| *row == HIDDEN);
    let mine = begin.map_or(&[][..], |begin| &expected[begin + 1..]);
    let mine: Vec<_> = mine.iter().map(|row| type_of(row)).collect();
    let mut is_within = false;
    let is_meant = |row: &&str| {
        is_within = row.starts_with(HIDDEN) || is_within && row.starts_with(' ');
        let is_ours = mine.contains(&type_of(row)) || !mine.is_empty() && *row == HIDDEN;
        !is_within || is_ours
    };
    let rows: Vec<_> = table.lines().filter(is_meant).collect();
    assert_eq!(rows, expected, "{table}");
}

/// What is not looked into of the objects of a type.
fn hidden_of(holders: &Holders, type_name: &str) -> Vec<String> {
    let rows = holders.hidden().into_iter();
    rows.map(|hidden| normalized(&hidden.to_string()))
        .filter(|row| row.split_whitespace().nth(1) == Some(type_name))
        .collect()
}

#[test]
fn places_are_read_as_source() {
    let here = Location::caller();
    let text = format!("Image #17, made at {here}, and\n    2  cloned    {here}:");
    assert_eq!(
        normalized(&text),
        "Image #, made at ‹let here = Location::caller();›, and\n    2  cloned    ‹let here = Location::caller();›:"
    );
}
