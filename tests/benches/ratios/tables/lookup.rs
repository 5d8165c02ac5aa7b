//! Lookups that hit and that miss, in an order that no cache foresees.

use super::{Aims, Sizes, Table, filled, members};
use crate::measure::{Timed, show, shuffled, time};
use crate::scenario::{Scenario, Sides};

pub(super) fn add<O: Table, P: Table>(
    scenarios: &mut Vec<Scenario>,
    name: &str,
    sizes: &Sizes,
    aims: &Aims,
) {
    let aim = aims.lookup;
    for &size in sizes.all {
        for (what, hits) in [("hit", true), ("miss", false)] {
            scenarios.push(Scenario::timed(
                format!("{name}/{size}/{what}"),
                move || {
                    Sides::new(look_up::<O>(size, hits)).against(
                        P::NAME,
                        aim,
                        look_up::<P>(size, hits),
                    )
                },
            ));
        }
    }
}

fn look_up<T: Table>(size: u64, hits: bool) -> Timed {
    let inside = members::<T>(0..size);
    let table: T = filled(&inside);
    let outside = if hits {
        Vec::new()
    } else {
        members::<T>(size..2 * size)
    };
    let asked = if hits { &inside } else { &outside };
    let queries: Vec<_> = shuffled(size)
        .into_iter()
        .map(|n| T::query(&asked[usize::try_from(n).expect("an index")]))
        .collect();
    assert_eq!(table.finds(&queries[0]), hits);
    let mut at = 0;
    Box::new(move |iterations| {
        let elapsed = time(iterations, || {
            show(&table.finds(&queries[at]));
            at += 1;
            if at == queries.len() {
                at = 0;
            }
        });
        show(&inside);
        show(&outside);
        elapsed
    })
}
