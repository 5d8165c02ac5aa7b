//! Every sentence that the macros can say, and every one that the traits say where they are not implemented, is in the
//! output of some compile-fail test.
//!
//! A sentence is a text with a space in it; what is put into one (`{…}`) may be anything.

use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Texts that the macros write elsewhere than into a message.
const NO_MESSAGES: &[&str] = &[
    // Documentation of what they declare.
    "Finds the finalizer [`{name}`](Self::{name}) of an object.",
    "What a proxy of {doc} forwards.",
    "a [`{name}`]",
    // A panic of the program that they are used in.
    "weakref: a proxy does not forward `{}`, which needs `Self: Sized`",
];

#[test]
fn every_message_is_in_a_compile_fail_test() {
    let shown: Vec<String> = files(Path::new("."), "stderr")
        .iter()
        .map(|path| read(path))
        .collect();
    let mut said = Vec::new();
    for path in files(Path::new("../weakref-derive/src"), "rs") {
        if !path.ends_with("tests.rs") && !path.ends_with("snapshot.rs") {
            let tokens = read(&path).parse().expect("the file is Rust");
            texts(tokens, &mut said);
        }
    }
    let of_macros = said.len();
    for folder in ["../weakref/src", "../weakref-containers/src"] {
        for path in files(Path::new(folder), "rs") {
            texts_of_traits(read(&path).parse().expect("the file is Rust"), &mut said);
        }
    }
    let of_traits = said.len() - of_macros;
    assert!(of_macros > 50 && of_traits > 20, "not found: {said:#?}");
    let is_shown = |text: &String| shown.iter().any(|output| is_in(text, output));
    let (shown, mut missing): (Vec<_>, Vec<_>) = said.into_iter().partition(is_shown);
    missing.retain(|text| !NO_MESSAGES.contains(&text.as_str()));
    assert!(missing.is_empty(), "no test shows {missing:#?}");
    for text in NO_MESSAGES {
        assert!(!shown.iter().any(|other| other == text), "shown: {text}");
    }
}

/// Files below `folder` whose names end so.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("tests run in the folder of their package") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension() == Some(extension.as_ref()) {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the file can be read")
}

/// The texts with a space in `tokens`, but for attributes, tests, and what only a mistake of the macros would print.
fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    let mut tokens = tokens.into_iter();
    let mut before = String::new();
    while let Some(token) = tokens.next() {
        let word = token.to_string();
        match token {
            TokenTree::Group(_) if is_attribute(&before, &word) => {
                let of_test = word.contains("cfg (test)");
                let _tests = of_test.then(|| tokens.by_ref().find(ends_an_item));
            }
            TokenTree::Group(_) if ["expect", "assert!"].contains(&before.as_str()) => (),
            TokenTree::Group(group) => texts(group.stream(), found),
            TokenTree::Literal(_) => {
                found.extend(text(&word).filter(|text| text.contains(' ')));
            }
            _ => (),
        }
        before = if word == "!" { before + "!" } else { word };
    }
}

fn is_attribute(before: &str, group: &str) -> bool {
    before.starts_with('#') && group.starts_with('[')
}

/// Those in `#[diagnostic::…]`.
fn texts_of_traits(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            if group.stream().to_string().starts_with("diagnostic ::") {
                texts(group.stream(), found);
            } else {
                texts_of_traits(group.stream(), found);
            }
        }
    }
}

fn ends_an_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        other => other.to_string() == ";",
    }
}

/// The value of a plain string literal.
fn text(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::new();
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        match (c, rest.peek()) {
            ('\\', Some('\n')) => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some(_)) => text.extend(rest.next()),
            _ => text.push(c),
        }
    }
    Some(text)
}

/// Whether a line of `output` has the parts of `text` in their order.
fn is_in(text: &str, output: &str) -> bool {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((part, inside)) = rest.split_once('{') {
        parts.push(part);
        rest = inside.split_once('}').map_or("", |(_, rest)| rest);
    }
    parts.push(rest);
    output.lines().any(|line| {
        let mut line = line;
        parts.iter().all(|part| match line.find(part) {
            Some(at) => {
                line = &line[at + part.len()..];
                true
            }
            None => false,
        })
    })
}
