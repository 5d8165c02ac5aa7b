//! One line of the result: what one process found, and what several of them make together.

use crate::stats::{Sample, median};

/// What a measurement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Nanoseconds,
    Milliseconds,
    Bytes,
    Allocations,
}

impl Unit {
    const ALL: [Self; 4] = [
        Self::Nanoseconds,
        Self::Milliseconds,
        Self::Bytes,
        Self::Allocations,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Milliseconds => "ms",
            Self::Bytes => "bytes",
            Self::Allocations => "allocations",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name() == name)
    }

    /// Whether noise cannot change it.
    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::Bytes | Self::Allocations)
    }
}

/// Ours and one peer's, of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) scenario: String,
    pub(crate) unit: Unit,
    pub(crate) peer: String,
    pub(crate) ours: Sample,
    pub(crate) theirs: Sample,
    /// Ours over theirs: the median over processes of what each found in its medians.
    pub(crate) ratio: f64,
    /// The same of the tenth percentiles.
    pub(crate) low_ratio: f64,
    /// The least and the highest ratio that a process found.
    pub(crate) spread: [f64; 2],
    pub(crate) processes: usize,
    pub(crate) aim: Option<f64>,
}

impl Row {
    /// What one process found.
    pub(crate) fn new(
        scenario: &str,
        unit: Unit,
        [ours, theirs]: [Sample; 2],
        peer: &str,
        aim: Option<f64>,
    ) -> Self {
        let ratio = over(ours.median, theirs.median);
        Self {
            scenario: scenario.to_owned(),
            unit,
            peer: peer.to_owned(),
            ours,
            theirs,
            ratio,
            low_ratio: over(ours.low, theirs.low),
            spread: [ratio; 2],
            processes: 1,
            aim,
        }
    }

    /// What several processes found of the same; `None` of none.
    pub(crate) fn of_all(rows: &[&Self]) -> Option<Self> {
        let middle = |what: fn(&Self) -> f64| median(rows.iter().map(|row| what(row)).collect());
        let ratios = || rows.iter().map(|row| row.ratio);
        Some(Self {
            ours: Sample {
                median: middle(|row| row.ours.median),
                low: middle(|row| row.ours.low),
            },
            theirs: Sample {
                median: middle(|row| row.theirs.median),
                low: middle(|row| row.theirs.low),
            },
            ratio: middle(|row| row.ratio),
            low_ratio: middle(|row| row.low_ratio),
            spread: [
                ratios().fold(f64::INFINITY, f64::min),
                ratios().fold(0.0, f64::max),
            ],
            processes: rows.len(),
            ..(*rows.first()?).clone()
        })
    }

    /// Whether the ratio, as printed with three digits, is above the aim.
    pub(crate) fn misses(&self) -> bool {
        self.aim.is_some_and(|aim| self.ratio > aim + 0.0005)
    }
}

/// 1 where both need nothing.
fn over(ours: f64, theirs: f64) -> f64 {
    if ours <= 0.0 && theirs <= 0.0 {
        return 1.0;
    }
    ours / theirs
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these are exact")]
mod tests {
    use super::*;

    fn row(ours: f64) -> Row {
        let sides = [ours, 10.0].map(Sample::exact);
        Row::new("it", Unit::Nanoseconds, sides, "A", Some(2.0))
    }

    #[test]
    fn processes_are_put_together_by_their_ratios() {
        let rows = [row(5.0), row(30.0), row(20.0)];
        let all = Row::of_all(&rows.each_ref()).expect("there are three");
        assert_eq!((all.ratio, all.ours.median), (2.0, 20.0));
        assert_eq!((all.spread, all.processes), ([0.5, 3.0], 3));
        assert!(!all.misses() && rows[1].misses());
    }

    #[test]
    fn nothing_over_nothing_is_one() {
        assert_eq!(over(0.0, 0.0), 1.0);
        assert_eq!(over(1.0, 0.0), f64::INFINITY);
    }

    #[test]
    fn units_are_found_by_their_names() {
        for unit in Unit::ALL {
            assert_eq!(Unit::named(unit.name()), Some(unit));
        }
    }
}
