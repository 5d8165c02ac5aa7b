//! Measures weakref against its peers: ours and theirs interleaved in one process, medians over rounds.
//!
//! `cargo run --release -p weakref-tests --bin ratios -- --help` tells how to use it; `cargo ratios` is the same
//! with every peer, where the plain build knows `std::rc` and `std::sync` alone.

mod args;
mod callback;
mod compile_time;
mod contended;
mod measure;
mod memory;
mod owner;
mod pointer;
mod report;
mod scenario;
#[cfg(feature = "peers")]
mod shared;
mod stats;
#[cfg(feature = "peers")]
mod tables;
mod weak;

use std::process::ExitCode;

use args::{Args, Parsed};
use report::Report;
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
    if cfg!(debug_assertions) {
        eprintln!("ratios: this is a debug build, its numbers mean nothing; use `--release`");
    }

    let mut scenarios = Vec::new();
    owner::add(&mut scenarios);
    weak::add(&mut scenarios);
    callback::add(&mut scenarios);
    contended::add(&mut scenarios);
    memory::add(&mut scenarios);
    #[cfg(feature = "peers")]
    tables::add(&mut scenarios, &args);
    #[cfg(feature = "peers")]
    shared::add(&mut scenarios);
    if args.compile_time {
        compile_time::add(&mut scenarios);
    }
    scenarios.retain(|scenario| args.selects(&scenario.name));
    if scenarios.is_empty() {
        eprintln!(
            "ratios: no scenario has {:?} in its name",
            args.filter.unwrap_or_default()
        );
        return ExitCode::from(2);
    }
    if args.list {
        for scenario in &scenarios {
            println!("{}", scenario.name);
        }
        return ExitCode::SUCCESS;
    }

    let mut report = Report::begin(args.format, widest_name(&scenarios));
    for scenario in scenarios {
        for row in scenario.run(args.effort) {
            report.row(&row);
        }
    }
    report.end();
    ExitCode::SUCCESS
}

fn widest_name(scenarios: &[Scenario]) -> usize {
    scenarios
        .iter()
        .map(|scenario| scenario.name.len())
        .max()
        .unwrap_or(0)
}
