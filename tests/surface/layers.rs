//! The modules of each crate stand in layers, and those of some folders: none names a module that comes after it.
//!
//! Read as text, without comments and tests: what follows `crate::`; within a folder what follows its path, and `super::` in
//! its own files. A method that is called on a value names no module, so a call upward by a method is not seen.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use table::{MODULES, Modules};

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

/// The first name of each path that follows `path`, which is `crate::` or another; but for `$crate::`, which is the user's.
fn named<'c>(code: &'c str, path: &str) -> BTreeSet<&'c str> {
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices(path) {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        if code[..at].ends_with(|c: char| is_word(c) || c == '$') {
            continue;
        }
        let rest = &code[at + path.len()..];
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

/// By name what the file of a module exports from those within it.
fn exported(code: &str) -> BTreeMap<&str, &str> {
    let mut exported = BTreeMap::new();
    for line in code.split("pub use self::").skip(1) {
        let path = line.split(';').next().expect("there is a first");
        let (module, names) = path.split_once("::").expect("no module itself is exported");
        let names = names.trim_matches(['{', '}']).split(',').map(str::trim);
        exported.extend(names.map(|name| (name, module)));
    }
    exported
}

fn faults(modules: &Modules, sources: &[Source]) -> Vec<String> {
    let place = |module: &str| {
        let is_here = |layer: &&str| layer.split(' ').any(|name| name == module);
        modules.layers.iter().position(is_here)
    };
    let folder = modules.within.map(|within| format!("{within}/"));
    let above = sources
        .iter()
        .find(|source| Some(&*source.name) == modules.within);
    let above = above.map_or_else(String::new, |source| code(&source.text));
    let exported = exported(&above);
    let path = folder.as_ref().map_or("crate::".to_owned(), |folder| {
        format!("crate::{}", folder.replace('/', "::"))
    });
    let sources: Vec<_> = sources
        .iter()
        .filter_map(|source| match &folder {
            Some(folder) => Some((source.name.strip_prefix(folder)?, &source.text)),
            None => Some((&*source.name, &source.text)),
        })
        .collect();
    let mut faults = Vec::new();
    let mut used = vec![false; modules.upward.len()];
    for &(name, text) in &sources {
        let from = module(name);
        if ["lib", "guide", "proofs", "coerce", "snapshot"].contains(&from) {
            continue;
        }
        let Some(own) = place(from) else {
            faults.push(format!("{name}: `{from}` stands in no layer"));
            continue;
        };
        let code = code(text);
        let mut all = named(&code, &path);
        if folder.is_some() && from == name {
            all.extend(named(&code, "super::"));
        }
        let all: BTreeSet<_> = all
            .into_iter()
            .map(|name| *exported.get(name).unwrap_or(&name))
            .collect();
        for to in all.into_iter().filter(|to| *to != from) {
            let is_known = |(file, above, _): &(&str, &str, &str)| *file == name && *above == to;
            match (place(to), modules.upward.iter().position(is_known)) {
                (None, _) => faults.push(format!("{name}: `{path}{to}` is no module")),
                (Some(other), _) if other < own => {}
                (Some(_), Some(known)) => used[known] = true,
                (Some(_), None) => faults.push(format!("{name}: names `{to}`, which is above")),
            }
        }
    }
    for ((file, to, _), used) in modules.upward.iter().zip(used) {
        if !used {
            faults.push(format!("{file}: does not name `{to}`"));
        }
    }
    let is_there = |name: &str| sources.iter().any(|(file, _)| module(file) == name);
    let names = modules.layers.iter().flat_map(|layer| layer.split(' '));
    let gone = names.filter(|name| !is_there(name));
    faults.extend(gone.map(|name| format!("there is no module `{name}`")));
    faults
}

#[test]
fn modules_name_what_is_below_them() {
    for modules in &MODULES {
        let faults = faults(modules, &read(modules.krate));
        let place = modules.within.unwrap_or("all");
        assert!(
            faults.is_empty(),
            "{}, {place}\n{}",
            modules.krate,
            faults.join("\n")
        );
    }
}

fn source(name: &str, text: &str) -> Source {
    Source {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

#[test]
fn a_name_from_above_is_found() {
    let modules = Modules {
        krate: "example",
        within: None,
        layers: &["low other", "high", "gone"],
        upward: &[
            ("low/known", "high", "a reason"),
            ("low", "high", "no more"),
        ],
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
        faults(&modules, &sources),
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

#[test]
fn a_name_from_above_is_found_within_a_folder() {
    let modules = Modules {
        krate: "example",
        within: Some("inner"),
        layers: &["low", "high"],
        upward: &[("low/known", "high", "a reason")],
    };
    let sources = [
        source(
            "inner",
            "pub use self::high::High;\npub use self::low::{\n    Low, Lower,\n};\n",
        ),
        source("outer", "use crate::inner::High;\n"),
        source(
            "inner/low",
            "use super::high;\nuse crate::outer::Outer;\nuse crate::inner::Lower;\n",
        ),
        source(
            "inner/low/deep",
            "use super::Deep;\nuse crate::inner::{High, Low};\n",
        ),
        source("inner/low/known", "use crate::inner::high::run;\n"),
        source("inner/high", "use super::{Low, new::New};\n"),
    ];
    assert_eq!(
        faults(&modules, &sources),
        [
            "inner/low: names `high`, which is above",
            "inner/low/deep: names `high`, which is above",
            "inner/high: `crate::inner::new` is no module",
        ]
        .map(|fault| fault.trim_start_matches("inner/"))
    );
}
