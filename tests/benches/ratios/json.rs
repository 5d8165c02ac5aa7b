//! Rows as JSON, one object a line, and back: a run can be compared with an earlier one.

use std::fmt::Write as _;

use crate::row::{Row, Unit};
use crate::stats::Sample;

/// One row as an object.
pub(crate) fn object(row: &Row) -> String {
    let aim = row
        .aim
        .map_or_else(|| "null".to_owned(), |aim| aim.to_string());
    format!(
        "{{\"scenario\": {}, \"unit\": {}, \"ours\": {:.4}, \"peer\": {}, \"theirs\": {:.4}, \"ratio\": {}, \"aim\": {aim}, \"missed\": {}, \"ours_low\": {:.4}, \"theirs_low\": {:.4}, \"ratio_low\": {}, \"ratio_least\": {}, \"ratio_highest\": {}, \"processes\": {}}}",
        string(&row.scenario),
        string(row.unit.name()),
        row.ours.median,
        string(&row.peer),
        row.theirs.median,
        number(row.ratio),
        row.misses(),
        row.ours.low,
        row.theirs.low,
        number(row.low_ratio),
        number(row.spread[0]),
        number(row.spread[1]),
        row.processes
    )
}

/// All rows as one array.
pub(crate) fn array(rows: &[Row]) -> String {
    let objects: Vec<_> = rows
        .iter()
        .map(|row| format!("  {}", object(row)))
        .collect();
    format!("[\n{}\n]\n", objects.join(",\n"))
}

/// The rows of an array that [`array()`] wrote, or a program that knew less: what is missing counts as measured once.
pub(crate) fn parse(text: &str) -> Result<Vec<Row>, String> {
    text.lines()
        .map(|line| line.trim().trim_end_matches(','))
        .filter(|line| line.starts_with('{'))
        .map(|line| row(line).ok_or_else(|| format!("not a row: {line}")))
        .collect()
}

/// The row of one object on a line of its own.
pub(crate) fn row(line: &str) -> Option<Row> {
    let number = |key: &str| value(line, key)?.parse::<f64>().ok();
    let side = |median: &str, low: &str| {
        let median = number(median)?;
        let low = number(low).unwrap_or(median);
        Some(Sample { median, low })
    };
    let sides = [side("ours", "ours_low")?, side("theirs", "theirs_low")?];
    let unit = Unit::named(&text(line, "unit")?)?;
    let one = Row::new(
        &text(line, "scenario")?,
        unit,
        sides,
        &text(line, "peer")?,
        number("aim"),
    );
    let ratio = number("ratio").unwrap_or(one.ratio);
    Some(Row {
        ratio,
        low_ratio: number("ratio_low").unwrap_or(one.low_ratio),
        spread: [
            number("ratio_least").unwrap_or(ratio),
            number("ratio_highest").unwrap_or(ratio),
        ],
        processes: value(line, "processes")
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
        ..one
    })
}

/// What stands behind a key: a number, a word, or the beginning of a string.
fn value<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let (_, rest) = line.split_once(&format!("\"{key}\": "))?;
    if let Some(quoted) = rest.strip_prefix('"') {
        return Some(quoted);
    }
    Some(&rest[..rest.find([',', '}'])?])
}

/// The string behind a key.
fn text(line: &str, key: &str) -> Option<String> {
    let mut text = String::new();
    let mut chars = value(line, key)?.chars();
    loop {
        match chars.next()? {
            '"' => return Some(text),
            '\\' => match chars.next()? {
                'u' => {
                    let digits: String = chars.by_ref().take(4).collect();
                    text.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                }
                escaped => text.push(escaped),
            },
            other => text.push(other),
        }
    }
}

/// A ratio; JSON has no word for one over nothing.
fn number(ratio: f64) -> String {
    if ratio.is_finite() {
        format!("{ratio:.4}")
    } else {
        "null".to_owned()
    }
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
    use crate::report::tests::row as example;

    #[test]
    fn an_object_is_json() {
        assert_eq!(
            object(&example()),
            r#"{"scenario": "owner/new+drop", "unit": "ns", "ours": 21.5000, "peer": "Arc", "theirs": 43.0000, "ratio": 0.5000, "aim": 0.6, "missed": false, "ours_low": 21.5000, "theirs_low": 43.0000, "ratio_low": 0.5000, "ratio_least": 0.5000, "ratio_highest": 0.5000, "processes": 1}"#
        );
        let without = Row {
            aim: None,
            ..example()
        };
        assert!(object(&without).contains(r#""aim": null"#));
        assert_eq!(string("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }

    #[test]
    fn what_is_written_is_read() {
        let rows = [
            Row {
                scenario: "a \"b\", 2 threads\n".to_owned(),
                aim: None,
                processes: 3,
                spread: [0.25, 4.0],
                ..example()
            },
            example(),
        ];
        assert_eq!(parse(&array(&rows)), Ok(rows.to_vec()));
    }

    #[test]
    fn rows_of_an_earlier_program_are_read() {
        let line = r#"  {"scenario": "a", "unit": "ns", "ours": 1.0, "peer": "Arc", "theirs": 2.0, "ratio": 0.5, "aim": null, "missed": false}"#;
        let rows = parse(line).expect("it is a row");
        assert_eq!((rows[0].ratio, rows[0].processes), (0.5, 1));
        assert!(parse("{\"scenario\": 1}").is_err());
    }
}
