//! Numbers as people read and type them.

use clap::builder::RangedU64ValueParser;
use clap::{Arg, ArgMatches, value_parser};

/// A number with its thousands apart: `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An option `--name` whose value is a number.
pub fn number(
    name: &'static str,
    unit: &'static str,
    default: &'static str,
    help: &'static str,
) -> Arg {
    Arg::new(name)
        .long(name)
        .value_name(unit)
        .default_value(default)
        .help(help)
}

/// Takes whole numbers from `low` to `high`, both included.
pub fn in_range(low: u64, high: u64) -> RangedU64ValueParser {
    value_parser!(u64).range(low..=high)
}

/// Takes real numbers from `low` to `high`, both included.
///
/// # Errors
///
/// When `text` is no such number.
pub fn real(text: &str, low: f64, high: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (low..=high).contains(&number) => Ok(number),
        Ok(_) => Err(format!("not in {low}..={high}")),
        Err(error) => Err(error.to_string()),
    }
}

/// Takes the value of an argument that has a default out of what clap has parsed.
///
/// # Panics
///
/// Panics when the argument has no default, or its parser another type.
pub fn value<T: Clone + Send + Sync + 'static>(matches: &mut ArgMatches, name: &str) -> T {
    matches
        .remove_one(name)
        .expect("the argument has a default")
}

/// Takes the value of an argument that was parsed by [`in_range`].
///
/// # Panics
///
/// As [`value`].
pub fn count(matches: &mut ArgMatches, name: &str) -> usize {
    usize::try_from(value::<u64>(matches, name)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
