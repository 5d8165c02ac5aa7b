//! Holders as a table and as a graph.

use core::fmt;
use core::fmt::Write;
use std::collections::BTreeSet;

use super::hidden::Hidden;
use super::owners::{Edge, Graph, Object, Owner};
use super::{Holder, Holders, How, Watcher, What, Why};
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

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Type => "of a type that is not known",
            Self::Busy => "in use",
            Self::Elsewhere => "of another thread",
            Self::Shared => "of what threads share",
            Self::Deep => "too deep",
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

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} #{}", ShortName(self.type_name), self.number)
    }
}

impl fmt::Display for Owner {
    /// A row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  {} .{}", self.count(), self.object, self.field())?;
        if self.is_in_cycle() {
            f.write_str(", in a cycle")?;
        }
        Ok(())
    }
}

impl Graph {
    /// `Node #1 .next -> Node #3 .next -> Node #1`
    fn write_cycle(&self, f: &mut impl Write, cycle: &[&Edge]) -> fmt::Result {
        for edge in cycle {
            write!(f, "{} .{} -> ", self.objects[edge.owner], edge.field)?;
        }
        match cycle {
            [first, ..] => write!(f, "{}", self.objects[first.owner]),
            [] => Ok(()),
        }
    }
}

/// How many rows there are of what was not looked into.
const MOST: usize = 20;

impl fmt::Display for Hidden {
    /// A row of the table.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  ", self.count())?;
        match self.objects[..] {
            [object] => write!(f, "{object}")?,
            _ => write!(f, "{}", ShortName(self.type_name()))?,
        }
        if let Some(field) = self.field() {
            write!(f, " .{field}: {}", ShortName(self.place.type_name))?;
        }
        match self.why() {
            Why::Type => Ok(()),
            why => write!(f, ", {why}"),
        }
    }
}

fn write_hidden(f: &mut impl Write, hidden: &[Hidden]) -> fmt::Result {
    if hidden.is_empty() {
        return Ok(());
    }
    f.write_str("\nmay be owned in what is not looked into:")?;
    for hidden in hidden.iter().take(MOST) {
        write!(f, "\n{hidden}")?;
    }
    match hidden.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => write!(f, "\n       and {more} more"),
    }
}

/// The report at exit: each object with its table, and once for all what was not looked into.
pub(super) fn all(alive: &[Holders]) -> String {
    let mut report = format!("weakref: alive at exit: {}", count(alive.len(), "object"));
    // Writing to a `String` does not fail.
    for holders in alive {
        report.push('\n');
        let _ = holders.write_table(&mut report, &[]);
    }
    let mut lost = alive.iter().filter(|holders| !holders.is_found());
    if let Some((graph, _)) = lost.find_map(|holders| holders.around.as_ref()) {
        let _ = write_hidden(&mut report, &graph.hidden(None));
    }
    report.push('\n');
    report
}

impl fmt::Display for Holders {
    /// A table: a line about the object, then one for each place, with the number of handles that were made there; the
    /// objects in which they are, and the cycles; and, if there are handles that were found in none, the first twenty of the
    /// fields in which they [may be](Self::hidden).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_table(f, &self.hidden())
    }
}

impl Holders {
    fn write_table(&self, f: &mut impl Write, hidden: &[Hidden]) -> fmt::Result {
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
        if !self.owners.is_empty() {
            f.write_str("\nowned by:")?;
        }
        for owner in &self.owners {
            write!(f, "\n{owner}")?;
        }
        if let Some((graph, at)) = &self.around {
            for cycle in graph.cycles(*at) {
                f.write_str("\ncycle: ")?;
                graph.write_cycle(f, &cycle)?;
            }
        }
        write_hidden(f, hidden)?;
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

    /// The same as a graph, in the language DOT of Graphviz: an arrow to the object from each object that owns it, and
    /// from each place whose handles were found in none; dashed from those of callbacks, finalizers and containers, which
    /// do not hold it. Those that own the owners are in it too. What is in a cycle is red. If handles were found in no object, a dotted
    /// arrow leads to each field of these objects that was not looked into; those of others are in the table only.
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
        // Writing to a `String` does not fail.
        let _ = self.write_graph(&mut graph);
        graph.push_str("}\n");
        graph
    }

