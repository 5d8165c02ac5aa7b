//! The ways that `CONTRIBUTING.md` describes go through functions that exist, in the files that it says.

use std::fs;
use std::path::Path;

use crate::sources::{Source, read};

/// Whether the name, without its type or module, is defined in the text: as an item, or as a variant or a constant.
fn defines(text: &str, name: &str) -> bool {
    let is_end = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    text.lines().map(str::trim_start).any(|line| {
        ["fn ", "struct ", "enum ", "trait ", "type ", "const "]
            .iter()
            .filter_map(|item| line.split_once(item))
            .any(|(_, rest)| rest.strip_prefix(name).is_some_and(is_end))
            || line
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([',', '(', ' ']))
    })
}

/// The names in backticks, each with what follows it in brackets, if that is a module.
fn names(text: &str) -> Vec<(&str, Option<&str>)> {
    let parts: Vec<_> = text.split('`').collect();
    let is_path = |name: &str| {
        name.chars()
            .all(|c| c.is_ascii_alphanumeric() || ['_', ':'].contains(&c))
    };
    parts
        .windows(2)
        .skip(1)
        .step_by(2)
        .filter(|pair| is_path(pair[0]))
        .map(|pair| {
            let inside = pair[1]
                .strip_prefix(" (")
                .and_then(|rest| rest.split_once(')'));
            let module = inside.map(|(inside, _)| inside.rsplit(", ").next().unwrap_or(inside));
            (pair[0], module.filter(|module| !module.contains(' ')))
        })
        .collect()
}

#[test]
fn the_ways_go_through_what_exists() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the tests are in a folder");
    let crates = ["weakref", "weakref-containers", "weakref-derive"];
    let sources: Vec<_> = crates.into_iter().flat_map(read).collect();
    let text = fs::read_to_string(root.join("CONTRIBUTING.md")).expect("it is text");
    let (_, ways) = text.split_once("\n## The ways\n").expect("it has ways");
    let (ways, _) = ways.split_once("\n## ").expect("it goes on");
    let names = names(ways);
    assert!(names.len() > 80, "{} names are seen", names.len());
    let is_std = |name: &str| ["Eq", "Hash", "leak"].contains(&name);
    let mut faults = Vec::new();
    for (path, module) in names.into_iter().filter(|(path, _)| !is_std(path)) {
        let name = path.rsplit("::").next().unwrap_or(path);
        let is_meant = |source: &&Source| {
            module.is_none_or(|module| {
                let rest = source.name.strip_prefix(module);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        };
        let is_module = sources.iter().any(|source| source.name == path);
        let mut meant = sources.iter().filter(is_meant);
        if !is_module && !meant.any(|source| defines(&source.text, name)) {
            faults.push(format!("`{path}`, in {module:?}"));
        }
    }
    assert!(faults.is_empty(), "nowhere:\n{}", faults.join("\n"));
}
