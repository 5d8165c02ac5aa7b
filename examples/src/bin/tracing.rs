//! What happens to weak objects, as the crate `tracing` tells it: a cache of thumbnails, with the subscriber of
//! `tracing-subscriber` that prints each event as a line.
//!
//! `cargo run -p weakref-examples --features tracing --bin tracing`, or with a level: `… -- debug`

use std::io;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use tracing::Level;
use weakref::{Strong, WeakRef, WeakReferenceable, finalize};
use weakref_containers::shared::{StrongTier, WeakValueMap};

/// A small picture of a page.
#[derive(WeakReferenceable)]
struct Thumbnail {
    page: u32,
}

/// Lies on a disk that is slow to forget.
#[derive(WeakReferenceable)]
struct Scratch;

impl Drop for Scratch {
    fn drop(&mut self) {
        thread::sleep(Duration::from_millis(15));
    }
}

fn main() -> ExitCode {
    let level = match std::env::args().nth(1).map(|level| level.parse()) {
        None => Level::TRACE,
        Some(Ok(level)) => level,
        Some(Err(_)) => {
            eprintln!("usage: tracing [trace|debug|info|warn|error]");
            return ExitCode::from(2);
        }
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .without_time()
        .with_writer(io::stdout)
        .init();

    println!("-- two pages are shown, of which one is kept for later");
    let thumbnails = WeakValueMap::with_strong_tier(StrongTier::entries(1));
    for page in [1, 2] {
        let shown = thumbnails.get_or_insert_with(page, || Strong::new(Thumbnail { page }));
        assert_eq!(shown.page, page);
    }
    println!("-- the book is closed");
    drop(thumbnails);

    println!("-- somebody listens");
    let page = Strong::new(Thumbnail { page: 3 });
    let _listener = WeakRef::with_callback(&page, |_| ());
    let _unlucky = WeakRef::with_callback(&page, |_| panic!("no such window"));
    finalize(&page, |_| || ());
    weakref::set_unraisable_hook(|_| ()); // the event tells it
    std::panic::set_hook(Box::new(|_| ())); // and what std would print of it
    drop(page);

    println!("-- a slow death");
    drop(Strong::new(Scratch));
    ExitCode::SUCCESS
}
