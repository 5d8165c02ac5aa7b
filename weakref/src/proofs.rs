//! Reads the crate's own source: every `unsafe fn`, and every pointer to one in a table, numbers its
//! conditions, and every SAFETY comment says why the conditions of what is called hold.
//!
//! In such a comment a bare number, `1`, is a condition of what is called; one in brackets, (1), is a
//! condition of the function in which the comment stands; a letter with a number, L1, is a lemma.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

struct Source {
    name: String,
    lines: Vec<String>,
}

fn read(folder: &Path, prefix: &str, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let file = path.file_name().expect("it has a name").to_string_lossy();
        let name = format!("{prefix}{file}");
        if path.is_dir() {
            read(&path, &format!("{name}/"), sources);
        } else if path.extension().is_some_and(|end| end == "rs") && name != "proofs.rs" {
            let text = fs::read_to_string(&path).expect("it is text");
            let lines = text.lines().map(|line| line.trim().to_owned()).collect();
            sources.push(Source { name, lines });
        }
    }
}

/// The name of the function that a line defines.
fn defined(line: &str) -> Option<&str> {
    if line.starts_with("//") {
        return None;
    }
    let (before, after) = line.split_once("fn ")?;
    let is_word = |word: &str| {
        ["pub", "const", "unsafe", "extern", "\"C\""].contains(&word) || word.starts_with("pub(")
    };
    let end = after.find(['(', '<'])?;
    before
        .split_whitespace()
        .all(is_word)
        .then(|| &after[..end])
}

/// Whether a line is a field that holds a pointer to an unsafe function, not a parameter.
fn is_table_field(lines: &[String], at: usize) -> bool {
    let line = &lines[at];
    line.contains(": unsafe fn(")
        && line.ends_with(',')
        && lines[..at]
            .iter()
            .rev()
            .filter(|line| !line.starts_with("//"))
            .find_map(|line| match line.chars().last() {
                Some('{') => Some(true),
                Some('(') => Some(false),
                _ => None,
            })
            .unwrap_or(false)
}

/// How many conditions the documentation above a line numbers.
fn conditions(lines: &[String], at: usize) -> usize {
    let doc: Vec<_> = lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .collect();
    let section = doc.iter().rev().skip_while(|line| **line != "/// # Safety");
    let numbered = |n: usize| {
        section
            .clone()
            .any(|line| line.starts_with(&format!("/// {n}. ")))
    };
    (1..=9).take_while(|&n| numbered(n)).count()
}

/// The words of a comment that begins at a line, and the line after it.
fn comment(lines: &[String], at: usize) -> (String, usize) {
    let rest = &lines[at..];
    let length = rest
        .iter()
        .take_while(|line| line.starts_with("//"))
        .count();
    let words: Vec<_> = rest[..length]
        .iter()
        .map(|line| line.trim_start_matches('/').trim())
        .collect();
    let text = words
        .join(" ")
        .trim_start_matches("SAFETY:")
        .trim()
        .to_owned();
    (text, at + length)
}

/// The type that a line begins to implement something for.
fn implemented(line: &str) -> Option<&str> {
    let mut rest = line.strip_prefix("impl")?;
    if rest.starts_with('<') {
        let mut depth = 0;
        let end = rest.char_indices().find(|(at, c)| {
            let arrow = *at > 0 && rest[..*at].ends_with('-');
            depth += i32::from(*c == '<') - i32::from(*c == '>' && !arrow);
            depth == 0
        });
        rest = &rest[end?.0 + 1..];
    }
    let rest = rest.split_once(" for ").map_or(rest, |(_, of)| of);
    words(rest).next()
}

/// The first function called in an `unsafe` block of the line or the next ones, with the type or
/// module in front of it, if one is.
fn called(lines: &[String], at: usize) -> Option<String> {
    let code = lines[at..]
        .iter()
        .take(4)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" ");
    let block = code.split_once("unsafe {")?.1;
    let call = block.split('(').next()?;
    let call = call.split("::<").next()?;
    let start = call.rfind(|c: char| !c.is_alphanumeric() && !['_', ':'].contains(&c));
    let path = &call[start.map_or(0, |at| at + 1)..];
    let mut parts = path.rsplit("::");
    let name = parts.next()?;
    match parts.next() {
        Some(of) if of != "Self" => Some(format!("{of}::{name}")),
        _ => Some(name.to_owned()),
    }
}

/// What stands in brackets, each on its own, and the text without it.
fn brackets(text: &str) -> (Vec<String>, String) {
    let (mut inside, mut outside, mut depth) = (Vec::new(), String::new(), 0);
    for c in text.chars() {
        match c {
            '(' => {
                depth += 1;
                inside.push(String::new());
            }
            ')' => depth -= 1,
            _ if depth > 0 => inside.last_mut().expect("opened").push(c),
            _ => outside.push(c),
        }
    }
    (inside, outside)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

fn is_lemma(word: &str) -> bool {
    word.len() == 2
        && word.as_bytes()[0].is_ascii_uppercase()
        && word.as_bytes()[1].is_ascii_digit()
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, source: &Source, at: usize, fault: &str) {
        self.0.push(format!("{}:{}: {fault}", source.name, at + 1));
    }
}

