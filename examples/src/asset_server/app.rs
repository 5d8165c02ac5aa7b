//! The program: find or make the images, serve them, print the table.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::assets::Assets;
use super::clients::{self, Received};
use super::options::Options;
use super::server::Server;
use crate::image_cache::app::{list, make_photos, report_unreadable};
use crate::image_cache::decode::{Unreadable, decode};
use crate::image_cache::pattern::{Shape, pattern};
use crate::image_cache::{Ledger, Served};
use crate::numbers::grouped;
use crate::shell::Failure;

/// Runs the program; results go to `out`, progress and problems to standard error.
///
/// # Errors
///
/// See [`Failure`].
pub fn run(options: &Options, out: &mut dyn Write, stop: &AtomicBool) -> Result<(), Failure> {
    let scratch;
    let dir = if let Some(dir) = &options.dir {
        dir.as_path()
    } else {
        scratch = make_photos("asset-server", options.samples, options.megapixels, stop)?;
        scratch.path()
    };
    let (catalog, unreadable) = list(dir)?;
    report_unreadable(&unreadable);
    if catalog.is_empty() {
        return Err(Failure::Input(format!(
            "no readable PNG or JPEG file in {}",
            dir.display()
        )));
    }

    let files = catalog.clone();
    let assets = Arc::new(Assets::new(
        Ledger::new(catalog.names()),
        move |name| match files.path(name) {
            Some(path) => decode(name, path),
            None => Err(Unreadable::new(name, "there is no such image")),
        },
    ));
    let server = Server::start(Arc::clone(&assets), options.port, options.workers)
        .map_err(|error| Failure::Run(format!("cannot serve: {error}")))?;
    writeln!(
        out,
        "{} images of {} at http://{}/",
        catalog.len(),
        dir.display(),
        server.address()
    )?;
    out.flush()?;

    let start = Instant::now();
    let received = if options.serve {
        while server.is_running() && !stop.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(50));
        }
        None
    } else {
        let names: Vec<&str> = catalog.names().collect();
        let visits = pattern(Shape {
            images: names.len(),
            requests: options.requests,
            workers: options.clients,
            skew: options.skew,
            hold: 1,
            seed: options.seed,
        });
        Some(clients::run(server.address(), &names, &visits, stop)?)
    };
    let wall = start.elapsed();
    server.stop()?;
    if !options.serve && stop.load(Ordering::Relaxed) {
        return Err(Failure::Interrupted);
    }
    writeln!(out)?;
    table(&assets, received, wall, out)?;
    out.flush()?;
    broken_promise(&assets).map_or(Ok(()), |promise| Err(Failure::Run(promise)))
}

fn table(
    assets: &Assets,
    received: Option<Received>,
    wall: Duration,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let totals = assets.ledger().totals();
    let mut rows = Vec::new();
    if let Some(received) = received {
        rows.extend([
            ("requests", grouped(received.requests)),
            ("refused requests", grouped(received.refused)),
            ("bytes received", grouped(received.bytes)),
        ]);
    }
    rows.extend([
        ("decodes", grouped(totals.decodes)),
        ("redundant decodes", grouped(totals.redundant)),
        ("failed decodes", grouped(totals.failed)),
        (
            "joined a decode under way",
            grouped(assets.served(Served::Joined)),
        ),
        ("found alive", grouped(assets.served(Served::Cached))),
        ("most decoded images alive", grouped(totals.peak_alive)),
        ("peak decoded bytes held", grouped(totals.peak_held)),
        ("alive after the last response", grouped(totals.alive)),
        ("wall time", format!("{:.2}s", wall.as_secs_f64())),
    ]);
    for (label, cell) in rows {
        writeln!(out, "{label:32}{cell:>14}")?;
    }
    Ok(())
}

/// What the map should have done and has not, every request being answered.
fn broken_promise(assets: &Assets) -> Option<String> {
    let totals = assets.ledger().totals();
    if totals.redundant > 0 {
        Some(format!("{} decodes beside a live copy", totals.redundant))
    } else if totals.alive > 0 || assets.live() > 0 {
        Some(format!(
            "{} images outlived the last response, and the map has {}",
            totals.alive,
            assets.live()
        ))
    } else {
        None
    }
}
