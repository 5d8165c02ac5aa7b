//! One line a group: how it does against its goal.

use crate::group::{GROUPS, Goal, Group};
use crate::report::{drift, number};
use crate::row::Row;
use crate::stats::geometric_mean;

/// A group that was measured, whole or in part.
pub(crate) struct Line<'r> {
    pub(crate) group: &'static Group,
    pub(crate) rows: Vec<&'r Row>,
    /// The geometric mean of its ratios of tenth percentiles.
    low_mean: f64,
    /// What is compared with the goal: the geometric mean of its ratios, or of its bytes.
    pub(crate) reached: f64,
}

/// The groups that these rows have something of.
pub(crate) fn lines(rows: &[Row]) -> Vec<Line<'_>> {
    GROUPS
        .iter()
        .filter_map(|group| line(group, rows))
        .collect()
}

fn line<'r>(group: &'static Group, rows: &'r [Row]) -> Option<Line<'r>> {
    let rows = group.rows(rows);
    if rows.is_empty() {
        return None;
    }
    let reached = match group.goal {
        Goal::Bytes(_) => geometric_mean(rows.iter().map(|row| row.ours.median)),
        Goal::Ratio(_) | Goal::Shown => geometric_mean(rows.iter().map(|row| row.ratio)),
    };
    Some(Line {
        group,
        low_mean: geometric_mean(rows.iter().map(|row| row.low_ratio)),
        reached,
        rows,
    })
}

impl Line<'_> {
    /// The scenario that does worst.
    fn worst(&self) -> &Row {
        self.rows
            .iter()
            .max_by(|a, b| a.ratio.total_cmp(&b.ratio))
            .expect("a line has a row")
    }

    pub(crate) fn goal(&self) -> Option<f64> {
        match self.group.goal {
            Goal::Ratio(goal) | Goal::Bytes(goal) => Some(goal),
            Goal::Shown => None,
        }
    }

    /// Whether it is at its goal, as printed with two digits.
    pub(crate) fn is_met(&self) -> bool {
        self.goal().is_none_or(|goal| self.reached < goal + 0.005)
    }

    pub(crate) fn verdict(&self) -> String {
        match self.goal() {
            None => "shown".to_owned(),
            Some(_) if self.is_met() => "met".to_owned(),
            Some(goal) => format!("missed by {:.0} %", (self.reached / goal - 1.0) * 100.0),
        }
    }

    /// Ours and the peer's over what they were, of the scenarios that both runs have.
    fn drifts(&self, baseline: &[Row]) -> Option<[f64; 2]> {
        let drifts: Vec<_> = self
            .rows
            .iter()
            .filter_map(|now| {
                let then = baseline
                    .iter()
                    .find(|then| (&then.scenario, &then.peer) == (&now.scenario, &now.peer))?;
                Some(drift(now, then))
            })
            .collect();
        let mean = |side: usize| geometric_mean(drifts.iter().map(|drift| drift[side]));
        (!drifts.is_empty()).then(|| [mean(0), mean(1)])
    }

    /// The name, and the peer where those beside it have another.
    pub(crate) fn label(&self) -> String {
        let name = self.group.name;
        let is_shared = name.starts_with("shared") || name.starts_with("strong tier");
        match self.group.peers {
            [peer] if is_shared => format!("{name}, {peer}"),
            _ => name.to_owned(),
        }
    }

    /// Name, peers, number of scenarios, mean, low mean, worst, goal and verdict.
    pub(crate) fn columns(&self) -> [String; 8] {
        let worst = self.worst();
        let [worst, reached] = match self.group.goal {
            Goal::Bytes(_) => [
                number(worst.ours.median) + " bytes",
                number(self.reached) + " bytes",
            ],
            Goal::Ratio(_) | Goal::Shown => [
                format!("{:.2} {}", worst.ratio, worst.scenario),
                format!("{:.2}", self.reached),
            ],
        };
        [
            self.group.name.to_owned(),
            self.group.peers.join(" · "),
            self.rows.len().to_string(),
            reached,
            format!("{:.2}", self.low_mean),
            worst,
            self.goal()
                .map_or_else(|| "-".to_owned(), |goal| format!("{goal:.2}")),
            self.verdict(),
        ]
    }
}

pub(crate) const HEADER: [&str; 8] = [
    "group",
    "peer",
    "scenarios",
    "mean",
    "low",
    "worst",
    "goal",
    "verdict",
];

/// The summary as a table, with a column for what a group was if there is an earlier run.
pub(crate) fn text(rows: &[Row], baseline: Option<&[Row]>) -> String {
    let lines = lines(rows);
    let mut table = vec![HEADER.map(str::to_owned).to_vec()];
    table.extend(lines.iter().map(|line| line.columns().to_vec()));
    if let Some(baseline) = baseline {
        table[0].push("ours/then".to_owned());
        table[0].push("peer/then".to_owned());
        for (line, columns) in lines.iter().zip(&mut table[1..]) {
            let drifts = line.drifts(baseline);
            let words = drifts.map_or(["new".to_owned(), "-".to_owned()], |drifts| {
                drifts.map(|drift| format!("{drift:.2}"))
            });
            columns.extend(words);
        }
    }
    let with_goal = lines.iter().filter(|line| line.goal().is_some()).count();
    let met = lines
        .iter()
        .filter(|line| line.goal().is_some() && line.is_met())
        .count();
    format!("{}{met} of {with_goal} goals met\n", aligned(&table))
}

/// Columns as wide as what stands in them.
fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| {
        table
            .iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<_> = (0..table.first().map_or(0, Vec::len)).map(width).collect();
    table
        .iter()
        .map(|row| {
            let cells: Vec<_> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned() + "\n"
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Unit;
    use crate::stats::Sample;

    fn row(scenario: &str, unit: Unit, ours: f64, theirs: f64) -> Row {
        Row::new(
            scenario,
            unit,
            [ours, theirs].map(Sample::exact),
            "Arc",
            None,
        )
    }

    fn rows() -> [Row; 4] {
        [
            row("sync/small/clone+drop", Unit::Nanoseconds, 8.0, 4.0),
            row("sync/1KiB/clone+drop", Unit::Nanoseconds, 2.0, 4.0),
            row("sync/small/new+drop", Unit::Nanoseconds, 12.0, 10.0),
            row("sync/small/bytes beside the value", Unit::Bytes, 32.0, 16.0),
        ]
    }

    #[test]
    fn a_group_is_at_its_goal_by_its_mean() {
        let rows = rows();
        let said: Vec<_> = lines(&rows)
            .iter()
            .map(|line| (line.group.name, line.verdict()))
            .collect();
        assert_eq!(
            said,
            [
                ("sync clone+drop", "met".to_owned()),
                ("sync new+drop", "missed by 33 %".to_owned()),
                ("bytes beside the value, sync", "missed by 33 %".to_owned()),
            ]
        );
    }

    #[test]
    fn the_summary_names_the_worst_and_what_changed() {
        let now = rows();
        let mut then = rows();
        then[0].ours.median = 4.0;
        then[1].theirs.median = 1.0;
        let text = text(&now, Some(&then));
        let line = text.lines().nth(1).expect("a group");
        let cells: Vec<_> = line
            .split("  ")
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect();
        assert_eq!(
            cells,
            [
                "sync clone+drop",
                "Arc",
                "2",
                "1.00",
                "1.00",
                "2.00 sync/small/clone+drop",
                "1.00",
                "met",
                "1.41",
                "2.00"
            ]
        );
        assert!(text.ends_with("1 of 3 goals met\n"), "{text}");
    }
}
