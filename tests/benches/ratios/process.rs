//! Runs a scenario in several processes, so that no ratio rests on where one of them happened to put its memory.
//!
//! Each process is this program again, with its stack and its heap moved by some bytes that differ from process to
//! process (beside what the system's own randomization does). The code is the same in all of them: its layout differs
//! from build to build alone.

use std::env;
use std::io;
use std::process::{Command, Stdio};

use crate::args::Args;
use crate::json;
use crate::measure::Effort;
use crate::row::Row;
use crate::scenario::Scenario;

/// The fewest rounds of one process.
const FEWEST_ROUNDS: usize = 5;
/// Moves the stack: a process has its environment above it.
const PADDING: &str = "RATIOS_PADDING";

/// The rows of a scenario, each put together from what the processes found.
pub(crate) fn run(scenario: &Scenario, args: &Args) -> io::Result<Vec<Row>> {
    let processes = if scenario.is_exact { 1 } else { args.processes };
    let rounds = args.effort.rounds.div_ceil(processes).max(FEWEST_ROUNDS);
    let found: Vec<Vec<Row>> = (0..processes)
        .map(|number| run_once(&scenario.name, args, rounds, number))
        .collect::<Result<_, _>>()?;
    let first = found.first().map_or(0, Vec::len);
    if found.iter().any(|rows| rows.len() != first) {
        return Err(io::Error::other("processes found different peers"));
    }
    let rows = (0..first).filter_map(|at| {
        let same: Vec<_> = found.iter().map(|rows| &rows[at]).collect();
        Row::of_all(&same)
    });
    Ok(rows.collect())
}

fn run_once(name: &str, args: &Args, rounds: usize, number: usize) -> io::Result<Vec<Row>> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--child", name, "--rounds", &rounds.to_string()]);
    if args.is_quick() {
        command.arg("--quick");
    }
    if args.compile_time {
        command.arg("--compile-time");
    }
    command.env(PADDING, "x".repeat(number * 1_000 + number * 16));
    command.stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output()?;
    if !output.status.success() {
        let status = output.status;
        return Err(io::Error::other(format!("its process ended with {status}")));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| json::row(line).ok_or_else(|| io::Error::other(format!("it said {line:?}"))))
        .collect()
}

/// The part of such a process: measures, and says the rows.
pub(crate) fn be_child(scenario: Scenario, effort: Effort) {
    let padding = env::var(PADDING).map_or(0, |padding| padding.len());
    // Moves the heap by a few words, so that other blocks share a cache line.
    let moved = vec![1_u8; 16 + padding % 1_000];
    for row in scenario.run(effort) {
        println!("{}", json::object(&row));
    }
    drop(moved);
}
