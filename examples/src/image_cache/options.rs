//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::numbers::{count, in_range, number, real, value};

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the images are; without it they are made.
    pub dir: Option<PathBuf>,
    /// Worker threads.
    pub workers: usize,
    /// Requests in all, the same in every run.
    pub requests: usize,
    /// How many further requests of its worker a viewer stays for, on average.
    pub hold: usize,
    /// Zipf's exponent.
    pub skew: f64,
    /// The seed of the access pattern.
    pub seed: u64,
    /// How many images to make.
    pub samples: usize,
    /// How large to make them.
    pub megapixels: f64,
    /// How many decoded bytes the strong cache may come to hold.
    pub budget: u64,
    /// Where the contact sheet goes.
    pub sheet: Option<PathBuf>,
}

const ABOUT: &str =
    "Decodes images for viewers that come and go, with a strong cache, a weak one and none";

const LONG_ABOUT: &str = "\
Decodes images for viewers that come and go, with a strong cache, a weak one and none.

Worker threads ask for the PNG and JPEG files of DIR by name, some names far
more often than others, and hold each image for a while. The same requests are
made three times: with decoded images in a HashMap, which keeps them all; in a
WeakValueMap, which keeps those that someone is looking at; and with no cache
at all. A table compares the three.

Without DIR, a set of photo-like files is made in a temporary directory and
removed afterwards.";

const AFTER_LONG_HELP: &str = "\
The table:
  requests                          images asked for; the same requests in the same order for every cache
  decodes                           files decoded for them
  redundant decodes                 decodes of an image while a decoded copy of it was alive
  joined a decode under way         requests that waited for another viewer's decode instead of their own
  failed requests                   requests that got no image, because the file has changed or gone meanwhile
  hit rate                          share of the requests that needed no decode of their own
  hit rate of the favourite image   the same for the image that was asked for most
  peak decoded bytes held           most bytes of decoded pixels that existed at one time
  peak bytes viewers held           most of them that belonged to images someone was looking at
  peak bytes held for nobody        most of them that belonged to images no one was looking at
  bytes held after the last viewer  bytes of decoded pixels when everyone had left and the cache was still there
  wall time                         how long it took

The table goes to standard output, progress and problems go to standard error.

Exit codes:
  0    done; files that could not be read were named on standard error and skipped
  1    the run failed: the contact sheet or the made images could not be written, or a cache broke its promise
  2    wrong usage, or DIR is missing, is unreadable, or holds no readable PNG or JPEG file
  130  interrupted; the made images are removed";

/// The whole command line.
pub fn command() -> Command {
    Command::new("image-cache")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_long_help(AFTER_LONG_HELP)
        .arg(
            Arg::new("dir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Directory with PNG and JPEG files; made and removed if left out"),
        )
        .arg(number("workers", "N", "4", "Worker threads that ask for images").value_parser(in_range(1, 256)))
        .arg(number("requests", "N", "720", "Requests to make with each cache").value_parser(in_range(1, 10_000_000)))
        .arg(
            number("hold", "N", "4", "How many further requests of its worker a viewer stays for, on average")
                .value_parser(in_range(1, 10_000)),
        )
        .arg(
            number("skew", "S", "1.3", "Zipf exponent of the requests; 0 asks for all images equally often")
                .value_parser(|text: &str| real(text, 0.0, 5.0)),
        )
        .arg(number("seed", "N", "1", "Seed of the access pattern").value_parser(value_parser!(u64)))
        .arg(
            number("samples", "N", "32", "Images to make when there is no DIR")
                .value_parser(in_range(1, 10_000))
                .conflicts_with("dir"),
        )
        .arg(
            number("megapixels", "MP", "2", "Size of the images to make when there is no DIR")
                .value_parser(|text: &str| real(text, 0.001, 50.0))
                .conflicts_with("dir"),
        )
        .arg(
            number("budget", "MIB", "2048", "Leave out images, last names first, that would take the strong cache past this")
                .value_parser(in_range(1, 1 << 20)),
        )
        .arg(
            Arg::new("sheet")
                .long("sheet")
                .value_name("PATH")
                .value_parser(value_parser!(PathBuf))
                .help("Where to write the contact sheet, a PNG [default: a new file in the temporary directory]"),
        )
}

impl Options {
    /// Takes the values out of what clap has parsed.
    pub fn from_matches(matches: &mut ArgMatches) -> Self {
        Self {
            workers: count(matches, "workers"),
            requests: count(matches, "requests"),
            hold: count(matches, "hold"),
            samples: count(matches, "samples"),
            skew: value(matches, "skew"),
            seed: value(matches, "seed"),
            megapixels: value(matches, "megapixels"),
            budget: value::<u64>(matches, "budget") << 20,
            dir: matches.remove_one("dir"),
            sheet: matches.remove_one("sheet"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn defaults() {
        let options = Options::from_matches(&mut command().get_matches_from(["image-cache"]));
        assert_eq!(
            (options.workers, options.requests, options.budget),
            (4, 720, 2 << 30)
        );
        assert_eq!((options.dir, options.sheet), (None, None));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for arguments in [
            ["--workers", "0"],
            ["--skew", "-1"],
            ["--skew", "NaN"],
            ["--megapixels", "1e9"],
        ] {
            let parsed = command().try_get_matches_from(["image-cache", &arguments.join("=")]);
            assert!(parsed.is_err(), "{arguments:?}");
        }
    }
}
