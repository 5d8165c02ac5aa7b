//! The program: find the files, read them from several threads, print what that saved, let go of one after the other.

use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::options::Options;
use super::text::{Survey, Text, Words};
use super::tree::Tree;
use crate::numbers::grouped;
use crate::shell::Failure;
use crate::spread::spread;

/// How often the second table says what is left.
const STEPS: usize = 10;

/// Runs the program; results go to `out`, problems to standard error.
///
/// # Errors
///
/// See [`Failure`].
pub fn run(options: &Options, out: &mut dyn Write, stop: &AtomicBool) -> Result<(), Failure> {
    let dir = options.dir.canonicalize();
    let dir = dir.map_err(|error| cannot_read(&options.dir, &error))?;
    let tree = Tree::list(&dir).map_err(|error| cannot_read(&dir, &error))?;

    let words = Words::new();
    let start = Instant::now();
    let read = spread(&tree.files, options.threads, stop, |path| {
        Text::read(path, &words)
    });
    let wall = start.elapsed();
    let mut skipped = tree.skipped;
    let mut texts = Vec::new();
    for (path, text) in tree
        .files
        .into_iter()
        .zip(read.ok_or(Failure::Interrupted)?)
    {
        match text {
            Ok(text) => texts.push(text),
            Err(error) => skipped.push((path, error)),
        }
    }
    for (path, error) in skipped {
        let path = path.strip_prefix(&dir).unwrap_or(&path);
        eprintln!("skipped {}: {error}", printable(path));
    }
    if texts.is_empty() {
        return Err(Failure::Input(format!(
            "no readable text file in {}",
            dir.display()
        )));
    }

    let survey = Survey::of(&texts);
    writeln!(out, "the words of {}\n", dir.display())?;
    let rows = [
        ("files", grouped(texts.len() as u64)),
        ("words", grouped(survey.words)),
        ("distinct words", grouped(survey.distinct)),
        ("bytes of all words", grouped(survey.bytes)),
        ("bytes of distinct words", grouped(survey.distinct_bytes)),
        ("time", format!("{:.3}s", wall.as_secs_f64())),
    ];
    for (label, cell) in rows {
        writeln!(out, "{label:24}{cell:>14}")?;
    }
    writeln!(out)?;
    drop_all(texts, &survey, &words, out)?;
    out.flush()?;
    Ok(())
}

/// Drops the texts in their order, and looks each time whether the words that none has any more are gone.
fn drop_all(
    texts: Vec<Text>,
    survey: &Survey,
    words: &Words,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    writeln!(out, "files left  words in them  live words")?;
    let files = texts.len();
    let (mut held, mut expected) = (survey.words, survey.distinct);
    let mut report = |left: usize, held: u64, expected: u64| {
        let live = words.len() as u64;
        if left == files || left.is_multiple_of(files.div_ceil(STEPS)) {
            let [left, held, live] = [left as u64, held, live].map(grouped);
            writeln!(out, "{left:>10}{held:>15}{live:>12}")?;
        }
        if live == expected {
            Ok(())
        } else {
            Err(Failure::Run(format!(
                "{left} texts with {expected} different words are left, and {live} words are alive"
            )))
        }
    };
    report(files, held, expected)?;
    for (index, text) in texts.into_iter().enumerate() {
        held -= text.words().len() as u64;
        expected -= survey.ends[index];
        drop(text);
        report(files - index - 1, held, expected)?;
    }
    Ok(())
}

fn cannot_read(dir: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!(
        "cannot read the directory {}: {error}",
        dir.display()
    ))
}

/// A path that is safe to print: escaped when it is no text or holds control characters.
#[expect(
    clippy::unnecessary_debug_formatting,
    reason = "the escapes keep terminals sane"
)]
fn printable(path: &Path) -> String {
    match path.to_str() {
        Some(path) if !path.contains(char::is_control) => path.to_owned(),
        _ => format!("{path:?}"),
    }
}
