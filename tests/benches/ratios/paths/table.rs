//! The table of paths: written, read again, compared.

use std::fmt;

use crate::scenario::OURS;

/// What one operation takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    pub(super) instructions: f64,
    pub(super) locked: f64,
    pub(super) lines: f64,
    pub(super) allocations: f64,
    pub(super) bytes: f64,
}

/// One operation of one side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) scenario: String,
    pub(super) who: String,
    pub(super) cost: Cost,
}

const COLUMNS: [&str; 5] = ["instructions", "locked", "lines", "allocations", "bytes"];

impl Cost {
    fn columns(&self) -> [f64; 5] {
        [
            self.instructions,
            self.locked,
            self.lines,
            self.allocations,
            self.bytes,
        ]
    }
}

/// A number that is not what the table says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    path: String,
    column: &'static str,
    then: f64,
    now: f64,
    is_ours: bool,
}

impl Change {
    /// Whether ours takes more than it did.
    pub(super) fn is_worse(&self) -> bool {
        self.is_ours && self.now > self.then
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.is_worse() {
            "ROSE"
        } else if self.is_ours {
            "fell; write it down with `--bless`"
        } else {
            "the peer's"
        };
        write!(
            f,
            "{}: {} {} -> {}: {verdict}",
            self.path,
            self.column,
            number(self.then),
            number(self.now)
        )
    }
}

/// Compares all columns but the instructions, which change with every compiler, and the lines, which change with where
/// the allocator and the hash put things. A path that the table does not know is no change; it comes in with the next
/// `--bless`.
pub(super) fn compare(committed: &[Path], counted: &[Path]) -> Vec<Change> {
    let mut changes = Vec::new();
    for now in counted {
        let then = committed
            .iter()
            .find(|then| (&then.scenario, &then.who) == (&now.scenario, &now.who));
        let Some(then) = then else {
            continue;
        };
        let numbers = then.cost.columns().into_iter().zip(now.cost.columns());
        for (column, (then, now_it)) in COLUMNS.into_iter().zip(numbers) {
            if ["instructions", "lines"].contains(&column) {
                continue;
            }
            // As printed: with one digit.
            if (then - now_it).abs() > 0.051 {
                changes.push(Change {
                    path: format!("{}, {}", now.scenario, now.who),
                    column,
                    then,
                    now: now_it,
                    is_ours: now.who == OURS,
                });
            }
        }
    }
    changes
}

/// The page with the table.
pub(super) fn page(paths: &[Path]) -> String {
    format!(
        "\
# What one operation takes

Written by `cargo ratios --count --bless`, compared by `cargo ratios --count`, which fails when one of our numbers rises
(but for the instructions, which change with every compiler, and the lines, which change with the addresses). A process
is stepped through one instruction at a time, on x86-64 Linux, so that no noise of the machine changes a number: medians
of 7 operations, after 4,096 others.

* **instructions**: all, those of the C library's allocator too (some 130 for a small block there and back).
* **locked**: read-modify-write instructions with the `lock` prefix, and exchanges with memory. Each takes some 5 to 7 ns
  on a line that the core owns, and waits for the line where another core has it.
* **lines**: different cache lines that these write. On more cores than one an operation scales as far as its lines are
  its own: those of the object that it is about, or of the shard, belong to all who use the same.
* **allocations**, and **bytes**: blocks asked for, and the most bytes held at a time.

An operation of a walk is one entry of a hundred. All tables hash with the same function on both sides, but for
`internment`, beside which ours hashes with `ahash` too.

{}",
        text(paths)
    )
}

/// The table alone.
pub(super) fn text(paths: &[Path]) -> String {
    let mut text = format!("| operation | who | {} |\n", COLUMNS.join(" | "));
    text.push_str("|---|---|---:|---:|---:|---:|---:|\n");
    let mut last = "";
    for path in paths {
        let scenario = if path.scenario == last {
            ""
        } else {
            &path.scenario
        };
        last = &path.scenario;
        let numbers = path.cost.columns().map(number).join(" | ");
        // Else it would be taken for HTML.
        let who = path.who.replace('<', "\\<");
        let row = format!("| {scenario} | {who} | {numbers} |\n");
        text.push_str(&row);
    }
    text
}

/// The rows of a page.
pub(super) fn parse(page: &str) -> Result<Vec<Path>, String> {
    let mut paths: Vec<Path> = Vec::new();
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    for line in rows {
        let mistake = || format!("not a row of the table of paths: {line}");
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [scenario, who, numbers @ ..] = &*cells else {
            return Err(mistake());
        };
        let numbers: Vec<f64> = numbers
            .iter()
            .map(|cell| cell.parse().map_err(|_| mistake()))
            .collect::<Result<_, _>>()?;
        let [instructions, locked, lines, allocations, bytes] = *numbers else {
            return Err(mistake());
        };
        let scenario = match (*scenario, paths.last()) {
            ("", Some(last)) => last.scenario.clone(),
            (scenario, _) => scenario.to_owned(),
        };
        paths.push(Path {
            scenario,
            who: who.replace('\\', ""),
            cost: Cost {
                instructions,
                locked,
                lines,
                allocations,
                bytes,
            },
        });
    }
    Ok(paths)
}

/// Whole where it is, else with one digit.
fn number(value: f64) -> String {
    if (value - value.round()).abs() < 0.05 {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(scenario: &str, who: &str, locked: f64, bytes: f64) -> Path {
        Path {
            scenario: scenario.to_owned(),
            who: who.to_owned(),
            cost: Cost {
                instructions: 100.0,
                locked,
                lines: 1.0,
                allocations: 1.5,
                bytes,
            },
        }
    }

    #[test]
    fn a_page_is_read_again() {
        let paths = [
            path("a", OURS, 2.0, 40.0),
            path("a", "Mutex<Vec>", 1.0, 24.0),
            path("b", OURS, 0.0, 0.0),
        ];
        assert_eq!(parse(&page(&paths)), Ok(paths.to_vec()));
        assert!(parse("| head |\n| a | b | 1 |").is_err());
    }

    #[test]
    fn what_rises_of_ours_is_worse() {
        let then = [path("a", OURS, 2.0, 40.0), path("a", "Arc", 1.0, 24.0)];
        let now = [
            path("a", OURS, 3.0, 32.0),
            path("a", "Arc", 2.0, 24.0),
            path("b", OURS, 9.0, 0.0),
        ];
        let changes: Vec<_> = compare(&then, &now)
            .iter()
            .map(|change| (change.is_worse(), change.to_string()))
            .collect();
        assert_eq!(
            changes,
            [
                (true, "a, weakref: locked 2 -> 3: ROSE".to_owned()),
                (
                    false,
                    "a, weakref: bytes 40 -> 32: fell; write it down with `--bless`".to_owned()
                ),
                (false, "a, Arc: locked 1 -> 2: the peer's".to_owned()),
            ]
        );
        assert_eq!(compare(&then, &then), []);
    }

    #[test]
    fn instructions_and_lines_may_change() {
        let mut now = path("a", OURS, 2.0, 40.0);
        now.cost.instructions = 500.0;
        now.cost.lines = 2.0;
        assert_eq!(compare(&[path("a", OURS, 2.0, 40.0)], &[now]), []);
    }
}
