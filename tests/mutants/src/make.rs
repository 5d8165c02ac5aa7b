//! The mutants of a file, and the file with all of them in it.

mod find;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::ops::Range;

/// One change of one place.
#[derive(Debug)]
pub struct Mutant {
    pub file: String,
    pub line: usize,
    /// The function, with the type it belongs to.
    pub function: String,
    pub from: String,
    pub to: String,
    /// Which of those that look alike in one function, from 1.
    pub nth: usize,
}

impl Mutant {
    /// What names it in the list of survivors. Lines would move with every change of the file.
    pub fn key(&self) -> String {
        let nth = if self.nth == 1 {
            String::new()
        } else {
            format!(" #{}", self.nth)
        };
        format!(
            "{} | {} | {} => {}{nth}",
            self.file, self.function, self.from, self.to
        )
    }
}

/// A place of the source with its mutants: their numbers and what stands there instead.
struct Edit {
    range: Range<usize>,
    kind: Kind,
    instead: Vec<(usize, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An expression: one of several.
    Choice,
    /// A statement: or none.
    Statement,
    /// In front of a function's body: returns at once.
    Entry,
    /// Behind the pattern of an arm without a guard: never matches.
    Arm,
}

/// Where functions stand, with their mutants.
type Functions = Vec<(Range<usize>, Vec<usize>)>;

/// A file with its mutants.
pub struct Source {
    text: String,
    edits: Vec<Edit>,
    functions: Functions,
    /// How the code of this crate names the function that tells whether a mutant is on.
    on: &'static str,
}

/// Where mutants stand in what was written: the ranges of single ones, of places, and of functions, from narrow to wide.
#[derive(Default)]
pub struct Written {
    pub text: String,
    single: Vec<(Range<usize>, Vec<usize>)>,
    places: Vec<(Range<usize>, Vec<usize>)>,
    functions: Functions,
}

impl Written {
    /// Those that an error of the compiler with these spans is put down to.
    pub fn blamed(&self, spans: &[Range<usize>]) -> Vec<usize> {
        for ranges in [&self.single, &self.places, &self.functions] {
            for span in spans {
                let around = ranges
                    .iter()
                    .filter(|(range, _)| range.start <= span.start && span.end <= range.end);
                if let Some((_, mutants)) = around.min_by_key(|(range, _)| range.len()) {
                    return mutants.clone();
                }
            }
        }
        Vec::new()
    }
}

impl Source {
    /// Adds the mutants of `text` to `all`.
    pub fn read(file: &str, text: String, on: &'static str, all: &mut Vec<Mutant>) -> Self {
        let (mut edits, functions) = find::all(file, &text, all);
        edits.sort_by_key(|edit| (edit.range.start, usize::MAX - edit.range.end));
        Self {
            text,
            edits,
            functions,
            on,
        }
    }

    /// The source with all of its mutants but those of `without`.
    pub fn write(&self, without: &HashSet<usize>) -> Written {
        let mut written = Written::default();
        let mut starts = Vec::new();
        self.write_range(
            0..self.text.len(),
            &mut 0,
            without,
            &mut written,
            &mut starts,
        );
        for (range, mutants) in &self.functions {
            let at = |offset: usize| {
                let before = starts.partition_point(|&(from, _)| from <= offset);
                before.checked_sub(1).map_or(offset, |index: usize| {
                    starts[index].1 + (offset - starts[index].0)
                })
            };
            written
                .functions
                .push((at(range.start)..at(range.end), mutants.clone()));
        }
        written
    }

    /// `starts`: where pieces of the source came to stand.
    fn write_range(
        &self,
        range: Range<usize>,
        next: &mut usize,
        without: &HashSet<usize>,
        out: &mut Written,
        starts: &mut Vec<(usize, usize)>,
    ) {
        let copy = |out: &mut Written, starts: &mut Vec<(usize, usize)>, piece: Range<usize>| {
            starts.push((piece.start, out.text.len()));
            out.text.push_str(&self.text[piece]);
        };
        let mut at = range.start;
        while let Some(edit) = self
            .edits
            .get(*next)
            .filter(|edit| edit.range.start < range.end)
        {
            *next += 1;
            copy(out, starts, at..edit.range.start);
            at = edit.range.end;
            let place = out.text.len();
            let instead: Vec<_> = edit
                .instead
                .iter()
                .filter(|(number, _)| !without.contains(number))
                .collect();
            let on = self.on;
            let single = |out: &mut Written, number: usize, text: String| {
                let start = out.text.len();
                out.text.push_str(&text);
                out.single.push((start..out.text.len(), vec![number]));
            };
            match edit.kind {
                Kind::Entry | Kind::Arm => {
                    for (number, text) in &instead {
                        let text = match edit.kind {
                            Kind::Entry => format!(" if {on}({number}) {{ return {text}; }}"),
                            _ => format!(" if !{on}({number})"),
                        };
                        single(out, *number, text);
                    }
                    continue;
                }
                _ if instead.is_empty() => {
                    self.write_range(edit.range.clone(), next, without, out, starts);
                }
                Kind::Statement => {
                    let (number, _) = instead[0];
                    write!(out.text, "if !{on}({number}) {{ ").unwrap();
                    self.write_range(edit.range.clone(), next, without, out, starts);
                    out.text.push_str(" }");
                }
                Kind::Choice => {
                    out.text.push('(');
                    for (number, text) in &instead {
                        write!(out.text, "if {on}({number}) {{ ").unwrap();
                        single(out, *number, text.clone());
                        out.text.push_str(" } else ");
                    }
                    out.text.push_str("{ ");
                    self.write_range(edit.range.clone(), next, without, out, starts);
                    out.text.push_str(" })");
                }
            }
            if !instead.is_empty() {
                out.places.push((
                    place..out.text.len(),
                    instead.iter().map(|(number, _)| *number).collect(),
                ));
            }
        }
        copy(out, starts, at..range.end);
    }
}
