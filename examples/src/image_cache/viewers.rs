//! One run: the workers replay an access pattern against a gallery, and what it took is counted.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::cache::Mode;
use super::catalog::Catalog;
use super::decode::{Unreadable, decode};
use super::gallery::{Gallery, Served, View};
use super::ledger::{Ledger, Totals};
use super::pattern::{Visit, favourite};
use super::survey::{Shot, fingerprint};

/// What one run took.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The cache that was used.
    pub mode: Mode,
    /// Requests made.
    pub requests: u64,
    /// Requests of the image that was asked for most, and decodes of it.
    pub favourite: (u64, u64),
    /// Requests answered by waiting for another viewer's decode.
    pub joined: u64,
    /// Requests that failed, each with its reason.
    pub failures: Vec<Unreadable>,
    /// The books when the last viewer had left, the cache still being there.
    pub totals: Totals,
    /// Decoded bytes still held when the cache was gone, too.
    pub leaked: u64,
    /// How long it took.
    pub wall: Duration,
}

#[derive(Default)]
struct Session {
    requests: u64,
    joined: u64,
    failures: Vec<Unreadable>,
}

/// Replays `pattern`, one thread a session; `None` if `stop` was set meanwhile.
pub fn run(
    mode: Mode,
    catalog: &Arc<Catalog>,
    shots: &[Shot],
    pattern: &[Vec<Visit>],
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Option<Outcome> {
    let ledger = Ledger::new(shots.iter().map(|shot| shot.name.as_str()));
    let files = Arc::clone(catalog);
    let gallery = Gallery::new(Arc::clone(&ledger), mode.cache(), move |name| {
        match files.path(name) {
            Some(path) => decode(name, path),
            None => Err(Unreadable::new(name, "there is no such image")),
        }
    });

    let start = Instant::now();
    let sessions: Vec<Session> = thread::scope(|scope| {
        let gallery = &gallery;
        let workers: Vec<_> = pattern
            .iter()
            .map(|visits| scope.spawn(move || attend(gallery, shots, visits, bar, stop)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    let wall = start.elapsed();

    let totals = ledger.totals();
    let favourite = favourite(pattern).map_or((0, 0), |(image, asked)| {
        (asked, ledger.decodes_of(&shots[image].name))
    });
    drop(gallery);
    if stop.load(Ordering::Relaxed) {
        return None;
    }
    Some(Outcome {
        mode,
        requests: sessions.iter().map(|session| session.requests).sum(),
        favourite,
        joined: sessions.iter().map(|session| session.joined).sum(),
        failures: sessions
            .into_iter()
            .flat_map(|session| session.failures)
            .collect(),
        totals,
        leaked: ledger.totals().held,
        wall,
    })
}

/// One worker's session: it opens a view for each visit and closes it some visits later.
fn attend(
    gallery: &Gallery,
    shots: &[Shot],
    visits: &[Visit],
    bar: &ProgressBar,
    stop: &AtomicBool,
) -> Session {
    let mut session = Session::default();
    let mut open: Vec<(usize, View)> = Vec::new();
    for (now, visit) in visits.iter().enumerate() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        open.retain(|(until, _)| *until > now);
        let shot = &shots[visit.image];
        session.requests += 1;
        match gallery.view(&shot.name) {
            Ok(view) if fingerprint(view.pixels()) == shot.fingerprint => {
                session.joined += u64::from(view.served() == Served::Joined);
                open.push((now + visit.hold, view));
            }
            Ok(_) => session.failures.push(Unreadable::new(
                &shot.name,
                "is not the image it was at first",
            )),
            Err(error) => session.failures.push(error),
        }
        bar.inc(1);
    }
    session
}