    fn write_graph(&self, f: &mut String) -> fmt::Result {
        let mut object = String::new();
        self.write_name(&mut object)?;
        if let Some((_, place)) = self.born {
            write!(object, "\nmade at {place}")?;
        }
        writeln!(f, "    object [label={}, style=bold];", quote(&object))?;
        for (at, holder) in self.handles.iter().enumerate() {
            let owned = self.owned(holder);
            if owned == holder.count() {
                continue;
            }
            let place = quote(&holder.place().to_string());
            let label = times(&holder.how().to_string(), holder.count() - owned);
            writeln!(f, "    held{at} [label={place}];")?;
            writeln!(f, "    held{at} -> object [label={label}];")?;
        }
        if self.unrecorded() > 0 {
            let label = times("not on record", self.unrecorded());
            writeln!(f, "    unknown -> object [label={label}];")?;
        }
        if let Some((around, at)) = &self.around {
            self.write_owners(f, around, *at)?;
        }
        for (at, watcher) in self.watchers.iter().enumerate() {
            let place = match watcher.place() {
                Some(place) => quote(&place.to_string()),
                None => quote("of a container"),
            };
            let label = times(&watcher.what().to_string(), watcher.count());
            writeln!(f, "    watch{at} [label={place}, style=dashed];")?;
            writeln!(f, "    watch{at} -> object [label={label}, style=dashed];")?;
        }
        Ok(())
    }

    fn write_owners(&self, f: &mut String, graph: &Graph, object: usize) -> fmt::Result {
        let above = graph.above(object);
        for &at in above.iter().filter(|at| **at != object) {
            let owner = &graph.objects[at];
            let label = quote(&format!("{owner}\nmade at {}", owner.born));
            writeln!(
                f,
                "    {} [label={label}, style=rounded];",
                node(graph, at, object)
            )?;
        }
        let is_above: BTreeSet<usize> = above.into_iter().collect();
        for edge in &graph.edges {
            if !is_above.contains(&edge.owner) || !is_above.contains(&edge.owned) {
                continue;
            }
            let label = times(&format!(".{}", edge.field), edge.count());
            let style = if graph.is_in_cycle(edge) {
                ", color=red, fontcolor=red"
            } else {
                ""
            };
            let [from, to] = [edge.owner, edge.owned].map(|at| node(graph, at, object));
            writeln!(f, "    {from} -> {to} [label={label}{style}];")?;
        }
        if self.is_found() {
            return Ok(());
        }
        let hidden = graph.places.iter();
        let drawn = hidden.filter(|place| is_above.contains(&place.object));
        for (at, place) in drawn.enumerate() {
            let what = format!("{}\nnot looked into", ShortName(place.type_name));
            let (what, name) = (what.trim_start(), node(graph, place.object, object));
            writeln!(f, "    hidden{at} [label={}, style=dotted];", quote(what))?;
            let mut field = String::from(place.field);
            if !field.is_empty() {
                field.insert(0, '.');
            }
            let field = quote(&field);
            writeln!(f, "    {name} -> hidden{at} [label={field}, style=dotted];")?;
        }
        Ok(())
    }

    /// How many of the handles are in objects.
    fn owned(&self, holder: &Holder) -> usize {
        let owned = self.handles_in_objects();
        owned.intersection(&holder.handles).count()
    }

    fn write_name(&self, f: &mut impl Write) -> fmt::Result {
        write!(f, "{}", ShortName(self.type_name))?;
        match self.born {
            Some((number, _)) => write!(f, " #{number}"),
            None => Ok(()),
        }
    }
}

/// The name of an object's node.
fn node(graph: &Graph, at: usize, object: usize) -> String {
    if at == object {
        String::from("object")
    } else {
        format!("owner{}", graph.objects[at].number)
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