/// Looks at one comment, in a function with so many conditions.
fn look(text: &str, own: usize, asked: usize, lemmas: &str) -> Result<(), String> {
    let (inside, outside) = brackets(text);
    let mut rest = outside.to_lowercase();
    for empty in ["as above", "as promised", "as in", "as for"] {
        rest = rest.replace(empty, "");
    }
    let is_subject = |word: &&str| word.parse::<usize>().is_err() && *word != "and";
    if words(&rest).filter(is_subject).count() < 3 {
        return Err("a bare reference, which says nothing".to_owned());
    }
    for condition in 1..=asked {
        if !words(&outside).any(|word| word.parse() == Ok(condition)) {
            return Err(format!(
                "does not say why {condition} of what is called holds"
            ));
        }
    }
    for reference in &inside {
        let foreign = reference.contains('`');
        for word in words(reference) {
            if !foreign && word.parse::<usize>().is_ok_and(|n| n == 0 || n > own) {
                return Err(format!(
                    "names ({word}), which its function does not promise"
                ));
            }
        }
    }
    for lemma in words(text).filter(|word| is_lemma(word)) {
        if !["//! LEMMA:", "/// LEMMA:", "//! | LEMMA |"]
            .iter()
            .any(|form| lemmas.contains(&form.replace("LEMMA", lemma)))
        {
            return Err(format!("names {lemma}, which stands nowhere"));
        }
    }
    Ok(())
}

fn faults(sources: &[Source]) -> Vec<String> {
    let mut faults = Faults::default();
    let mut asked = HashMap::<String, usize>::new();
    let lines = sources.iter().flat_map(|source| &source.lines);
    let lemmas = lines.map(String::as_str).collect::<Vec<_>>().join("\n");
    for source in sources {
        let mut of = "";
        for (at, line) in source.lines.iter().enumerate() {
            of = implemented(line).unwrap_or(of);
            let Some(name) = defined(line) else { continue };
            // Of two of one name the one that asks less: the comment may be about either.
            let count = if line.contains("unsafe fn ") {
                conditions(&source.lines, at)
            } else {
                0
            };
            let module = source.name.trim_end_matches(".rs").rsplit('/').next();
            let module = module.unwrap_or_default();
            let keys = [
                name.to_owned(),
                format!("{of}::{name}"),
                format!("{module}::{name}"),
            ];
            for key in keys {
                let least = asked.entry(key).or_insert(count);
                *least = count.min(*least);
            }
        }
    }
    for source in sources {
        let mut own = 0;
        for (at, line) in source.lines.iter().enumerate() {
            let is_unsafe = line.contains("unsafe fn ") && defined(line).is_some();
            if defined(line).is_some() {
                own = if is_unsafe {
                    conditions(&source.lines, at)
                } else {
                    0
                };
            }
            if (is_unsafe || is_table_field(&source.lines, at))
                && conditions(&source.lines, at) == 0
            {
                faults.add(source, at, "numbers no condition under `# Safety`");
            }
            if line.starts_with("// SAFETY:") {
                let (text, code) = comment(&source.lines, at);
                let callee = called(&source.lines, code);
                let asked = callee
                    .and_then(|name| asked.get(&name).copied())
                    .unwrap_or(0);
                if let Err(fault) = look(&text, own, asked, &lemmas) {
                    faults.add(source, at, &fault);
                }
            }
        }
    }
    faults.0
}

#[test]
fn every_proof_argues_the_conditions_of_what_is_called() {
    let mut sources = Vec::new();
    read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        "",
        &mut sources,
    );
    let faults = faults(&sources);
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn a_proof_that_argues_nothing_is_found() {
    let text = "
        //! | L1 | a lemma |

        /// # Safety
        ///
        /// 1. The first.
        /// 2. The second.
        unsafe fn two(n: u32) {
            // SAFETY: (1).
            unsafe { other(n) };
            // SAFETY: 1 and 2, as above.
            unsafe { two(n) };
            // SAFETY: null is asked for nothing (3).
            unsafe { other(n) };
            // SAFETY: as L9 says of all of them.
            unsafe { other(n) };
            // SAFETY: 1, it is the caller's (1).
            unsafe { two(n) };
            // SAFETY: 1, it is the caller's (1); 2, as L1 says.
            unsafe { two(n) };
        }

        /// Promises nothing.
        unsafe fn none() {}

        struct Table {
            run: unsafe fn(*mut u8),
        }
    ";
    let lines = text.lines().map(|line| line.trim().to_owned()).collect();
    let source = Source {
        name: "text.rs".to_owned(),
        lines,
    };
    let found: Vec<_> = faults(&[source])
        .into_iter()
        .map(|fault| fault.splitn(3, ':').nth(2).unwrap_or("").trim().to_owned())
        .collect();
    assert_eq!(
        found,
        [
            "a bare reference, which says nothing",
            "a bare reference, which says nothing",
            "names (3), which its function does not promise",
            "names L9, which stands nowhere",
            "does not say why 2 of what is called holds",
            "numbers no condition under `# Safety`",
            "numbers no condition under `# Safety`",
        ]
    );
}
