//! The program: find or make the images, look at each once, replay the pattern with every cache, print the table.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use indicatif::{ProgressBar, ProgressStyle};

use super::cache::Mode;
use super::catalog::Catalog;
use super::decode::Unreadable;
use super::options::Options;
use super::pattern::{Shape, pattern};
use super::report::{broken_promises, table};
use super::survey::{Shot, survey};
use super::{photo, sheet, viewers};
use crate::numbers::grouped;
use crate::scratch::{ScratchDir, lasting_file};
use crate::shell::{Failure, processors};
use crate::spread::spread;

/// Runs the program; results go to `out`, progress and problems to standard error.
///
/// Setting `stop` ends it soon, everything temporary removed.
///
/// # Errors
///
/// See [`Failure`].
pub fn run(options: &Options, out: &mut dyn Write, stop: &AtomicBool) -> Result<(), Failure> {
    let scratch;
    let dir = if let Some(dir) = &options.dir {
        dir.as_path()
    } else {
        scratch = make_photos("image-cache", options.samples, options.megapixels, stop)?;
        scratch.path()
    };
    let (catalog, shots) = readable_shots(dir, options, stop)?;
    let total: u64 = shots.iter().map(|shot| shot.bytes).sum();
    writeln!(
        out,
        "{} images of {}, {} bytes decoded",
        shots.len(),
        dir.display(),
        grouped(total)
    )?;
    let sheet = write_sheet(&shots, options.sheet.as_deref())?;

    let shape = Shape {
        images: shots.len(),
        requests: options.requests,
        workers: options.workers,
        skew: options.skew,
        hold: options.hold,
        seed: options.seed,
    };
    let visits = pattern(shape);
    let mut runs = Vec::new();
    for mode in Mode::ALL {
        let bar = progress(&format!("{} cache", mode.label()), options.requests);
        runs.push(
            viewers::run(mode, &catalog, &shots, &visits, &bar, stop)
                .ok_or(Failure::Interrupted)?,
        );
        bar.finish_and_clear();
    }

    let failures: BTreeSet<&Unreadable> = runs.iter().flat_map(|run| &run.failures).collect();
    report_unreadable(failures);
    writeln!(out)?;
    table(&runs, out)?;
    writeln!(out)?;
    writeln!(out, "contact sheet: {}", sheet.display())?;
    out.flush()?;
    let broken: Vec<String> = runs
        .iter()
        .flat_map(broken_promises)
        .map(|promise| promise.to_string())
        .collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Failure::Run(broken.join("; ")))
    }
}

/// Makes `samples` photo-like files in a new temporary directory whose name begins with `prefix`.
///
/// # Errors
///
/// When a file cannot be written, or `stop` is set meanwhile.
pub fn make_photos(
    prefix: &str,
    samples: usize,
    megapixels: f64,
    stop: &AtomicBool,
) -> Result<ScratchDir, Failure> {
    let scratch = ScratchDir::new(prefix)?;
    let bar = progress("making images", samples);
    let indices: Vec<usize> = (0..samples).collect();
    let results = spread(&indices, processors(), stop, |&index| {
        let result = photo::write(scratch.path(), index, megapixels);
        bar.inc(1);
        result
    });
    bar.finish_and_clear();
    for result in results.ok_or(Failure::Interrupted)? {
        result.map_err(|error| {
            Failure::Run(format!(
                "cannot make an image in {}: {error}",
                scratch.path().display()
            ))
        })?;
    }
    Ok(scratch)
}

/// Every image of `dir` that can be decoded, within the budget; the others are reported.
fn readable_shots(
    dir: &Path,
    options: &Options,
    stop: &AtomicBool,
) -> Result<(Arc<Catalog>, Vec<Shot>), Failure> {
    let (catalog, mut unreadable) = list(dir)?;
    let bar = progress("first look", catalog.len());
    let looked = survey(&catalog, processors(), &bar, stop);
    bar.finish_and_clear();
    let (mut shots, broken) = looked.ok_or(Failure::Interrupted)?;
    unreadable.extend(broken);
    report_unreadable(&unreadable);
    if shots.is_empty() {
        return Err(Failure::Input(format!(
            "no readable PNG or JPEG file in {}",
            dir.display()
        )));
    }

    let mut total = 0;
    let affordable = shots.iter().take_while(|shot| {
        total += shot.bytes;
        total <= options.budget
    });
    let affordable = affordable.count().max(1);
    if affordable < shots.len() {
        let (all, budget) = (shots.len(), options.budget >> 20);
        eprintln!(
            "using the first {affordable} of {all} images, to keep to {budget} MiB (--budget)"
        );
        shots.truncate(affordable);
    }
    Ok((Arc::new(catalog), shots))
}

/// What there is in `dir`, as [`Catalog::scan`].
///
/// # Errors
///
/// When `dir` cannot be read, or there is nothing in it to name.
pub fn list(dir: &Path) -> Result<(Catalog, Vec<Unreadable>), Failure> {
    let (catalog, unreadable) = Catalog::scan(dir).map_err(|error| {
        Failure::Input(format!(
            "cannot read the directory {}: {error}",
            dir.display()
        ))
    })?;
    if catalog.is_empty() && unreadable.is_empty() {
        return Err(Failure::Input(format!(
            "no PNG or JPEG file in {}",
            dir.display()
        )));
    }
    Ok((catalog, unreadable))
}

/// Names what is left out, on standard error.
pub fn report_unreadable(unreadable: impl IntoIterator<Item = impl fmt::Display>) {
    for file in unreadable {
        eprintln!("skipped {file}");
    }
}

fn write_sheet(shots: &[Shot], wanted: Option<&Path>) -> Result<PathBuf, Failure> {
    let (path, file) = match wanted {
        Some(path) => (
            path.to_owned(),
            File::create(path).map_err(|error| cannot_write(path, error))?,
        ),
        None => lasting_file("image-cache-sheet", ".png")?,
    };
    if shots.len() > sheet::CAPACITY as usize {
        eprintln!(
            "the contact sheet shows the first {} images",
            sheet::CAPACITY
        );
    }
    sheet::write(shots, BufWriter::new(file)).map_err(|error| cannot_write(&path, error))?;
    Ok(path.canonicalize().unwrap_or(path))
}

fn cannot_write(path: &Path, error: impl fmt::Display) -> Failure {
    Failure::Run(format!(
        "cannot write the contact sheet {}: {error}",
        path.display()
    ))
}

fn progress(what: &str, steps: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix:14} [{bar:40}] {pos}/{len} {elapsed}")
        .expect("the template is well-formed")
        .progress_chars("=> ");
    ProgressBar::new(steps as u64)
        .with_style(style)
        .with_prefix(what.to_owned())
}
