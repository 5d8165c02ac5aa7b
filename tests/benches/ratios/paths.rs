//! What one operation takes that no noise can change: instructions, locked instructions and the cache lines that these
//! write, allocations and bytes. The committed table is `tests/benches/PATHS.md`; a number that rose fails.
//!
//! The operations are those of the timed scenarios, one iteration each, in a process that the parent steps through one
//! instruction at a time.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod decode;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod step;
mod table;

use std::hint::black_box;
use std::path::PathBuf;
use std::{env, fs, thread};

use weakref_tests::counting::count;

use crate::args::Args;
use crate::group::matches;
use crate::measure::{Timed, time};
use crate::scenario::Scenario;
use crate::stats::median;
use table::{Cost, Path};

/// The scenarios that are counted.
const COUNTED: &[&str] = &[
    "{sync|local}/small/{new+drop|clone+drop|downgrade+drop|upgrade+drop|dead upgrade|new+downgrade+drop}",
    "{sync|local}/{register+cancel a callback|new+callback+drop}",
    "{sync|local}/{new+finalizer+drop|new_cyclic+drop|proxy call|method call}",
    "{sync|local}/{value map|key map|identity map|pair map|set}/u64/1000/{hit|miss|churn}",
    "{sync|local}/value map/u64/100/walk, all alive",
    "shared/map {hit|miss|insert+death}, 1 thread",
    "shared/intern {hit+drop|miss+free}, 24 bytes, *, 1 threads",
    "shared/strong tier {hit|insert+evict}, 1 threads",
];
/// An iteration of these is a walk over so many entries.
const WALKED: (&str, u32) = ("walk, all alive", 100);

/// How often an operation is counted; the median is taken.
const COUNTS: usize = 7;
/// How often it runs before it is counted: tables have grown by then, free lists are filled.
const BEFORE: u64 = 4_096;

/// The scenarios that are counted, in the order of the table.
fn scenarios() -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    crate::owner::add(&mut scenarios);
    crate::weak::add(&mut scenarios, true);
    crate::callback::add(&mut scenarios);
    crate::finalizer::add(&mut scenarios);
    crate::calls::add(&mut scenarios);
    #[cfg(feature = "peers")]
    crate::tables::add_counted(&mut scenarios);
    #[cfg(feature = "peers")]
    crate::shared::add_counted(&mut scenarios);
    scenarios.retain(|scenario| {
        COUNTED
            .iter()
            .any(|pattern| matches(pattern, &scenario.name))
    });
    scenarios
}

/// Counts all paths and writes the table, or compares with it; whether nothing rose.
pub(crate) fn run(args: &Args, bless: bool) -> Result<bool, String> {
    let mut paths = Vec::new();
    for scenario in scenarios() {
        if args.selects(&scenario.name) {
            match sides_of(&scenario.name)? {
                Some(sides) => paths.extend(sides),
                None => return unavailable("needs Linux on x86-64, and to be allowed to trace"),
            }
        }
    }
    print!("{}", table::text(&paths));
    if cfg!(debug_assertions) {
        return unavailable("this is a debug build, which the table is not about; use `--release`");
    }
    let file = file();
    if bless {
        if args.filter.is_some() || !cfg!(feature = "peers") {
            return Err("the table is written whole, by `cargo ratios --count --bless`".to_owned());
        }
        fs::write(&file, table::page(&paths))
            .map_err(|error| format!("{}: {error}", file.display()))?;
        return Ok(true);
    }
    let committed = fs::read_to_string(&file)
        .map_err(|error| format!("{}: {error}", file.display()))
        .and_then(|text| table::parse(&text))?;
    let changes = table::compare(&committed, &paths);
    for change in &changes {
        println!("{change}");
    }
    let rose = changes.iter().filter(|change| change.is_worse()).count();
    println!(
        "{} paths counted, {rose} numbers of ours rose, {} other changes",
        paths.len(),
        changes.len() - rose
    );
    Ok(rose == 0)
}

/// Counting that cannot be done here has not failed.
#[expect(clippy::unnecessary_wraps, reason = "returned as the result of a run")]
fn unavailable(why: &str) -> Result<bool, String> {
    println!("unavailable: {why}");
    Ok(true)
}

pub(crate) fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/PATHS.md")
}

