//! Which method and trait which container has: the guide's tables are made of the containers' source, as
//! rustfmt lays it out, and say of every gap why it is one. `UPDATE_EXPECT=1` writes them anew.

mod rows;
mod source;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use expect_test::expect_file;

use self::rows::{Group, HIDDEN, METHODS, TRAITS};
use self::source::{Container, Surface};

/// A container, and how it is called at the head of its column.
const COLUMNS: [(Container, &str, &str); 11] = [
    (Container::own("WeakValueMap"), "values", "WeakValueMap"),
    (
        Container::own("WeakValueBTreeMap"),
        "ordered",
        "WeakValueBTreeMap",
    ),
    (Container::own("KeyMap"), "keys", "WeakKeyMap"),
    (Container::own("PairMap"), "pairs", "WeakPairMap"),
    (Container::own("Set"), "set", "WeakSet"),
    (Container::own("WeakList"), "list", "WeakList"),
    (Container::shared("WeakValueMap"), "values", "WeakValueMap"),
    (Container::shared("KeyMap"), "keys", "WeakKeyMap"),
    (Container::shared("PairMap"), "pairs", "WeakPairMap"),
    (Container::shared("Set"), "set", "WeakSet"),
    (Container::shared("Interner"), "interner", "Interner"),
];

#[test]
fn names_every_method_and_trait_of_every_container_and_the_reason_of_every_gap() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().expect("the tests are in a folder");
    let surface = Surface::read(&root.join("weakref-containers/src"));

    let columns = COLUMNS.map(|(container, ..)| container);
    let unknown: Vec<_> = surface
        .containers()
        .filter(|container| !columns.contains(container))
        .collect();
    assert_eq!(unknown, [], "containers without a column");

    let mut mistakes = Vec::new();
    check("method", METHODS, &surface.methods, &mut mistakes);
    check("trait", TRAITS, &surface.traits, &mut mistakes);
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));

    let path = root.join("weakref-containers/src/guide/methods.md");
    expect_file![path].assert_eq(&page(&surface));
}

fn check(
    kind: &str,
    groups: &[Group],
    found: &BTreeSet<(String, Container)>,
    mistakes: &mut Vec<String>,
) {
    let mut listed = BTreeSet::new();
    for &(name, why) in groups.iter().flat_map(|group| group.rows) {
        if !listed.insert(name) {
            mistakes.push(format!("the {kind} {name} is listed twice"));
        }
        let count = found.iter().filter(|(found, _)| found == name).count();
        let is_everywhere = count == COLUMNS.len();
        if count == 0 {
            mistakes.push(format!("no container has the {kind} {name}"));
        } else if is_everywhere != why.is_empty() {
            mistakes.push(format!(
                "{count} containers have the {kind} {name}: why not the others? {why:?}"
            ));
        }
    }
    for (name, container) in found {
        if !listed.contains(name.as_str()) && !HIDDEN.contains(&name.as_str()) {
            mistakes.push(format!("{container:?}: the {kind} {name} is in no group"));
        }
    }
}

fn page(surface: &Surface) -> String {
    let mut page = String::from(include_str!("table/head.md"));
    for group in METHODS {
        table(group, &surface.methods, &mut page, |name, column| {
            let (container, _, alias) = COLUMNS[column];
            let module = if container.is_shared { "shared::" } else { "" };
            format!("[●](crate::{module}{alias}::{name})")
        });
    }
    page.push_str("\n# Traits\n");
    for group in TRAITS {
        table(group, &surface.traits, &mut page, |_, _| "●".to_owned());
    }
    page
}

fn table(
    group: &Group,
    found: &BTreeSet<(String, Container)>,
    page: &mut String,
    link: impl Fn(&str, usize) -> String,
) {
    write!(page, "\n## {}\n\n|", group.title).expect("a string takes it");
    for (container, head, _) in COLUMNS {
        let of = if container.is_shared { "shared " } else { "" };
        write!(page, " | {of}{head}").expect("a string takes it");
    }
    writeln!(page, " | |\n|---{}|---|", "|:-:".repeat(COLUMNS.len())).expect("a string takes it");
    for (name, why) in group.rows {
        write!(page, "| `{name}`").expect("a string takes it");
        for (column, (container, ..)) in COLUMNS.into_iter().enumerate() {
            let has = found.contains(&((*name).to_owned(), container));
            let cell = match (has, group.is_linked) {
                (true, true) => link(name, column),
                (true, false) => "●".to_owned(),
                (false, _) => String::new(),
            };
            write!(page, " | {cell}").expect("a string takes it");
        }
        writeln!(page, " | {why} |").expect("a string takes it");
    }
}
