//! The modules of each crate stand in layers: none names a module that comes after it.
//!
//! Read as text, without comments and tests: what follows `crate::`. A method that is called on a value names no module, so
//! a call upward by a method is not seen.

mod table;

use std::collections::BTreeSet;

use table::{CRATES, Crate};

use crate::sources::{Source, read};

/// The code of a formatted file, without comments and without what is compiled for tests only.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let trimmed = line.trim_start();
        if trimmed.starts_with("//") {
            continue;
        }
        let is_test = trimmed.starts_with("#[cfg(test)]") || trimmed.starts_with("#[cfg(all(test,");
        if !is_test {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let indent = &line[..line.len() - trimmed.len()];
        let Some(item) = lines.find(|line| !line.trim_start().starts_with('#')) else {
            break;
        };
        let ends = format!("{indent}}}");
        if item.ends_with('{') {
            let _rest = lines.find(|line| line.starts_with(&ends));
        } else if !item.ends_with([';', ',']) {
            let _rest = lines.find(|line| line.ends_with(';'));
        }
    }
    code
}

/// The first name of each path that follows `crate::`, but for `$crate::`, which is the user's.
fn named(code: &str) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if code[..at].ends_with(|c: char| is_word(c) || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let group = rest.strip_prefix('{').map_or(rest, str::trim_start);
        let word = |text: &'_ str| text.find(|c: char| !is_word(c)).unwrap_or(text.len());
        named.insert(&group[..word(group)]);
        if group.len() == rest.len() {
            continue;
        }
        // The other members of the group, which are at depth one.
        let mut depth = 1;
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 1 => {
                    let next = group[at + 1..].trim_start();
                    named.insert(&next[..word(next)]);
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    // What begins so is a macro.
    named.retain(|name| !name.is_empty() && !name.starts_with("__"));
    named
}

/// The module of a file of this name.
fn module(file: &str) -> &str {
    file.split('/').next().expect("there is a first")
}

fn faults(krate: &Crate, sources: &[Source]) -> Vec<String> {
    let place = |module: &str| {
        let is_here = |layer: &&str| layer.split(' ').any(|name| name == module);
        krate.layers.iter().position(is_here)
    };
    let mut faults = Vec::new();
    let mut used = vec![false; krate.upward.len()];
    for source in sources {
        let from = module(&source.name);
        if ["lib", "guide", "proofs", "coerce", "snapshot"].contains(&from) {
            continue;
        }
        let Some(own) = place(from) else {
            faults.push(format!("{}: `{from}` stands in no layer", source.name));
            continue;
        };
        let code = code(&source.text);
        for to in named(&code).into_iter().filter(|to| *to != from) {
            let is_known =
                |(file, above, _): &(&str, &str, &str)| *file == source.name && *above == to;
            match (place(to), krate.upward.iter().position(is_known)) {
                (None, _) => faults.push(format!("{}: `crate::{to}` is no module", source.name)),
                (Some(other), _) if other < own => {}
                (Some(_), Some(known)) => used[known] = true,
                (Some(_), None) => {
                    faults.push(format!("{}: names `{to}`, which is above", source.name));
                }
            }
        }
    }
    for ((file, to, _), used) in krate.upward.iter().zip(used) {
        if !used {
            faults.push(format!("{file}: does not name `{to}`"));
        }
    }
    let is_there = |name: &str| sources.iter().any(|source| module(&source.name) == name);
    let names = krate.layers.iter().flat_map(|layer| layer.split(' '));
    let gone = names.filter(|name| !is_there(name));
    faults.extend(gone.map(|name| format!("there is no module `{name}`")));
    faults
}

#[test]
fn modules_name_what_is_below_them() {
    for krate in &CRATES {
        let sources = read(krate.name);
        let faults = faults(krate, &sources);
        assert!(faults.is_empty(), "{}\n{}", krate.name, faults.join("\n"));
    }
}

#[test]
fn a_name_from_above_is_found() {
    let krate = Crate {
        name: "example",
        layers: &["low other", "high", "gone"],
        upward: &[
            ("low/known", "high", "a reason"),
            ("low", "high", "no more"),
        ],
    };
    let source = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let sources = [
        source("low/known", "use crate::high::High;\n"),
        source(
            "low/deep",
            "fn f() {\n    crate::high::run($crate::high!());\n}\n",
        ),
        source(
            "low",
            "//! crate::high\nuse crate::{low::{self, Low}, other::X};\n",
        ),
        source(
            "other",
            "#[cfg(test)]\nmod tests {\n    use crate::high::X;\n}\nuse crate::High;\n",
        ),
        source(
            "high",
            "pub(crate) use crate::low::Low;\nuse crate::other::{X, Y};\n",
        ),
        source("new", ""),
    ];
    assert_eq!(
        faults(&krate, &sources),
        [
            "low/deep: names `high`, which is above",
            "low: names `other`, which is above",
            "other: `crate::High` is no module",
            "new: `new` stands in no layer",
            "low: does not name `high`",
            "there is no module `gone`",
        ]
    );
}
