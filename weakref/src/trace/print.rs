//! Holders as a table and as a graph.

use core::fmt;
use core::fmt::Write;

use super::{Holder, Holders, How, Watcher, What};
use crate::id::ShortName;

impl fmt::Display for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Made => "made",
            Self::Cloned => "cloned",
            Self::Upgraded => "upgraded",
            Self::Raw => "raw",
        })
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Callback => "callback",
            Self::Finalizer => "finalizer",
            Self::Entry => "entry",
        })
    }
}

impl fmt::Display for Holder {
    /// A row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  {:<9} {}", self.count(), self.how(), self.place())
    }
}

impl fmt::Display for Watcher {
    /// A row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  {:<9} ", self.count(), self.what())?;
        match self.place() {
            Some(place) => write!(f, "{place}"),
            None => f.write_str("of a container"),
        }
    }
}

impl fmt::Display for Holders {
    /// A table: a line about the object, then one for each place, with the number of handles that were made there.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_name(f)?;
        if !self.is_alive() {
            return f.write_str(" is dead");
        }
        if let Some((_, place)) = self.born {
            write!(f, ", made at {place},")?;
        }
        write!(f, " is held by {}:", count(self.strong, "handle"))?;
        for holder in &self.handles {
            write!(f, "\n{holder}")?;
        }
        if self.unrecorded() > 0 {
            write!(f, "\n{:>5}  not on record", self.unrecorded())?;
        }
        if !self.watchers.is_empty() {
            f.write_str("\nand watched by:")?;
        }
        for watcher in &self.watchers {
            write!(f, "\n{watcher}")?;
        }
        for holder in &self.handles {
            if let Some(backtrace) = holder.backtrace() {
                write!(f, "\n{} at {}:\n{backtrace}", holder.how(), holder.place())?;
            }
        }
        Ok(())
    }
}

impl Holders {
    /// The same as a graph, in the language DOT of Graphviz: an arrow from each place to the object, dashed from those
    /// of callbacks, finalizers and containers, which do not hold it.
    ///
    /// ```
    /// use weakref::{Object, Strong};
    ///
    /// let document = Strong::new(Object("document"));
    /// let graph = Strong::holders(&document).graphviz();
    /// assert!(graph.starts_with("digraph holders {"));
    /// assert!(graph.contains("-> object [label=\"made\"]"));
    /// ```
    pub fn graphviz(&self) -> String {
        let mut graph = String::from("digraph holders {\n    rankdir=LR;\n    node [shape=box];\n");
        let mut object = String::new();
        // Writing to a `String` does not fail.
        let _ = self.write_name(&mut object);
        if let Some((_, place)) = self.born {
            let _ = write!(object, "\nmade at {place}");
        }
        let _ = writeln!(graph, "    object [label={}, style=bold];", quote(&object));
        for (at, holder) in self.handles.iter().enumerate() {
            let place = quote(&holder.place().to_string());
            let label = times(&holder.how().to_string(), holder.count());
            let _ = writeln!(graph, "    held{at} [label={place}];");
            let _ = writeln!(graph, "    held{at} -> object [label={label}];");
        }
        if self.unrecorded() > 0 {
            let label = times("not on record", self.unrecorded());
            let _ = writeln!(graph, "    unknown -> object [label={label}];");
        }
        for (at, watcher) in self.watchers.iter().enumerate() {
            let place = match watcher.place() {
                Some(place) => quote(&place.to_string()),
                None => quote("of a container"),
            };
            let label = times(&watcher.what().to_string(), watcher.count());
            let _ = writeln!(graph, "    watch{at} [label={place}, style=dashed];");
            let _ = writeln!(
                graph,
                "    watch{at} -> object [label={label}, style=dashed];"
            );
        }
        graph.push_str("}\n");
        graph
    }

    fn write_name(&self, f: &mut impl Write) -> fmt::Result {
        write!(f, "{}", ShortName(self.type_name))?;
        match self.born {
            Some((number, _)) => write!(f, " #{number}"),
            None => Ok(()),
        }
    }
}

/// `1 handle`, `2 handles`.
pub(super) fn count(number: usize, name: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {name}{plural}")
}

/// A label: `"cloned"`, `"cloned ×2"`.
fn times(name: &str, number: usize) -> String {
    if number == 1 {
        quote(name)
    } else {
        quote(&format!("{name} ×{number}"))
    }
}

/// A quoted string of DOT: paths of Windows have backslashes.
fn quote(text: &str) -> String {
    let text = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{text}\"")
}
