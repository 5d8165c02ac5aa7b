//! Prints rows as they come: a table for people, JSON for programs.

use std::fmt::Write as _;

use crate::args::Format;
use crate::scenario::Row;

/// A report being printed.
pub(crate) struct Report {
    format: Format,
    name_width: usize,
    rows: usize,
    missed: usize,
}

impl Report {
    pub(crate) fn begin(format: Format, name_width: usize) -> Self {
        match format {
            Format::Table => println!("{}", header(name_width)),
            Format::Json => println!("["),
        }
        Self {
            format,
            name_width,
            rows: 0,
            missed: 0,
        }
    }

    pub(crate) fn row(&mut self, row: &Row) {
        match self.format {
            Format::Table => println!("{}", line(row, self.name_width)),
            Format::Json if self.rows == 0 => print!("  {}", object(row)),
            Format::Json => print!(",\n  {}", object(row)),
        }
        self.rows += 1;
        self.missed += usize::from(row.misses());
    }

    pub(crate) fn end(self) {
        match self.format {
            Format::Table => println!("{} lines, {} above their aim", self.rows, self.missed),
            Format::Json => println!("\n]"),
        }
    }
}

const PEER_WIDTH: usize = 20;

fn header(width: usize) -> String {
    format!(
        "{:width$}  {:>9}  {:PEER_WIDTH$}  {:>9}  {:>6}  {:>6}  unit",
        "scenario", "ours_ns", "peer", "peer_ns", "ratio", "aim"
    )
}

fn line(row: &Row, width: usize) -> String {
    let aim = row
        .aim
        .map_or_else(|| "-".to_owned(), |aim| format!("{aim:.2}"));
    let mark = if row.misses() { " !" } else { "" };
    format!(
        "{:width$}  {:>9}  {:PEER_WIDTH$}  {:>9}  {:>6.3}  {aim:>6}  {}{mark}",
        row.scenario,
        number(row.ours),
        row.peer,
        number(row.theirs),
        row.ratio(),
        row.unit.name()
    )
}

/// Two digits behind the point for what is small, none for what is large.
fn number(value: f64) -> String {
    let digits = if value < 100.0 {
        2
    } else {
        usize::from(value < 1_000.0)
    };
    format!("{value:.digits$}")
}

fn object(row: &Row) -> String {
    let aim = row
        .aim
        .map_or_else(|| "null".to_owned(), |aim| aim.to_string());
    format!(
        "{{\"scenario\": {}, \"unit\": {}, \"ours\": {:.4}, \"peer\": {}, \"theirs\": {:.4}, \"ratio\": {:.4}, \"aim\": {aim}, \"missed\": {}}}",
        string(&row.scenario),
        string(row.unit.name()),
        row.ours,
        string(row.peer),
        row.theirs,
        row.ratio(),
        row.misses()
    )
}

/// A JSON string.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => quoted.extend(['\\', char]),
            control if control < ' ' => {
                write!(quoted, "\\u{:04x}", u32::from(control)).expect("a `String` takes all");
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Unit;

    fn row() -> Row {
        Row {
            scenario: "owner/new+drop".to_owned(),
            unit: Unit::Nanoseconds,
            ours: 21.5,
            peer: "Arc",
            theirs: 43.0,
            aim: Some(0.6),
        }
    }

    #[test]
    fn a_line_has_its_columns_in_order() {
        let line = line(&row(), 16);
        let columns: Vec<_> = line.split_whitespace().collect();
        assert_eq!(
            columns,
            [
                "owner/new+drop",
                "21.50",
                "Arc",
                "43.00",
                "0.500",
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
    fn an_object_is_json() {
        assert_eq!(
            object(&row()),
            r#"{"scenario": "owner/new+drop", "unit": "ns", "ours": 21.5000, "peer": "Arc", "theirs": 43.0000, "ratio": 0.5000, "aim": 0.6, "missed": false}"#
        );
        assert!(object(&Row { aim: None, ..row() }).contains(r#""aim": null"#));
        assert_eq!(string("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }
}
