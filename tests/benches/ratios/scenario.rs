//! A scenario: one thing to do, done by us and by our peers.

use crate::measure::{Effort, Timed, interleave};
use crate::row::{Row, Unit};
use crate::stats::Sample;

/// One who takes part in a comparison.
pub(crate) struct Side<W> {
    pub(crate) name: &'static str,
    /// The highest ratio of ours over this peer that we aim at.
    pub(crate) aim: Option<f64>,
    pub(crate) work: W,
}

/// Ours and its peers, made when the scenario runs and gone when it has.
pub(crate) struct Sides<W> {
    ours: W,
    peers: Vec<Side<W>>,
}

impl<W> Sides<W> {
    pub(crate) fn new(ours: W) -> Self {
        Self {
            ours,
            peers: Vec::new(),
        }
    }

    /// Adds a peer that the aim is about.
    pub(crate) fn against(mut self, name: &'static str, aim: Option<f64>, work: W) -> Self {
        self.peers.push(Side { name, aim, work });
        self
    }

    /// Adds a peer that is shown only.
    #[cfg(feature = "peers")]
    pub(crate) fn beside(self, name: &'static str, work: W) -> Self {
        self.against(name, None, work)
    }
}

impl Sides<Timed> {
    /// All who take part, with their names, ours first.
    pub(crate) fn into_named(self) -> Vec<(String, Timed)> {
        let peers = self
            .peers
            .into_iter()
            .map(|side| (side.name.to_owned(), side.work));
        std::iter::once((OURS.to_owned(), self.ours))
            .chain(peers)
            .collect()
    }
}

/// How our own side is called where sides are listed.
pub(crate) const OURS: &str = "weakref";

type Measure = dyn FnOnce(&str, Effort) -> Vec<Row>;

/// How a scenario is measured.
enum Kind {
    Timed(Box<dyn FnOnce() -> Sides<Timed>>),
    Own(Box<Measure>),
}

/// A named comparison.
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// Whether every process comes to the same numbers, so that one is enough.
    pub(crate) is_exact: bool,
    kind: Kind,
}

impl Scenario {
    /// A comparison by time, of sides that are built by `build` when their turn comes.
    pub(crate) fn timed(name: String, build: impl FnOnce() -> Sides<Timed> + 'static) -> Self {
        Self {
            name,
            is_exact: false,
            kind: Kind::Timed(Box::new(build)),
        }
    }

    /// A comparison of numbers that come out the same every time.
    pub(crate) fn counted(
        name: String,
        unit: Unit,
        build: impl FnOnce() -> Sides<f64> + 'static,
    ) -> Self {
        Self::once(name, move |name, _| {
            let Sides { ours, peers } = build();
            let mut values = vec![Sample::exact(ours)];
            values.extend(peers.iter().map(|side| Sample::exact(side.work)));
            let labels: Vec<_> = peers.iter().map(|side| (side.name, side.aim)).collect();
            rows(name, unit, &values, &labels)
        })
    }

    /// A comparison that measures in its own way.
    pub(crate) fn new(name: String, run: impl FnOnce(&str, Effort) -> Vec<Row> + 'static) -> Self {
        Self {
            name,
            is_exact: false,
            kind: Kind::Own(Box::new(run)),
        }
    }

    /// The same of one that a second process would say nothing new of.
    pub(crate) fn once(name: String, run: impl FnOnce(&str, Effort) -> Vec<Row> + 'static) -> Self {
        Self {
            is_exact: true,
            ..Self::new(name, run)
        }
    }

    /// Measures in this process.
    pub(crate) fn run(self, effort: Effort) -> Vec<Row> {
        let build = match self.kind {
            Kind::Own(run) => return run(&self.name, effort),
            Kind::Timed(build) => build,
        };
        let Sides { ours, peers } = build();
        let (labels, mut works): (Vec<_>, Vec<Timed>) = peers
            .into_iter()
            .map(|side| ((side.name, side.aim), side.work))
            .unzip();
        works.insert(0, ours);
        let taken = interleave(&mut works, effort);
        rows(&self.name, Unit::Nanoseconds, &taken, &labels)
    }

    /// Who takes part, to be run otherwise than [`run`](Self::run) does; `None` if it is not by time.
    pub(crate) fn sides(self) -> Option<Sides<Timed>> {
        match self.kind {
            Kind::Timed(build) => Some(build()),
            Kind::Own(_) => None,
        }
    }
}

/// One row a peer; `values` holds ours first, then the peers' in the order of `labels`.
fn rows(
    scenario: &str,
    unit: Unit,
    values: &[Sample],
    labels: &[(&'static str, Option<f64>)],
) -> Vec<Row> {
    let (ours, theirs) = values.split_first().expect("we take part ourselves");
    theirs
        .iter()
        .zip(labels)
        .map(|(theirs, &(peer, aim))| Row::new(scenario, unit, [*ours, *theirs], peer, aim))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn takes(nanos: u64) -> Timed {
        Box::new(move |iterations| Duration::from_nanos(nanos * iterations))
    }

    #[test]
    fn a_timed_scenario_gives_a_row_a_peer() {
        let scenario = Scenario::timed("it".to_owned(), || {
            Sides::new(takes(50))
                .against("A", Some(0.6), takes(100))
                .against("B", None, takes(25))
        });
        let rows = scenario.run(Effort::QUICK);
        let seen: Vec<_> = rows
            .iter()
            .map(|row| (&*row.peer, row.ratio, row.misses()))
            .collect();
        assert_eq!(seen, [("A", 0.5, false), ("B", 2.0, false)]);
    }

    #[test]
    fn an_aim_is_missed_above_it() {
        let scenario = Scenario::counted("it".to_owned(), Unit::Bytes, || {
            Sides::new(106.0)
                .against("A", Some(1.05), 100.0)
                .against("B", Some(1.06), 100.0)
        });
        let missed: Vec<_> = scenario
            .run(Effort::QUICK)
            .iter()
            .map(Row::misses)
            .collect();
        assert_eq!(missed, [true, false]);
    }
}
