//! Which scenarios belong together, and the goal of each group.

use crate::row::Row;

/// What is asked of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// The geometric mean of its ratios, at most.
    Ratio(f64),
    /// The mean of ours in bytes, at most, whatever the peer's are.
    Bytes(f64),
    /// Nothing; it is shown.
    Shown,
}

/// Scenarios of one kind, against the best of some peers.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    /// Where a scenario has several of them, the one that does best.
    pub(crate) peers: &'static [&'static str],
    pub(crate) goal: Goal,
    /// A scenario belongs if one of these patterns is its name. `*` stands for any text, `{a|b}` for one of several.
    pub(crate) patterns: &'static [&'static str],
}

const fn group(
    name: &'static str,
    peers: &'static [&'static str],
    goal: Goal,
    patterns: &'static [&'static str],
) -> Group {
    Group {
        name,
        peers,
        goal,
        patterns,
    }
}

/// The peer of a comparison of ours with ours.
pub(crate) const ONE_THREAD: &str = "one thread";
pub(crate) const CPYTHON: &str = "CPython";

use Goal::{Bytes, Ratio, Shown};

pub(crate) static GROUPS: &[Group] = &[
    group(
        "sync clone+drop",
        &["Arc"],
        Ratio(1.0),
        &["sync/{small|1KiB}/clone+drop"],
    ),
    group(
        "sync clone+drop, 2 threads",
        &["Arc"],
        Ratio(1.0),
        &["sync/*/clone+drop, 2 threads"],
    ),
    group(
        "sync new+drop",
        &["Arc"],
        Ratio(0.9),
        &["sync/{small|1KiB}/new+drop"],
    ),
    group(
        "sync new+downgrade+drop",
        &["Arc"],
        Ratio(0.95),
        &["sync/{small|1KiB}/new+downgrade+drop"],
    ),
    group(
        "sync upgrade+drop, hot",
        &["Arc"],
        Ratio(1.0),
        &["sync/{small|1KiB}/upgrade+drop"],
    ),
    group(
        "sync upgrade+drop, hot, 2 threads",
        &["Arc"],
        Ratio(1.0),
        &["sync/*/upgrade+drop, 2 threads"],
    ),
    group(
        "sync upgrade+drop, cold",
        &["Arc"],
        Ratio(1.2),
        &["sync/*/upgrade+drop, * cold"],
    ),
    group(
        "sync dead upgrade",
        &["Arc"],
        Ratio(1.0),
        &["sync/{small|1KiB}/dead upgrade"],
    ),
    group(
        "sync dead upgrade, 2 threads",
        &["Arc"],
        Ratio(1.0),
        &["sync/*/dead upgrade, 2 threads"],
    ),
    group(
        "local, all of these but cold",
        &["Rc"],
        Ratio(1.0),
        &["local/{small|1KiB}/{clone+drop|new+drop|new+downgrade+drop|upgrade+drop|dead upgrade}"],
    ),
    group(
        "local upgrade+drop, cold",
        &["Rc"],
        Ratio(1.1),
        &["local/*/upgrade+drop, * cold"],
    ),
    group(
        "sync callbacks",
        &["Arc+Mutex<Vec>"],
        Ratio(0.8),
        &["sync/{register+cancel a callback|new+callback+drop}"],
    ),
    group(
        "local callbacks",
        &["Rc+RefCell<Vec>"],
        Ratio(0.7),
        &["local/{register+cancel a callback|new+callback+drop}"],
    ),
    group(
        "sync finalizer",
        &["rust-cc Cleaner"],
        Ratio(1.0),
        &["sync/new+finalizer+drop*"],
    ),
    group(
        "local finalizer",
        &["rust-cc Cleaner"],
        Ratio(0.6),
        &["local/new+finalizer+drop"],
    ),
    group(
        "finalizer, 2 threads over 1",
        &[ONE_THREAD],
        Ratio(1.2),
        &["sync/new+finalizer+drop, 2 threads"],
    ),
    group(
        "callback, 2 threads over 1",
        &[ONE_THREAD],
        Ratio(1.1),
        &["sync/new+callback+drop, 2 threads"],
    ),
    group(
        "as in Python: finalizer",
        &[CPYTHON],
        Ratio(0.1),
        &["python/finalizer*"],
    ),
    group(
        "as in Python: callback",
        &[CPYTHON],
        Ratio(0.2),
        &["python/callback*"],
    ),
    group(
        "as in Python: all else",
        &[CPYTHON],
        Shown,
        &["python/{reference|proxy|value map|key map|set}*"],
    ),
    group(
        "sync value, identity map, to 1 k",
        &["weak-table"],
        Ratio(0.95),
        &["sync/{value|identity} map/*/{50|1000}/{hit|miss}"],
    ),
    group(
        "sync key, pair map, set, to 1 k",
        &["weak-table"],
        Ratio(0.75),
        &["sync/{key map|pair map|set}/*/{50|1000}/{hit|miss}"],
    ),
    group(
        "sync value, identity map, 50 k, 1 M",
        &["weak-table"],
        Ratio(1.0),
        &["sync/{value|identity} map/*/{50000|1000000}/{hit|miss}"],
    ),
    group(
        "sync key, pair map, set, 50 k, 1 M",
        &["weak-table"],
        Ratio(0.9),
        &["sync/{key map|pair map|set}/*/{50000|1000000}/{hit|miss}"],
    ),
    group(
        "local tables, to 1 k",
        &["weak-table"],
        Ratio(1.0),
        &["local/*/{50|1000}/{hit|miss}"],
    ),
    group(
        "local tables, 50 k, 1 M",
        &["weak-table"],
        Ratio(1.1),
        &["local/*/{50000|1000000}/{hit|miss}"],
    ),
    group(
        "8 lookups at a time, 1 M",
        &["one by one"],
        Ratio(0.5),
        &["many/*"],
    ),
    group(
        "sync walk, all alive",
        &["weak-table"],
        Ratio(0.7),
        &["sync/*/walk, all alive"],
    ),
    group(
        "local walk, all alive",
        &["weak-table"],
        Ratio(0.7),
        &["local/*/walk, all alive"],
    ),
    group(
        "walk, half and nearly all dead",
        &["weak-table"],
        Ratio(1.0),
        &["*/walk, {half|10} of them alive"],
    ),
    group(
        "churn, to 50 k",
        &["weak-table"],
        Ratio(1.0),
        &["*/{50|1000|50000}/churn"],
    ),
    group(
        "churn, 1 M",
        &["weak-table"],
        Ratio(1.2),
        &["*/1000000/churn"],
    ),
    group(
        "death and purge, 1 map",
        &["weak-table"],
        Ratio(1.5),
        &["*/death and purge"],
    ),
    group(
        "death and purge, 16 maps",
        &["weak-table"],
        Shown,
        &["*/death and purge in 16"],
    ),
    group(
        "shared map, 5 %, 2 threads",
        &["DashMap+Weak"],
        Ratio(0.95),
        &["shared/map 5 % insert+drop, 2 threads"],
    ),
    group(
        "shared map, 5 %, 2 threads",
        &["scc+Weak"],
        Ratio(0.95),
        &["shared/map 5 % insert+drop, 2 threads"],
    ),
    group(
        "shared map, 5 %, 2 threads",
        &["papaya+Weak"],
        Ratio(1.0),
        &["shared/map 5 % insert+drop, 2 threads"],
    ),
    group(
        "shared map, 50 %, 2 threads",
        &["DashMap, removing"],
        Ratio(1.1),
        &["shared/map 50 % insert+drop, 2 threads"],
    ),
    group(
        "shared map, 50 %, 2 threads",
        &["DashMap+Weak"],
        Ratio(1.5),
        &["shared/map 50 % insert+drop, 2 threads"],
    ),
    group(
        "interner hit",
        &["internment", "intern-arc"],
        Ratio(0.9),
        &["shared/intern hit+drop, *"],
    ),
    group(
        "interner miss+free",
        &["internment", "intern-arc"],
        Ratio(1.0),
        &["shared/intern miss+free, *"],
    ),
    group(
        "strong tier hit",
        &["quick_cache"],
        Ratio(1.1),
        &["shared/strong tier hit, *"],
    ),
    group(
        "strong tier insert+evict",
        &["quick_cache"],
        Ratio(1.5),
        &["shared/strong tier insert+evict, *"],
    ),
    group(
        "bytes an entry, value map",
        &["weak-table"],
        Bytes(86.0),
        &["sync/value map/u64/bytes per entry"],
    ),
    group(
        "bytes beside the value, sync",
        &["Arc"],
        Bytes(24.0),
        &["sync/small/bytes beside the value"],
    ),
    group(
        "bytes beside the value, local",
        &["Rc"],
        Bytes(24.0),
        &["local/small/bytes beside the value"],
    ),
    group("chain, dropped", &["Arc", "Rc"], Shown, &["*/chain of *"]),
    group(
        "new_cyclic+drop",
        &["Arc", "Rc"],
        Shown,
        &["*/new_cyclic+drop"],
    ),
    group(
        "proxy and method calls",
        &["Arc", "Rc"],
        Shown,
        &["*/{proxy|method} call"],
    ),
];

