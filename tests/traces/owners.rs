//! Which objects own which, and the cycles among them.

use std::sync::{Arc, Mutex, OnceLock};

use weakref::trace::Holders;
use weakref::{Strong, WeakRef, WeakReferenceable};

use super::{Leaf, assert_table, fields, hidden_of, normalized};

#[derive(WeakReferenceable, Default)]
pub(super) struct Page {
    pub(super) next: Mutex<Option<Strong<Page>>>,
}

/// Pages of which each owns the next, and the last the first.
fn ring(pages: usize) -> Vec<WeakRef<Page>> {
    let pages: Vec<_> = (0..pages).map(|_| Strong::new(Page::default())).collect();
    for (at, page) in pages.iter().enumerate() {
        let next = pages[(at + 1) % pages.len()].clone();
        *page.next.lock().unwrap() = Some(next);
    }
    pages.iter().map(Strong::downgrade).collect()
}

fn cut(ring: &[WeakRef<Page>]) {
    let next = ring[0].with(|page| page.next.lock().unwrap().take());
    drop(next);
    assert!(ring.iter().all(|page| !page.is_alive()));
}

const MADE: &str =
    "‹let pages: Vec<_> = (0..pages).map(|_| Strong::new(Page::default())).collect();›";
const CLONED: &str = "‹let next = pages[(at + 1) % pages.len()].clone();›";

#[test]
fn a_cycle_of_two_is_marked() {
    let ring = ring(2);
    let holders = ring[0].holders();
    assert_table(
        &holders,
        &[
            &format!("Page #, made at {MADE}, is held by 1 handle:"),
            &format!("    1  cloned    {CLONED}"),
            "owned by:",
            "    1  Page # .next, in a cycle",
            "cycle: Page # .next -> Page # .next -> Page #",
        ],
    );
    assert_eq!(holders.cycles(), [[ring[0].id(), ring[1].id()]]);
    assert!(holders.owners()[0].is_in_cycle());
    assert_table(
        &graph(&holders),
        &[
            "digraph holders {",
            "    rankdir=LR;",
            "    node [shape=box];",
            "    object [label=\"Page\", style=bold];",
            "    owner1 [label=\"Page\", style=rounded];",
            "    object -> owner1 [label=\".next\", color=red, fontcolor=red];",
            "    owner1 -> object [label=\".next\", color=red, fontcolor=red];",
            "}",
        ],
    );
    cut(&ring);
}

#[test]
fn a_cycle_of_three_is_marked() {
    let ring = ring(3);
    let holders = ring[1].holders();
    let text = normalized(&holders.to_string());
    assert!(
        text.ends_with(
            "owned by:\n    1  Page # .next, in a cycle\n\
             cycle: Page # .next -> Page # .next -> Page # .next -> Page #"
        ),
        "{text}"
    );
    assert_eq!(
        holders.cycles(),
        [[ring[1].id(), ring[2].id(), ring[0].id()]]
    );
    let graph = graph(&holders);
    assert_eq!(graph.matches("color=red, fontcolor=red").count(), 3);
    cut(&ring);
}

#[test]
fn an_object_that_owns_itself_is_in_a_cycle() {
    let ring = ring(1);
    assert_eq!(ring[0].holders().cycles(), [[ring[0].id()]]);
    let text = normalized(&ring[0].holders().to_string());
    assert!(text.ends_with("cycle: Page # .next -> Page #"), "{text}");
    cut(&ring);
}

#[derive(WeakReferenceable)]
struct Book {
    page: Mutex<Option<Strong<Page>>>,
}

#[derive(WeakReferenceable, Default)]
struct Shelf {
    next: Mutex<Vec<Strong<Shelf>>>,
    page: OnceLock<Strong<Page>>,
}

/// Whoever owns this object is in a cycle, and it is not.
#[test]
fn a_cycle_of_owners_is_told_of_what_they_own() {
    let last = Strong::new(Page::default());
    let book = Strong::new(Book {
        page: Mutex::new(Some(last.clone())),
    });
    assert_eq!(fields(&Strong::holders(&last)), [("page", 1)]);
    assert!(Strong::holders(&last).cycles().is_empty());
    book.page.lock().unwrap().take();
    assert!(Strong::holders(&last).owners().is_empty());

    let shelves = [Strong::new(Shelf::default()), Strong::new(Shelf::default())];
    shelves[0].next.lock().unwrap().push(shelves[1].clone());
    shelves[1].next.lock().unwrap().push(shelves[0].clone());
    shelves[1].page.set(last.clone()).ok().expect("empty");
    let holders = Strong::holders(&last);
    assert!(!holders.owners()[0].is_in_cycle());
    assert_eq!(
        holders.cycles(),
        [[Strong::id(&shelves[1]), Strong::id(&shelves[0])]]
    );
    shelves[0].next.lock().unwrap().clear();
}

/// The graph with short names: without places, and the owners numbered as they come.
fn graph(holders: &Holders) -> String {
    let mut short = String::new();
    let mut known: Vec<&str> = Vec::new();
    let graph = holders.graphviz();
    for line in graph.lines() {
        let mut words = Vec::new();
        for word in line.split(' ') {
            let number = word
                .strip_prefix("owner")
                .filter(|number| !number.is_empty());
            let Some(number) = number.filter(|number| number.bytes().all(|b| b.is_ascii_digit()))
            else {
                words.push(word.to_owned());
                continue;
            };
            if !known.contains(&number) {
                known.push(number);
            }
            let at = known.iter().position(|known| *known == number);
            words.push(format!("owner{}", at.expect("pushed") + 1));
        }
        let line = words.join(" ");
        let named = line.split_once(" #").and_then(|(name, rest)| {
            let (_, style) = rest.split_once('"')?;
            Some(format!("{name}\"{style}"))
        });
        short.push_str(&named.unwrap_or(line));
        short.push('\n');
    }
    short
}

#[derive(WeakReferenceable)]
struct Sharing(Arc<Strong<Leaf>>);

#[test]
fn a_handle_that_two_own_is_counted_once() {
    let leaf = Strong::new(Leaf);
    let shared = Arc::new(leaf.clone());
    let owners = [Arc::clone(&shared), shared].map(|shared| Strong::new(Sharing(shared)));
    let holders = Strong::holders(&leaf);
    assert_eq!(fields(&holders), [("0", 1), ("0", 1)]);
    let graph = holders.graphviz();
    assert!(graph.contains("label=\"made\""), "{graph}");
    assert!(!graph.contains("label=\"cloned"), "{graph}");

    // One handle was found in two, and one not at all: it may be in the field.
    let hiding = Strong::new(Hiding(Box::new(Mutex::new(None))));
    let shared = Arc::new(hiding.clone());
    let owners_of_hiding =
        [Arc::clone(&shared), shared].map(|shared| Strong::new(SharingHiding(shared)));
    let row = "    1  Hiding # .0: Box<dyn Hides>";
    assert_eq!(hidden_of(&Strong::holders(&hiding), "Hiding"), [row]);
    assert!(owners_of_hiding[0].0.0.is_hidden());
    assert_eq!(Strong::id(&owners[0].0), Strong::id(&leaf));
}

trait Hides: Send + Sync {
    fn is_hidden(&self) -> bool {
        true
    }
}

impl Hides for Mutex<Option<Strong<Hiding>>> {}

#[derive(WeakReferenceable)]
struct Hiding(Box<dyn Hides>);

#[derive(WeakReferenceable)]
struct SharingHiding(Arc<Strong<Hiding>>);
