//! A cache that never holds a report for itself: a report is computed once for all who look at it
//! at the same time, and its memory goes with the last of them. Nothing has to be evicted.
//!
//! `cargo run -p weakref-examples --bin report-cache`

use std::collections::BTreeMap;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::WeakValueMap;

struct Sale {
    year: u16,
    region: &'static str,
    amount: u32,
}

const SALES: &[Sale] = &[
    sale(2023, "north", 120),
    sale(2023, "south", 80),
    sale(2023, "north", 30),
    sale(2024, "south", 200),
    sale(2024, "west", 45),
    sale(2024, "south", 55),
];

const fn sale(year: u16, region: &'static str, amount: u32) -> Sale {
    Sale {
        year,
        region,
        amount,
    }
}

/// The sums of one year by region.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct Report {
    year: u16,
    sums: BTreeMap<&'static str, u32>,
}

impl Report {
    fn compute(year: u16) -> Self {
        let mut sums = BTreeMap::new();
        for sale in SALES.iter().filter(|sale| sale.year == year) {
            *sums.entry(sale.region).or_default() += sale.amount;
        }
        Self { year, sums }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        println!("the report of {} is freed", self.year);
    }
}

#[derive(Default)]
struct Reports {
    by_year: WeakValueMap<u16, Report>,
    computed: u32,
}

impl Reports {
    fn get(&mut self, year: u16) -> Strong<Report> {
        self.by_year.get_or_insert_with(year, || {
            println!("computing the report of {year}");
            self.computed += 1;
            Strong::new(Report::compute(year))
        })
    }
}

fn main() {
    let mut reports = Reports::default();

    let on_screen = reports.get(2023);
    let in_print = reports.get(2023);
    assert!(Strong::ptr_eq(&on_screen, &in_print));
    println!("2023: {:?}", on_screen.sums);

    println!("2024: {:?}", reports.get(2024).sums);
    println!("{} in the cache", reports.by_year.len());
    assert_eq!((reports.by_year.len(), reports.computed), (1, 2));

    drop(on_screen);
    assert_eq!(reports.get(2023).sums["north"], 150);
    assert_eq!(reports.computed, 2, "still in print");
    drop(in_print);
    println!("{} in the cache", reports.by_year.len());

    assert_eq!(reports.get(2023).sums["south"], 80);
    assert_eq!((reports.by_year.len(), reports.computed), (0, 3));
}