/// What ours and the peers of a scenario take; `None` where nothing can be counted.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn sides_of(scenario: &str) -> Result<Option<Vec<Path>>, String> {
    let mut paths = Vec::new();
    loop {
        let side = paths.len();
        let traced = step::trace(&format!("{side}:{scenario}"))
            .map_err(|error| format!("{scenario}: {error}"))?;
        let Some(traced) = traced else {
            return Ok(None);
        };
        let (said, sides) = Said::parse(&traced.output)
            .ok_or_else(|| format!("{scenario}: the traced process said {:?}", traced.output))?;
        // The first run is of nothing.
        let Some((nothing, runs)) = traced.runs.split_first() else {
            return Err(format!("{scenario}: nothing was traced"));
        };
        if runs.len() != COUNTS {
            return Err(format!("{scenario}: {} runs were traced", runs.len()));
        }
        let per = match WALKED {
            (what, entries) if scenario.ends_with(what) => f64::from(entries),
            _ => 1.0,
        };
        let middle = |what: fn(&step::Run) -> u32| {
            let numbers = runs
                .iter()
                .map(|run| f64::from(what(run).saturating_sub(what(nothing))));
            median(numbers.collect()) / per
        };
        paths.push(Path {
            scenario: scenario.to_owned(),
            who: said.who,
            cost: Cost {
                instructions: middle(|run| run.instructions),
                locked: middle(|run| run.locked),
                lines: middle(|run| run.lines),
                allocations: said.allocations / per,
                bytes: said.bytes,
            },
        });
        if paths.len() >= sides {
            return Ok(Some(paths));
        }
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn sides_of(_: &str) -> Result<Option<Vec<Path>>, String> {
    Ok(None)
}

/// What the traced process says of a side before it is stepped through.
struct Said {
    who: String,
    allocations: f64,
    bytes: f64,
}

impl Said {
    /// With the number of sides that there are.
    fn parse(output: &str) -> Option<(Self, usize)> {
        let mut words = output.lines().next()?.split('\t');
        let said = Self {
            who: words.next()?.to_owned(),
            allocations: words.next()?.parse().ok()?,
            bytes: words.next()?.parse().ok()?,
        };
        Some((said, words.next()?.parse().ok()?))
    }
}

/// The part of the traced process: counts what is allocated, and runs nothing once and the operation some times, where
/// clocks mark what they time.
pub(crate) fn be_traced(which: &str) -> Result<(), String> {
    let (side, name) = which.split_once(':').ok_or("a side and a scenario")?;
    let side: usize = side.parse().map_err(|_| "a side is a number")?;
    let sides = scenarios()
        .into_iter()
        .find(|scenario| scenario.name == name)
        .and_then(Scenario::sides)
        .ok_or("no such scenario")?;
    let mut sides = sides.into_named();
    let number = sides.len();
    if side >= number {
        return Err(format!("{name} has {number} sides"));
    }
    let (who, mut work) = sides.swap_remove(side);
    drop(sides);

    // The C library's allocator takes shortcuts while a process has never had a second thread.
    thread::spawn(|| ())
        .join()
        .map_err(|_| "an empty thread panicked")?;
    black_box(work(BEFORE));
    let usages: Vec<_> = (0..COUNTS)
        .map(|_| count(|| black_box(work(1))).1)
        .collect();
    let middle =
        |numbers: Vec<u64>| median(numbers.into_iter().map(crate::measure::as_f64).collect());
    let allocations = middle(usages.iter().map(|usage| usage.allocations).collect());
    let bytes = usages
        .iter()
        .map(|usage| u64::try_from(usage.peak_bytes).unwrap_or(0));
    println!(
        "{who}\t{allocations}\t{}\t{number}",
        middle(bytes.collect())
    );
    run_marked(work)
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn run_marked(mut work: Timed) -> Result<(), String> {
    step::allow().map_err(|error| error.to_string())?;
    crate::measure::mark_from_now_on();
    let mut nothing: Timed = black_box(Box::new(|iterations| time(iterations, || ())));
    black_box(nothing(1));
    for _ in 0..COUNTS {
        black_box(work(1));
    }
    // Destructors are nobody's business here.
    std::mem::forget(work);
    Ok(())
}

/// Where counting begins, or ends, in a process that is stepped through.
#[inline]
pub(crate) fn mark() {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    step::mark();
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
fn run_marked(_: Timed) -> Result<(), String> {
    Err("nothing traces here".to_owned())
}
