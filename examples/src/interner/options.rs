//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgMatches, Command, value_parser};

use crate::numbers::{count, in_range, number};

/// What the user asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the texts are.
    pub dir: PathBuf,
    /// How many threads read them.
    pub threads: usize,
}

const ABOUT: &str =
    "Interns every word of every text file of a directory, and forgets those that no text uses";

const LONG_ABOUT: &str = "\
Interns every word of every text file of a directory, and forgets those that no text uses.

Several threads read the files of DIR and of the directories in it. Each word
becomes a handle that one shared interner hands out: equal words are one object,
whichever thread came first. A table says how many bytes that takes off.

Then the texts are dropped one by one. A word is freed with the last text that
has it, so that in the end no word is left, although nobody told the interner.

Hidden files, links and directories with a CACHEDIR.TAG are left out. Without
DIR, the source files of this workspace are read.";

const AFTER_LONG_HELP: &str = "\
The first table:
  files                    text files read
  words                    words in them; a word is a run of letters, digits and underscores
  distinct words           different words among them
  bytes of all words       what their letters would take if each word had its own
  bytes of distinct words  what their letters take, each different word once
  time                     how long reading and interning took

The second table, while the texts are dropped:
  files left               texts not dropped yet
  words in them            words in those
  live words               words that the interner still has; what is expected is counted without it

The tables go to standard output, problems go to standard error.

Exit codes:
  0    done; files that could not be read or are not UTF-8 were named on standard error and skipped
  1    the run failed: the interner did not have exactly the words that the texts have
  2    wrong usage, or DIR is missing, is unreadable, or holds no readable text file
  130  interrupted";

/// The whole command line.
pub fn command() -> Command {
    Command::new("interner")
        .version(env!("CARGO_PKG_VERSION"))
        .about(ABOUT)
        .long_about(LONG_ABOUT)
        .after_long_help(AFTER_LONG_HELP)
        .arg(
            Arg::new("dir")
                .value_name("DIR")
                .value_parser(value_parser!(PathBuf))
                .help("Directory with text files [default: the source of this workspace]"),
        )
        .arg(
            number("threads", "N", "4", "Threads that read the files")
                .value_parser(in_range(1, 256)),
        )
}

impl Options {
    /// Takes the values out of what clap has parsed.
    pub fn from_matches(matches: &mut ArgMatches) -> Self {
        let workspace = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
        Self {
            dir: matches.remove_one("dir").unwrap_or_else(workspace),
            threads: count(matches, "threads"),
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
}
