//! The page of results with its plots: `tests/benches/RESULTS.md`.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io, thread};

use crate::group::{CPYTHON, Goal, Group, ONE_THREAD};
use crate::paths;
use crate::report::number;
use crate::row::Row;
use crate::summary::{self, HEADER, Line};

/// What stands in one plot together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Pointers,
    Hooks,
    Python,
    Tables,
    Shared,
    Memory,
}

impl Family {
    const ALL: [Self; 6] = [
        Self::Pointers,
        Self::Hooks,
        Self::Python,
        Self::Tables,
        Self::Shared,
        Self::Memory,
    ];

    fn of(group: &Group) -> Self {
        if let Goal::Bytes(_) = group.goal {
            return Self::Memory;
        }
        match group.peers[0] {
            "Arc" | "Rc" => Self::Pointers,
            "Arc+Mutex<Vec>" | "Rc+RefCell<Vec>" | "rust-cc Cleaner" | ONE_THREAD => Self::Hooks,
            CPYTHON => Self::Python,
            "weak-table" => Self::Tables,
            _ => Self::Shared,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Pointers => "Pointers",
            Self::Hooks => "Callbacks and finalizers",
            Self::Python => "Beside CPython",
            Self::Tables => "Containers of one owner",
            Self::Shared => "Shared containers",
            Self::Memory => "Memory",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Pointers => "pointers.svg",
            Self::Hooks => "hooks.svg",
            Self::Python => "python.svg",
            Self::Tables => "tables.svg",
            Self::Shared => "shared.svg",
            Self::Memory => "memory.svg",
        }
    }
}

/// Writes the page and its plots beside the table of paths.
pub(crate) fn write(rows: &[Row], load: Option<&str>) -> io::Result<()> {
    let table = paths::file();
    let directory = table.parent().unwrap_or(Path::new("."));
    let lines = summary::lines(rows);
    for family in Family::ALL {
        let of_it = members(&lines, family);
        // Bytes are no ratios.
        if !of_it.is_empty() && family != Family::Memory {
            let svg = crate::plot::svg(family.title(), &of_it);
            fs::write(directory.join(family.file()), svg)?;
        }
    }
    let paths = fs::read_to_string(&table).unwrap_or_default();
    fs::write(
        directory.join("RESULTS.md"),
        text(rows, &lines, load, &paths),
    )
}

fn members<'l, 'r>(lines: &'l [Line<'r>], family: Family) -> Vec<&'l Line<'r>> {
    lines
        .iter()
        .filter(|line| Family::of(line.group) == family)
        .collect()
}

fn text(rows: &[Row], lines: &[Line<'_>], load: Option<&str>, paths: &str) -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "\
# What it costs, measured

Written by `cargo ratios --page` on a virtual machine with {cores} cores. Ours and every peer's are interleaved in one
process, and each scenario runs in several processes one after the other; what is printed are medians. Read the ratios,
not the times: below 1 ours is the faster. Where a group has several peers the best of each scenario counts. `low` is the
same of the tenth percentiles, which other programs disturb less. Both sides hash with the same function.

"
    );
    if let Some(load) = load {
        push(
            &mut text,
            &format!("**The machine was not quiet:** {load}.\n\n"),
        );
    }
    for family in Family::ALL {
        let of_it = members(lines, family);
        if of_it.is_empty() {
            continue;
        }
        push(&mut text, &format!("## {}\n\n", family.title()));
        if family != Family::Memory {
            let picture = format!("![{}]({})\n\n", family.title(), family.file());
            push(&mut text, &picture);
        }
        push(&mut text, &row(&HEADER.map(str::to_owned)));
        push(&mut text, "|---|---|---:|---:|---:|---|---:|---|\n");
        for line in of_it {
            push(&mut text, &row(&line.columns()));
        }
        push(&mut text, "\n");
    }
    push(&mut text, &scaling(paths));
    push(&mut text, "## Every scenario\n\n");
    push(
        &mut text,
        "| scenario | ours | peer | peer's | ratio | low | spread | unit |\n|---|---:|---|---:|---:|---:|---|---|\n",
    );
    for it in rows {
        let cells = [
            it.scenario.clone(),
            number(it.ours.median),
            it.peer.clone(),
            number(it.theirs.median),
            format!("{:.2}", it.ratio),
            format!("{:.2}", it.low_ratio),
            format!("{:.2} to {:.2}", it.spread[0], it.spread[1]),
            it.unit.name().to_owned(),
        ];
        push(&mut text, &row(&cells));
    }
    text
}

/// What more cores than these do, from what one operation writes.
fn scaling(paths: &str) -> String {
    let mut text = "\
## More cores

Two cores show no scaling. What limits it can be counted: how many cache lines an operation writes that others write too.
A line is written by one core at a time, and its way from core to core takes 50 to 100 ns; so the throughput of operations
that all write one line is that of one core at best, however many there are. [PATHS.md](PATHS.md) counts the lines that
locked instructions of one operation write, one thread alone. For shared containers these are the shard's lock, which
operations on other keys share by chance, and the counts of the object, which only those on the same object share:

"
    .to_owned();
    let mut rows = paths.lines().filter(|line| line.starts_with("| "));
    let mut is_shared = false;
    let mut shared = String::new();
    let head = rows.next();
    for row in rows {
        if !row.starts_with("|  |") {
            is_shared = row.starts_with("| shared/");
        }
        if is_shared {
            shared.push_str(row);
            shared.push('\n');
        }
    }
    if let Some(head) = head {
        push(
            &mut text,
            &format!("{head}\n|---|---|---:|---:|---:|---:|---:|\n{shared}\n"),
        );
    }
    text
}

fn row(cells: &[String]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| cell.trim().replace('|', "\\|").replace('<', "\\<"))
        .collect();
    format!("| {} |\n", cells.join(" | "))
}

fn push(text: &mut String, more: &str) {
    text.write_str(more).expect("a `String` takes all");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::group::GROUPS;
    use crate::row::Unit;
    use crate::stats::Sample;

    #[test]
    fn every_family_has_a_group() {
        for family in Family::ALL {
            assert!(GROUPS.iter().any(|group| Family::of(group) == family));
        }
    }

    #[test]
    fn the_page_has_groups_scenarios_and_shared_paths() {
        let sides = [10.0, 20.0].map(Sample::exact);
        let name = "shared/map 5 % insert+drop, 2 threads";
        let rows = [Row::new(name, Unit::Nanoseconds, sides, "scc+Weak", None)];
        let paths = "| operation | who |\n| local/a | weakref |\n|  | Rc |\n| shared/b | weakref |\n|  | scc |\n";
        let page = text(&rows, &summary::lines(&rows), Some("it was busy"), paths);
        assert!(page.contains("**The machine was not quiet:** it was busy."));
        assert!(page.contains("![Shared containers](shared.svg)"));
        assert!(page.contains("| shared/b | weakref |\n|  | scc |\n"));
        assert!(!page.contains("local/a"));
        assert!(page.contains("| 10.00 | scc+Weak | 20.00 | 0.50 |"));
    }
}
