//! What deaths cost members that stand in tables, and then the tables.

use std::time::{Duration, Instant};

use super::{Sizes, Table, filled, members};
use crate::measure::{Clock, Timed, as_f64, show};
use crate::row::Unit;
use crate::scenario::{Scenario, Sides};
use crate::stats::median;

/// How many die at a time.
const DEATHS: u64 = 10_000;
/// How often the slowest of many deaths are looked at.
const ROUNDS: usize = 15;

pub(super) fn add<O: Table, P: Table>(scenarios: &mut Vec<Scenario>, name: &str, sizes: &Sizes) {
    for &tables in sizes.tables {
        scenarios.push(Scenario::timed(
            format!("{name}/death in {tables}"),
            move || {
                Sides::new(die::<O>(tables, false)).against(P::NAME, None, die::<P>(tables, false))
            },
        ));
    }
    for &tables in sizes.tables.iter().filter(|&&tables| tables != 4) {
        let which = if tables == 1 {
            String::new()
        } else {
            format!(" in {tables}")
        };
        scenarios.push(Scenario::timed(
            format!("{name}/death and purge{which}"),
            move || {
                Sides::new(die::<O>(tables, true)).against(P::NAME, None, die::<P>(tables, true))
            },
        ));
    }
    scenarios.push(Scenario::counted(
        format!("{name}/slowest death of 1,000"),
        Unit::Nanoseconds,
        move || {
            let (ours, theirs) = (0..ROUNDS)
                .map(|_| (slowest::<O>(), slowest::<P>()))
                .unzip();
            Sides::new(median(ours)).against(P::NAME, None, median(theirs))
        },
    ));
}

/// Deaths of members of some tables, and the tables' part of it if `purged`.
fn die<T: Table>(tables: usize, purged: bool) -> Timed {
    Box::new(move |iterations| {
        let mut left = iterations;
        let mut elapsed = Duration::ZERO;
        while left > 0 {
            let members = members::<T>(0..left.min(DEATHS));
            left -= members.len() as u64;
            let mut tables: Vec<T> = (0..tables).map(|_| filled(&members)).collect();
            let clock = Clock::start();
            drop(members);
            if purged {
                tables.iter_mut().for_each(T::purge);
            }
            elapsed += clock.elapsed();
            show(&tables);
        }
        elapsed
    })
}

/// Nanoseconds of the death that all but one of a thousand are faster than.
fn slowest<T: Table>() -> f64 {
    let members = members::<T>(0..DEATHS);
    let table: T = filled(&members);
    let mut times: Vec<_> = members
        .into_iter()
        .map(|member| {
            let start = Instant::now();
            drop(member);
            start.elapsed()
        })
        .collect();
    show(&table);
    times.sort_unstable();
    let nanos = times[times.len() - times.len() / 1_000].as_nanos();
    as_f64(u64::try_from(nanos).expect("some milliseconds at most"))
}
