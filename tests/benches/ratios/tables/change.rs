//! Filling a table, and inserting into one whose members die as fast.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Aims, Sizes, Table, filled, members};
use crate::measure::{Clock, Timed, show, time};
use crate::scenario::{Scenario, Sides};

/// The largest table that is filled anew in every sample.
const FILLED: u64 = 50_000;

pub(super) fn add<O: Table, P: Table>(
    scenarios: &mut Vec<Scenario>,
    name: &str,
    sizes: &Sizes,
    aims: &Aims,
) {
    let Aims { insert, churn, .. } = *aims;
    for &size in sizes.all {
        if size <= FILLED {
            scenarios.push(Scenario::timed(
                format!("{name}/{size}/insert"),
                move || Sides::new(fill::<O>(size)).against(P::NAME, insert, fill::<P>(size)),
            ));
        }
        scenarios.push(Scenario::timed(format!("{name}/{size}/churn"), move || {
            Sides::new(self::churn::<O>(size)).against(P::NAME, churn, self::churn::<P>(size))
        }));
    }
    let size = sizes.purged;
    scenarios.push(Scenario::timed(
        format!("{name}/{size}/purge, all alive"),
        move || Sides::new(purge::<O>(size)).against(P::NAME, Some(0.01), purge::<P>(size)),
    ));
}

/// Inserts into a new table, growing included; its end is not counted.
fn fill<T: Table>(size: u64) -> Timed {
    let members = members::<T>(0..size);
    Box::new(move |iterations| {
        let mut left = iterations;
        let mut elapsed = Duration::ZERO;
        while left > 0 {
            let some = usize::try_from(left.min(size)).expect("an index");
            let clock = Clock::start();
            let table: T = filled(&members[..some]);
            elapsed += clock.elapsed();
            show(&table);
            left -= some as u64;
        }
        elapsed
    })
}

/// Makes a member, inserts it, and lets the oldest die: the table has `size` live entries throughout.
fn churn<T: Table>(size: u64) -> Timed {
    let mut alive: VecDeque<_> = (0..size).map(T::member).collect();
    let mut table: T = filled(alive.make_contiguous());
    let mut next = size;
    Box::new(move |iterations| {
        time(iterations, || {
            let member = T::member(next);
            next += 1;
            table.insert(&member);
            alive.push_back(member);
            let oldest = alive.pop_front();
            drop(oldest);
        })
    })
}

fn purge<T: Table>(size: u64) -> Timed {
    let members = members::<T>(0..size);
    let mut table: T = filled(&members);
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            table.purge();
            show(&table);
        });
        show(&members);
        elapsed
    })
}
