//! The command line.

use std::path::PathBuf;

use crate::measure::Effort;

pub(crate) const HELP: &str = "\
Measures weakref against its peers, interleaved in one process, each scenario in several processes one after the other.

Usage: ratios [OPTIONS] [FILTER]

  FILTER           run only the scenarios with FILTER in their name

  --quick          samples of 1 ms instead of 6 ms, 15 rounds instead of 31
  --rounds N       rounds a scenario is measured, at least 15, shared out among the processes
  --processes N    processes each scenario is measured in, 3 if not said
  --compile-time   also compare the compile time of 1,000 derived types (minutes; needs cargo)
  --list           name the scenarios and stop

  --json           one JSON array instead of the table
  --summary        one line a group instead of the table: mean, worst, goal and verdict; runs what is in a group alone
  --baseline FILE  compare with the JSON of an earlier run: ours over ours then, the peer's over the peer's then
  --save FILE      also write the JSON there
  --from FILE      take the rows from there instead of measuring
  --page           also write tests/benches/RESULTS.md and its plots

  --count          instead of measuring, count the instructions, locked instructions, allocations and bytes of one
                   operation each (x86-64 Linux only), and compare them with tests/benches/PATHS.md
  --bless          write that table anew

  --help           this text

A line is: scenario, ours, the peer, the peer's, ours over the peer's, the same of the tenth percentiles, the least and
the highest ratio that a process found, the highest ratio aimed at, the unit. All but `low` are medians; where a scenario
ran in several processes, medians of theirs. A ratio above its aim is marked with `!`. Build with `--features peers` (the
alias `cargo ratios`) for peers other than std.

Ends with 1 if what no noise can change missed: an aim about bytes or allocations, or a counted path that got longer.
";

/// How the results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Json,
    Summary,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    Measure,
    List,
    /// Count the paths, and write the table instead of comparing with it if so.
    Count {
        bless: bool,
    },
    /// Measure one scenario for the process that started this one.
    Child(String),
    /// Run one path, to be counted by the process that started this one.
    Traced(String),
}

/// What a run was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Args {
    pub(crate) task: Task,
    pub(crate) filter: Option<String>,
    pub(crate) effort: Effort,
    pub(crate) processes: usize,
    pub(crate) format: Format,
    pub(crate) compile_time: bool,
    pub(crate) page: bool,
    pub(crate) baseline: Option<PathBuf>,
    pub(crate) save: Option<PathBuf>,
    pub(crate) from: Option<PathBuf>,
}

/// A command line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parsed {
    Run(Box<Args>),
    Help,
}

const PROCESSES: usize = 3;

impl Args {
    /// Reads the arguments, or says which one is wrong.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Parsed, String> {
        let mut args = Self {
            task: Task::Measure,
            filter: None,
            effort: Effort::FULL,
            processes: 0,
            format: Format::Table,
            compile_time: false,
            page: false,
            baseline: None,
            save: None,
            from: None,
        };
        let mut rounds = None;
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut operand = || words.next().ok_or_else(|| format!("`{word}` of what?"));
            match word.as_str() {
                "--help" | "-h" => return Ok(Parsed::Help),
                "--quick" => args.effort = Effort::QUICK,
                "--json" => args.format = Format::Json,
                "--summary" => args.format = Format::Summary,
                "--compile-time" => args.compile_time = true,
                "--page" => args.page = true,
                "--list" => args.task = Task::List,
                "--count" if args.task == Task::Measure => args.task = Task::Count { bless: false },
                "--count" => {}
                "--bless" => args.task = Task::Count { bless: true },
                "--child" => args.task = Task::Child(operand()?),
                "--traced" => args.task = Task::Traced(operand()?),
                "--rounds" => rounds = Some(parse_number(&word, &operand()?)?),
                "--processes" => args.processes = parse_number(&word, &operand()?)?,
                "--baseline" => args.baseline = Some(operand()?.into()),
                "--save" => args.save = Some(operand()?.into()),
                "--from" => args.from = Some(operand()?.into()),
                option if option.starts_with('-') => {
                    return Err(format!("unknown option {option:?}"));
                }
                _ if args.filter.is_some() => return Err(format!("a second filter {word:?}")),
                _ => args.filter = Some(word),
            }
        }
        if let Some(rounds) = rounds {
            // A child does its share alone.
            if rounds < Effort::FEWEST_ROUNDS && !matches!(args.task, Task::Child(_)) {
                return Err(format!("fewer than {} rounds", Effort::FEWEST_ROUNDS));
            }
            args.effort.rounds = rounds;
        }
        if args.processes == 0 {
            args.processes = PROCESSES;
        }
        Ok(Parsed::Run(Box::new(args)))
    }

    /// Whether the run is to be short.
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

fn parse_number(option: &str, word: &str) -> Result<usize, String> {
    match word.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{option} {word}` is not a positive number")),
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
            Ok(Parsed::Run(args)) => *args,
            other => panic!("{line:?} gave {other:?}"),
        }
    }

    #[test]
    fn nothing_asks_for_everything() {
        let args = parse_run("");
        assert_eq!((args.format, args.effort), (Format::Table, Effort::FULL));
        assert_eq!((args.task.clone(), args.processes), (Task::Measure, 3));
        assert!(args.selects("owner/anything") && !args.compile_time);
    }

    #[test]
    fn options_come_in_any_order() {
        let args = parse_run("--rounds 21 --json upgrade --quick --baseline then.json");
        assert_eq!((args.format, args.effort.rounds), (Format::Json, 21));
        assert_eq!(args.effort.sample, Effort::QUICK.sample);
        assert_eq!(args.baseline, Some("then.json".into()));
        assert!(args.selects("weak/upgrade+drop") && !args.selects("owner/clone+drop"));
        for line in ["--count --bless", "--bless --count"] {
            assert_eq!(parse_run(line).task, Task::Count { bless: true });
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (line, word) in [
            ("--jsno", "--jsno"),
            ("a b", "b"),
            ("--rounds", "--rounds"),
            ("--rounds x", "number"),
            ("--processes 0", "positive"),
            ("--rounds 3", "15"),
            ("--from", "--from"),
        ] {
            let mistake = parse(line).expect_err(line);
            assert!(mistake.contains(word), "{line:?} gave {mistake:?}");
        }
        assert_eq!(parse("a --help b c"), Ok(Parsed::Help));
    }

    #[test]
    fn a_child_may_do_few_rounds() {
        let args = parse_run("--child a/b --rounds 5");
        assert_eq!(args.task, Task::Child("a/b".to_owned()));
        assert_eq!(args.effort.rounds, 5);
    }
}
