//! Prints rows as they come: a table for people, JSON for programs.

use crate::args::Format;
use crate::json;
use crate::row::Row;

/// A report being printed.
pub(crate) struct Report<'b> {
    format: Format,
    name_width: usize,
    /// The rows of an earlier run.
    baseline: Option<&'b [Row]>,
    rows: usize,
    missed: usize,
}

impl<'b> Report<'b> {
    pub(crate) fn begin(format: Format, name_width: usize, baseline: Option<&'b [Row]>) -> Self {
        match format {
            Format::Table if baseline.is_some() => {
                println!("{}  ours/then  peer/then", header(name_width));
            }
            Format::Table => println!("{}", header(name_width)),
            Format::Json => println!("["),
            Format::Summary => {}
        }
        Self {
            format,
            name_width,
            baseline,
            rows: 0,
            missed: 0,
        }
    }

    pub(crate) fn row(&mut self, row: &Row) {
        match self.format {
            Format::Table => {
                let then = self.baseline.map(|rows| then(row, rows));
                println!("{}{}", line(row, self.name_width), then.unwrap_or_default());
            }
            Format::Json if self.rows == 0 => print!("  {}", json::object(row)),
            Format::Json => print!(",\n  {}", json::object(row)),
            Format::Summary => {}
        }
        self.rows += 1;
        self.missed += usize::from(row.misses());
    }

    pub(crate) fn end(self) {
        match self.format {
            Format::Table => println!("{} lines, {} above their aim", self.rows, self.missed),
            Format::Json => println!("\n]"),
            Format::Summary => {}
        }
    }
}

const PEER_WIDTH: usize = 20;

fn header(width: usize) -> String {
    format!(
        "{:width$}  {:>9}  {:PEER_WIDTH$}  {:>9}  {:>6}  {:>6}  {:>11}  {:>6}  unit",
        "scenario", "ours_ns", "peer", "peer_ns", "ratio", "low", "spread", "aim"
    )
}

fn line(row: &Row, width: usize) -> String {
    let aim = row
        .aim
        .map_or_else(|| "-".to_owned(), |aim| format!("{aim:.2}"));
    let spread = if row.processes > 1 {
        format!("{:.2}..{:.2}", row.spread[0], row.spread[1])
    } else {
        "-".to_owned()
    };
    let mark = if row.misses() { " !" } else { "" };
    format!(
        "{:width$}  {:>9}  {:PEER_WIDTH$}  {:>9}  {:>6.3}  {:>6.3}  {spread:>11}  {aim:>6}  {}{mark}",
        row.scenario,
        number(row.ours.median),
        row.peer,
        number(row.theirs.median),
        row.ratio,
        row.low_ratio,
        row.unit.name()
    )
}

/// Ours and theirs over what they were in an earlier run.
fn then(row: &Row, baseline: &[Row]) -> String {
    let earlier = baseline
        .iter()
        .find(|then| (&then.scenario, &then.peer) == (&row.scenario, &row.peer));
    earlier.map_or_else(
        || "  new".to_owned(),
        |then| {
            let [ours, theirs] = drift(row, then);
            format!("  {ours:.3}  {theirs:.3}")
        },
    )
}

/// Ours now over ours then, and the same of the peer: what both changed by is the machine.
pub(crate) fn drift(now: &Row, then: &Row) -> [f64; 2] {
    [
        now.ours.median / then.ours.median,
        now.theirs.median / then.theirs.median,
    ]
}

/// Two digits behind the point for what is small, none for what is large.
pub(crate) fn number(value: f64) -> String {
    let digits = if value < 100.0 {
        2
    } else {
        usize::from(value < 1_000.0)
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::row::Unit;
    use crate::stats::Sample;

    pub(crate) fn row() -> Row {
        let sides = [21.5, 43.0].map(Sample::exact);
        Row::new("owner/new+drop", Unit::Nanoseconds, sides, "Arc", Some(0.6))
    }

    #[test]
    fn a_line_has_its_columns_in_order() {
        let several = Row {
            processes: 3,
            spread: [0.4, 0.7],
            ..row()
        };
        let line = line(&several, 16);
        let columns: Vec<_> = line.split_whitespace().collect();
        assert_eq!(
            columns,
            [
                "owner/new+drop",
                "21.50",
                "Arc",
                "43.00",
                "0.500",
                "0.500",
                "0.40..0.70",
                "0.60",
                "ns"
            ]
        );
        assert_eq!(header(16).find("unit"), line.find("ns"));
    }

    #[test]
    fn a_missed_aim_is_marked_and_no_aim_is_a_dash() {
        assert!(
            line(
                &Row {
                    aim: Some(0.4),
                    ..row()
                },
                16
            )
            .ends_with("ns !")
        );
        assert!(line(&Row { aim: None, ..row() }, 16).ends_with("-  ns"));
    }

    #[test]
    fn numbers_keep_four_digits_or_so() {
        assert_eq!(
            [0.5, 99.994, 123.45, 20_971_520.0].map(number),
            ["0.50", "99.99", "123.5", "20971520"]
        );
    }

    #[test]
    fn drift_is_of_ours_and_of_theirs() {
        let mut now = row();
        now.ours.median *= 2.0;
        assert_eq!(then(&now, &[row()]), "  2.000  1.000");
        assert_eq!(then(&now, &[]), "  new");
    }
}
