//! Panics that nobody can catch, kept per thread, so that tests that run side by side see their own only.

use std::cell::RefCell;
use std::sync::Once;

use weakref::{Source, set_unraisable_hook};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) source: Source,
    pub(crate) type_name: &'static str,
    pub(crate) message: Option<String>,
}

impl Report {
    /// The source and the text.
    pub(crate) fn what(&self) -> (Source, &str) {
        (self.source, self.message.as_deref().unwrap_or(""))
    }
}

thread_local! {
    static REPORTS: RefCell<Option<Vec<Report>>> = const { RefCell::new(None) };
}

/// Runs `body` and returns what the hook was told on this thread meanwhile.
pub(crate) fn reports<R>(body: impl FnOnce() -> R) -> (R, Vec<Report>) {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        set_unraisable_hook(|unraisable| {
            let report = Report {
                source: unraisable.source(),
                type_name: unraisable.type_name(),
                message: unraisable.message().map(str::to_owned),
            };
            REPORTS.with_borrow_mut(|reports| match reports {
                Some(list) => list.push(report),
                None => eprintln!("weakref: {unraisable}"),
            });
        });
    });
    let outer = REPORTS.replace(Some(Vec::new()));
    let result = body();
    let reports = REPORTS.replace(outer).expect("set above");
    (result, reports)
}

/// [`reports`], reduced to source and text.
pub(crate) fn told(body: impl FnOnce()) -> Vec<(Source, String)> {
    let ((), reports) = reports(body);
    reports
        .iter()
        .map(|report| (report.source, report.what().1.to_owned()))
        .collect()
}
