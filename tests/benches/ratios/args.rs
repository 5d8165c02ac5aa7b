//! The command line.

use crate::measure::Effort;

pub(crate) const HELP: &str = "\
Measures weakref against its peers, interleaved in one process.

Usage: ratios [OPTIONS] [FILTER]

  FILTER          run only the scenarios with FILTER in their name

  --quick         samples of 1 ms instead of 6 ms, 15 rounds instead of 31
  --rounds N      rounds a scenario is measured, at least 15
  --compile-time  also compare the compile time of 1,000 derived types (minutes; needs cargo)
  --json          one JSON array instead of the table
  --list          name the scenarios and stop
  --help          this text

A line is: scenario, ours, the peer, the peer's, ours over the peer's, the highest ratio aimed at, the unit.
All numbers are medians. A ratio above its aim is marked with `!`. Build with `--features peers` (the alias
`cargo ratios`) for peers other than std.
";

/// How the results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
}

/// What a run was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) filter: Option<String>,
    pub(crate) effort: Effort,
    pub(crate) format: Format,
    pub(crate) compile_time: bool,
    pub(crate) list: bool,
}

/// A command line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parsed {
    Run(Args),
    Help,
}

impl Args {
    /// Reads the arguments, or says which one is wrong.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
        let mut args = Self {
            filter: None,
            effort: Effort::FULL,
            format: Format::Table,
            compile_time: false,
            list: false,
        };
        let mut rounds = None;
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--help" | "-h" => return Ok(Parsed::Help),
                "--quick" => args.effort = Effort::QUICK,
                "--json" => args.format = Format::Json,
                "--compile-time" => args.compile_time = true,
                "--list" => args.list = true,
                "--rounds" => rounds = Some(parse_rounds(words.next())?),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option:?}"));
                }
                _ if args.filter.is_some() => return Err(format!("a second filter {word:?}")),
                _ => args.filter = Some(word),
            }
        }
        if let Some(rounds) = rounds {
            args.effort.rounds = rounds;
        }
        Ok(Parsed::Run(args))
    }

    /// Whether the run is to be short.
    #[cfg(feature = "peers")]
    pub(crate) fn is_quick(&self) -> bool {
        self.effort.sample == Effort::QUICK.sample
    }

    /// Whether the filter lets a scenario of this name through.
    pub(crate) fn selects(&self, name: &str) -> bool {
        self.filter
            .as_deref()
            .is_none_or(|filter| name.contains(filter))
    }
}

fn parse_rounds(word: Option<String>) -> Result<usize, String> {
    let word = word.ok_or("`--rounds` without a number")?;
    match word.parse() {
        Ok(rounds) if rounds >= Effort::FEWEST_ROUNDS => Ok(rounds),
        Ok(_) => Err(format!("fewer than {} rounds", Effort::FEWEST_ROUNDS)),
        Err(_) => Err(format!("`--rounds {word}` is not a number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Parsed, String> {
        Args::parse(line.split_whitespace().map(str::to_owned))
    }

    fn parse_run(line: &str) -> Args {
        match parse(line) {
            Ok(Parsed::Run(args)) => args,
            other => panic!("{line:?} gave {other:?}"),
        }
    }

    #[test]
    fn nothing_asks_for_everything() {
        let args = parse_run("");
        assert_eq!((args.format, args.effort), (Format::Table, Effort::FULL));
        assert!(args.selects("owner/anything") && !args.compile_time);
    }

    #[test]
    fn options_come_in_any_order() {
        let args = parse_run("--rounds 21 --json upgrade --quick");
        assert_eq!((args.format, args.effort.rounds), (Format::Json, 21));
        assert_eq!(args.effort.sample, Effort::QUICK.sample);
        assert!(args.selects("weak/upgrade+drop") && !args.selects("owner/clone+drop"));
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--jsno", "--jsno"),
            ("a b", "b"),
            ("--rounds", "number"),
            ("--rounds x", "x"),
            ("--rounds 3", "15"),
        ] {
            let mistake = parse(line).expect_err(line);
            assert!(mistake.contains(word), "{line:?} gave {mistake:?}");
        }
        assert_eq!(parse("a --help b c"), Ok(Parsed::Help));
    }
}
