//! Allocations and bytes for each entry, and what tables keep of the dead.

use weakref_tests::counting::{count, is_counting_possible};

use super::{Table, filled, members};
use crate::measure::as_f64;
use crate::row::Unit;
use crate::scenario::{Scenario, Sides};

const ENTRIES: u64 = 10_000;

pub(super) fn add<O: Table, P: Table>(scenarios: &mut Vec<Scenario>, name: &str) {
    scenarios.push(Scenario::counted(
        format!("{name}/allocations per entry"),
        Unit::Allocations,
        || Sides::new(allocations::<O>()).against(P::NAME, Some(1.0), allocations::<P>()),
    ));
    scenarios.push(Scenario::counted(
        format!("{name}/bytes per entry"),
        Unit::Bytes,
        || Sides::new(bytes::<O>()).against(P::NAME, None, bytes::<P>()),
    ));
    scenarios.push(Scenario::counted(
        format!("{name}/peak bytes of churn"),
        Unit::Bytes,
        || Sides::new(churned::<O>()).against(P::NAME, None, churned::<P>()),
    ));
}

/// Allocations of an insertion into a table with room.
fn allocations<T: Table>() -> f64 {
    assert!(is_counting_possible(), "memory is counted by the allocator");
    let members = members::<T>(0..ENTRIES + 1);
    let mut table = T::with_capacity(members.len());
    // A table may allocate once for all its members.
    table.insert(&members[0]);
    let ((), usage) = count(|| members[1..].iter().for_each(|member| table.insert(member)));
    as_f64(usage.allocations) / as_f64(ENTRIES)
}

/// Bytes of a table with its members, over their number.
fn bytes<T: Table>() -> f64 {
    let (_kept, usage) = count(|| {
        let members = members::<T>(0..ENTRIES);
        let table: T = filled(&members);
        (members, table)
    });
    held(usage.held_bytes) / as_f64(ENTRIES)
}

/// The most bytes that `ENTRIES` live entries take with their members while thirty times as many come and go.
fn churned<T: Table>() -> f64 {
    let ((), usage) = count(|| {
        let mut table = T::with_capacity(0);
        let mut alive = std::collections::VecDeque::new();
        for n in 0..30 * ENTRIES {
            let member = T::member(n);
            table.insert(&member);
            alive.push_back(member);
            if alive.len() as u64 > ENTRIES {
                let oldest = alive.pop_front();
                drop(oldest);
            }
        }
    });
    held(usage.peak_bytes) / as_f64(ENTRIES)
}

fn held(bytes: isize) -> f64 {
    as_f64(u64::try_from(bytes).expect("more was allocated than freed"))
}
