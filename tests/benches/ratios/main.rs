//! Measures weakref against its peers: ours and theirs interleaved in one process, medians over rounds, and each
//! scenario in several processes.
//!
//! `cargo run --release -p weakref-tests --bin ratios -- --help` tells how to use it; `cargo ratios` is the same
//! with every peer, where the plain build knows `std::rc` and `std::sync` alone.

mod args;
mod callback;
mod calls;
mod compile_time;
mod contended;
mod finalizer;
mod group;
mod json;
mod load;
mod measure;
mod memory;
mod owner;
mod page;
mod paths;
mod plot;
mod pointer;
mod process;
mod python;
mod report;
mod row;
mod scenario;
#[cfg(feature = "peers")]
mod shared;
mod stats;
mod summary;
#[cfg(feature = "peers")]
mod tables;
mod weak;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use args::{Args, Format, Parsed, Task};
use group::GROUPS;
use load::Watch;
use report::Report;
use row::Row;
use scenario::Scenario;
use weakref_tests::counting::CountingAllocator;

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator;

fn main() -> ExitCode {
    let args = match Args::parse(std::env::args().skip(1)) {
        Ok(Parsed::Run(args)) => args,
        Ok(Parsed::Help) => {
            print!("{}", args::HELP);
            return ExitCode::SUCCESS;
        }
        Err(mistake) => {
            eprintln!("ratios: {mistake}; `ratios --help` lists the options");
            return ExitCode::from(2);
        }
    };
    match run(&args) {
        Ok(code) => code,
        Err(mistake) => {
            eprintln!("ratios: {mistake}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, String> {
    match &args.task {
        Task::Measure => measure_all(args),
        Task::List => {
            for scenario in selected(args)? {
                println!("{}", scenario.name);
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Child(name) => {
            let scenario = scenarios(args)
                .into_iter()
                .find(|scenario| scenario.name == *name)
                .ok_or_else(|| format!("no scenario is named {name:?}"))?;
            process::be_child(scenario, args.effort);
            Ok(ExitCode::SUCCESS)
        }
        Task::Count { bless } => Ok(if paths::run(args, *bless)? {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }),
        Task::Traced(which) => {
            paths::be_traced(which)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Measures, or takes what an earlier run measured, and prints it.
fn measure_all(args: &Args) -> Result<ExitCode, String> {
    if cfg!(debug_assertions) {
        eprintln!("ratios: this is a debug build, its numbers mean nothing; use `--release`");
    }
    let baseline = args.baseline.as_deref().map(read).transpose()?;
    let (rows, load) = match &args.from {
        Some(file) => (print(args, read(file)?, baseline.as_deref()), None),
        None => measure(args, baseline.as_deref())?,
    };
    if args.format == Format::Summary {
        print!("{}", summary::text(&rows, baseline.as_deref()));
    }
    if let Some(file) = &args.save {
        write(file, &json::array(&rows))?;
    }
    if args.page {
        page::write(&rows, load.as_deref()).map_err(|error| format!("the page: {error}"))?;
    }
    let longer: Vec<_> = rows
        .iter()
        .filter(|row| row.unit.is_exact() && row.misses())
        .collect();
    for row in &longer {
        eprintln!(
            "ratios: {}: {:.3} of {}'s, aimed at {:.3}, and no noise changes {}",
            row.scenario,
            row.ratio,
            row.peer,
            row.aim.unwrap_or_default(),
            row.unit.name()
        );
    }
    Ok(if longer.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The rows, and what made them doubtful if anything did.
fn measure(args: &Args, baseline: Option<&[Row]>) -> Result<(Vec<Row>, Option<String>), String> {
    let scenarios = selected(args)?;
    let watch = Watch::begin();
    let mut rows = Vec::new();
    let mut report = Report::begin(args.format, widest_name(&scenarios), baseline);
    for scenario in &scenarios {
        let found =
            process::run(scenario, args).map_err(|error| format!("{}: {error}", scenario.name))?;
        for row in &found {
            report.row(row);
        }
        rows.extend(found);
    }
    report.end();
    let is_python = |name: &str| name.starts_with(python::PREFIX);
    if scenarios.iter().any(|scenario| is_python(&scenario.name))
        && !rows.iter().any(|row| is_python(&row.scenario))
    {
        eprintln!("ratios: no python3 was found, and its column is left out");
    }
    let load = watch.end();
    if let Some(reasons) = &load {
        eprintln!("ratios: the machine was not quiet, do not trust small differences: {reasons}");
    }
    Ok((rows, load))
}

/// Prints what an earlier run measured.
fn print(args: &Args, mut rows: Vec<Row>, baseline: Option<&[Row]>) -> Vec<Row> {
    rows.retain(|row| args.selects(&row.scenario));
    let width = rows.iter().map(|row| row.scenario.len()).max().unwrap_or(0);
    let mut report = Report::begin(args.format, width, baseline);
    for row in &rows {
        report.row(row);
    }
    report.end();
    rows
}

/// All scenarios, in the order in which they run.
fn scenarios(args: &Args) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    owner::add(&mut scenarios);
    weak::add(&mut scenarios, args.is_quick());
    callback::add(&mut scenarios);
    contended::add(&mut scenarios);
    finalizer::add(&mut scenarios);
    calls::add(&mut scenarios);
    memory::add(&mut scenarios);
    #[cfg(feature = "peers")]
    tables::add(&mut scenarios, args);
    #[cfg(feature = "peers")]
    shared::add(&mut scenarios);
    python::add(&mut scenarios);
    if args.compile_time {
        compile_time::add(&mut scenarios);
    }
    scenarios
}

/// Those that were asked for.
fn selected(args: &Args) -> Result<Vec<Scenario>, String> {
    let mut scenarios = scenarios(args);
    scenarios.retain(|scenario| args.selects(&scenario.name));
    if args.format == Format::Summary {
        scenarios.retain(|scenario| GROUPS.iter().any(|group| group.names(&scenario.name)));
    }
    if scenarios.is_empty() {
        let filter = args.filter.as_deref().unwrap_or_default();
        return Err(format!("no scenario has {filter:?} in its name"));
    }
    Ok(scenarios)
}

fn widest_name(scenarios: &[Scenario]) -> usize {
    scenarios
        .iter()
        .map(|scenario| scenario.name.len())
        .max()
        .unwrap_or(0)
}

fn read(file: &Path) -> Result<Vec<Row>, String> {
    fs::read_to_string(file)
        .map_err(|error| error.to_string())
        .and_then(|text| json::parse(&text))
        .map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Scenario> {
        match Args::parse(["--compile-time".to_owned()]) {
            Ok(Parsed::Run(args)) => scenarios(&args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_differ() {
        let mut names: Vec<_> = all().into_iter().map(|scenario| scenario.name).collect();
        let number = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), number);
    }

    #[test]
    #[cfg(feature = "peers")]
    fn every_pattern_of_a_group_names_a_scenario() {
        let all = all();
        for group in GROUPS {
            for pattern in group.patterns {
                let named = all
                    .iter()
                    .any(|scenario| group::matches(pattern, &scenario.name));
                assert!(named, "{pattern:?} of {:?}", group.name);
            }
        }
    }
}