impl Group {
    /// The rows of the group: of each scenario that of the peer that does best.
    pub(crate) fn rows<'r>(&self, all: &'r [Row]) -> Vec<&'r Row> {
        let mut rows: Vec<&Row> = Vec::new();
        for row in all.iter().filter(|row| self.holds(row)) {
            match rows.iter_mut().find(|best| best.scenario == row.scenario) {
                Some(best) if best.ratio < row.ratio => *best = row,
                Some(_) => {}
                None => rows.push(row),
            }
        }
        rows
    }

    fn holds(&self, row: &Row) -> bool {
        self.peers.contains(&&*row.peer)
            && self
                .patterns
                .iter()
                .any(|pattern| matches(pattern, &row.scenario))
    }

    /// Whether a scenario of this name may belong.
    pub(crate) fn names(&self, scenario: &str) -> bool {
        self.patterns
            .iter()
            .any(|pattern| matches(pattern, scenario))
    }
}

/// Whether a pattern is this name; see [`Group`].
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix('*') {
        return (0..=name.len())
            .filter(|&at| name.is_char_boundary(at))
            .any(|at| matches(rest, &name[at..]));
    }
    if let Some((choices, rest)) = pattern
        .strip_prefix('{')
        .and_then(|pattern| pattern.split_once('}'))
    {
        return choices.split('|').any(|choice| {
            name.strip_prefix(choice)
                .is_some_and(|name| matches(rest, name))
        });
    }
    let plain = pattern.find(['*', '{']).unwrap_or(pattern.len());
    if plain == 0 {
        return name.is_empty();
    }
    name.strip_prefix(&pattern[..plain])
        .is_some_and(|name| matches(&pattern[plain..], name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Unit;
    use crate::stats::Sample;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("*/b", "x/y/b", true),
            ("a{x|yz}c", "ayzc", true),
            ("a{x|yz}c", "ayc", false),
            ("a*", "a", true),
            ("*/{50|500}/hit", "t/500/hit", true),
            ("", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_best_peer_of_a_scenario_counts() {
        let row = |scenario: &str, peer: &str, theirs| {
            let sides = [10.0, theirs].map(Sample::exact);
            Row::new(scenario, Unit::Nanoseconds, sides, peer, None)
        };
        let all = [
            row("shared/intern hit+drop, 24", "internment", 10.0),
            row("shared/intern hit+drop, 24", "intern-arc", 5.0),
            row("shared/intern hit+drop, 24", "arc-interner", 1.0),
            row("shared/intern hit+drop, 400", "intern-arc", 20.0),
            row("shared/intern miss+free, 24", "intern-arc", 20.0),
        ];
        let group = GROUPS.iter().find(|group| group.name == "interner hit");
        let ratios: Vec<_> = group
            .expect("it is one")
            .rows(&all)
            .iter()
            .map(|row| row.ratio)
            .collect();
        assert_eq!(ratios, [2.0, 0.5]);
    }
}
