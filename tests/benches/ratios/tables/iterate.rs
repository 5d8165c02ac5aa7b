//! Walks over tables in which none, half or nearly all have died.

use super::{Sizes, Table, filled, members};
use crate::measure::{Timed, show, time};
use crate::scenario::{Scenario, Sides};

pub(super) fn add<O: Table, P: Table>(scenarios: &mut Vec<Scenario>, name: &str, sizes: &Sizes) {
    let size = sizes.walked;
    let cases = [
        ("all alive", size, false, Some(1.0)),
        ("half of them alive", size / 2, false, None),
        ("10 of them alive", 10, false, None),
        ("10 of them alive, one insert later", 10, true, Some(0.01)),
    ];
    for (what, alive, inserted, aim) in cases {
        scenarios.push(Scenario::timed(
            format!("{name}/{size}/walk, {what}"),
            move || {
                Sides::new(walk::<O>(size, alive, inserted)).against(
                    P::NAME,
                    aim,
                    walk::<P>(size, alive, inserted),
                )
            },
        ));
    }
}

/// Whole walks.
fn walk<T: Table>(size: u64, alive: u64, inserted: bool) -> Timed {
    let mut members = members::<T>(0..size);
    let mut table: T = filled(&members);
    let mut n = 0;
    members.retain(|_| {
        n += 1;
        n % (size / alive) == 0
    });
    if inserted {
        let member = T::member(size);
        table.insert(&member);
        members.push(member);
    }
    assert_eq!(table.walk(), alive + u64::from(inserted));
    Box::new(move |iterations| {
        let elapsed = time(iterations, || show(&table.walk()));
        show(&members);
        elapsed
    })
}
