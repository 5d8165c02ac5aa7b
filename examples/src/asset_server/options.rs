//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};

use crate::numbers::{count, in_range, number, real, value};

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the images are; without it they are made.
    pub dir: Option<PathBuf>,
    /// Whether to serve others instead of its own clients.
    pub serve: bool,
    /// The port to listen at; 0 for a free one.
    pub port: u16,
    /// Threads that answer requests.
    pub workers: usize,
    /// Threads that make requests.
    pub clients: usize,
    /// Requests in all.
    pub requests: usize,
    /// Zipf's exponent.
    pub skew: f64,
    /// The seed of the access pattern.
    pub seed: u64,
    /// How many images to make.
    pub samples: usize,
    /// How large to make them.
    pub megapixels: f64,
}

const ABOUT: &str =
    "Serves images over HTTP, decoding each once for all who ask for it at the same time";

const LONG_ABOUT: &str = "\
Serves images over HTTP, decoding each once for all who ask for it at the same time.

The PNG and JPEG files of DIR are served on 127.0.0.1. A decoded image is kept
in a shared WeakValueMap: concurrent requests for one image wait for one decode
and share its result, and the last response frees it.

Clients of its own ask for images for a moment, some far more often than
others; then a table says what that took, and the program ends. With --serve it
serves you instead, until it is interrupted: open the address that it prints in
a browser.

Without DIR, a set of photo-like files is made in a temporary directory and
removed afterwards.";

const AFTER_LONG_HELP: &str = "\
Paths:
  GET /                  a page for a browser: the images, and what was counted so far, as it changes
  GET /images            the names, as a JSON array
  GET /images/NAME       name, width, height and decoded bytes of an image, as a JSON object
  GET /thumbnails/NAME   a small copy of an image, as a PNG
  GET /stats             what was counted so far, as a JSON object

A name that is not plain ASCII is percent-encoded. There is 404 for an image that is not there, and 500 with the
reason for one that cannot be decoded.

The table:
  requests                            responses that clients of its own got
  refused requests                    those that were no image
  bytes received                      bytes of those responses, heads apart
  decodes                             files decoded
  redundant decodes                   decodes of an image while a decoded copy of it was alive
  failed decodes                      decodes that gave no image
  joined a decode under way           requests that waited for another one's decode
  found alive                         requests for an image that another one held
  most decoded images alive           greatest number of decoded images at one time
  peak decoded bytes held             most bytes of decoded pixels at one time
  alive after the last response       decoded images when every request was answered
  wall time                           how long it took

With --serve the first three rows are left out. The table goes to standard output, progress and problems go to
standard error.

Exit codes:
  0    done, or interrupted with --serve; files that cannot be served were named on standard error
  1    the run failed: the port is taken, an image could not be made, a request got no response, or the map broke its promise
  2    wrong usage, or DIR is missing, is unreadable, or holds no PNG or JPEG file
  130  interrupted without --serve; the made images are removed";

/// The whole command line.
pub fn command() -> Command {
    Command::new("asset-server")
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
        .arg(
            Arg::new("serve")
                .long("serve")
                .action(ArgAction::SetTrue)
                .help("Serve until interrupted, without clients of its own"),
        )
        .arg(
            number(
                "port",
                "PORT",
                "0",
                "Port of 127.0.0.1 to listen at; 0 for a free one",
            )
            .value_parser(value_parser!(u16)),
        )
        .arg(
            number("workers", "N", "8", "Threads that answer requests")
                .value_parser(in_range(1, 256)),
        )
        .arg(
            number("clients", "N", "8", "Threads that make requests")
                .value_parser(in_range(1, 256))
                .conflicts_with("serve"),
        )
        .arg(
            number("requests", "N", "200", "Requests to make")
                .value_parser(in_range(1, 10_000_000))
                .conflicts_with("serve"),
        )
        .arg(
            number(
                "skew",
                "S",
                "1.3",
                "Zipf exponent of the requests; 0 asks for all images equally often",
            )
            .value_parser(|text: &str| real(text, 0.0, 5.0))
            .conflicts_with("serve"),
        )
        .arg(
            number("seed", "N", "1", "Seed of the access pattern")
                .value_parser(value_parser!(u64))
                .conflicts_with("serve"),
        )
        .arg(
            number("samples", "N", "12", "Images to make when there is no DIR")
                .value_parser(in_range(1, 10_000))
                .conflicts_with("dir"),
        )
        .arg(
            number(
                "megapixels",
                "MP",
                "0.2",
                "Size of the images to make when there is no DIR",
            )
            .value_parser(|text: &str| real(text, 0.001, 50.0))
            .conflicts_with("dir"),
        )
}

impl Options {
    /// Takes the values out of what clap has parsed.
    pub fn from_matches(matches: &mut ArgMatches) -> Self {
        Self {
            workers: count(matches, "workers"),
            clients: count(matches, "clients"),
            requests: count(matches, "requests"),
            samples: count(matches, "samples"),
            serve: value(matches, "serve"),
            port: value(matches, "port"),
            skew: value(matches, "skew"),
            seed: value(matches, "seed"),
            megapixels: value(matches, "megapixels"),
            dir: matches.remove_one("dir"),
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
    fn clients_and_serving_exclude_each_other() {
        let serving = command().get_matches_from(["asset-server", "--serve", "--port=8080"]);
        let options = Options::from_matches(&mut serving.clone());
        assert_eq!(
            (options.serve, options.port, options.dir),
            (true, 8080, None)
        );
        for argument in ["--clients=2", "--requests=2", "--skew=1", "--seed=1"] {
            let parsed = command().try_get_matches_from(["asset-server", "--serve", argument]);
            assert!(parsed.is_err(), "{argument}");
        }
    }
}
