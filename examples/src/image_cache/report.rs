//! The table at the end, and what the weak column of it must say.

use std::fmt;
use std::io::{self, Write};

use super::cache::Mode;
use super::viewers::Outcome;
use crate::numbers::grouped;

const LABEL: usize = 36;
const COLUMN: usize = 16;

type Cell = fn(&Outcome) -> String;

const ROWS: [(&str, Cell); 12] = [
    ("requests", |run| grouped(run.requests)),
    ("decodes", |run| grouped(run.totals.decodes)),
    ("redundant decodes", |run| grouped(run.totals.redundant)),
    ("joined a decode under way", |run| grouped(run.joined)),
    ("failed requests", |run| grouped(run.failures.len() as u64)),
    ("hit rate", |run| {
        percent(
            run.requests
                .saturating_sub(run.totals.decodes + run.totals.failed),
            run.requests,
        )
    }),
    ("hit rate of the favourite image", |run| {
        let (requests, decodes) = run.favourite;
        percent(requests.saturating_sub(decodes), requests)
    }),
    ("peak decoded bytes held", |run| {
        grouped(run.totals.peak_held)
    }),
    ("peak bytes viewers held", |run| {
        grouped(run.totals.peak_viewed)
    }),
    ("peak bytes held for nobody", |run| {
        grouped(run.totals.peak_idle)
    }),
    ("bytes held after the last viewer", |run| {
        grouped(run.totals.held)
    }),
    ("wall time", |run| format!("{:.2}s", run.wall.as_secs_f64())),
];

/// Writes the table, one column a run.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn table(runs: &[Outcome], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{:LABEL$}", "cache")?;
    for run in runs {
        write!(out, "{:>COLUMN$}", run.mode.label())?;
    }
    writeln!(out)?;
    for (label, cell) in ROWS {
        write!(out, "{label:LABEL$}")?;
        for run in runs {
            write!(out, "{:>COLUMN$}", cell(run))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A promise of the caches that a run did not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenPromise {
    mode: Mode,
    what: String,
}

impl fmt::Display for BrokenPromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cache: {}", self.mode.label(), self.what)
    }
}

/// What the run should have shown and did not.
///
/// Every cache must give all bytes back when it goes, and a shared one must never decode what it could have handed
/// out. The weak one must hold what the viewers hold, not a byte more, at its peak, at any time and in the end.
pub fn broken_promises(run: &Outcome) -> Vec<BrokenPromise> {
    let totals = &run.totals;
    let is_shared = run.mode != Mode::None;
    let is_weak = run.mode == Mode::Weak;
    let expectations = [
        (run.leaked == 0, format!("{} bytes outlived it", run.leaked)),
        (
            !is_shared || totals.redundant == 0,
            format!("{} decodes beside a live copy", totals.redundant),
        ),
        (
            !is_weak || totals.peak_held == totals.peak_viewed,
            format!(
                "a peak of {} bytes where the viewers held {}",
                totals.peak_held, totals.peak_viewed
            ),
        ),
        (
            !is_weak || totals.peak_idle == 0,
            format!("{} bytes held for nobody", totals.peak_idle),
        ),
        (
            !is_weak || totals.held == 0,
            format!("{} bytes held after the last viewer", totals.held),
        ),
    ];
    expectations
        .into_iter()
        .filter(|(kept, _)| !kept)
        .map(|(_, what)| BrokenPromise {
            mode: run.mode,
            what,
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn percent(part: u64, whole: u64) -> String {
    format!("{:.1}%", 100.0 * part as f64 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::image_cache::ledger::Totals;

    fn run(mode: Mode, totals: Totals) -> Outcome {
        let wall = Duration::ZERO;
        Outcome {
            mode,
            requests: 9,
            favourite: (4, 1),
            joined: 0,
            failures: Vec::new(),
            totals,
            leaked: 0,
            wall,
        }
    }

    #[test]
    fn broken_promises_are_found() {
        let redundant = Totals {
            redundant: 1,
            ..Totals::default()
        };
        let kept = Totals {
            peak_held: 8,
            peak_viewed: 8,
            held: 8,
            ..Totals::default()
        };
        let idle = Totals {
            peak_held: 8,
            peak_viewed: 8,
            peak_idle: 1,
            ..Totals::default()
        };
        let high = Totals {
            peak_held: 9,
            peak_viewed: 8,
            ..Totals::default()
        };
        let broken = |mode: Mode| {
            [redundant, kept, idle, high].map(|totals| broken_promises(&run(mode, totals)).len())
        };
        assert_eq!(broken(Mode::Weak), [1, 1, 1, 1]);
        assert_eq!(broken(Mode::Strong), [1, 0, 0, 0]);
        assert_eq!(broken(Mode::None), [0, 0, 0, 0]);
        let leaky = Outcome {
            leaked: 8,
            ..run(Mode::None, Totals::default())
        };
        assert_eq!(
            broken_promises(&leaky)[0].to_string(),
            "none cache: 8 bytes outlived it"
        );
    }
}
