//! Reads the methods and the traits of the containers out of their source.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;

/// A type, by its name, of one of the two families.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Container {
    pub(super) is_shared: bool,
    name: &'static str,
}

impl Container {
    pub(super) const fn own(name: &'static str) -> Self {
        Self {
            is_shared: false,
            name,
        }
    }

    pub(super) const fn shared(name: &'static str) -> Self {
        Self {
            is_shared: true,
            name,
        }
    }
}

#[derive(Default)]
pub(super) struct Surface {
    pub(super) methods: BTreeSet<(String, Container)>,
    pub(super) traits: BTreeSet<(String, Container)>,
}

/// An `impl` block.
struct Block {
    is_shared: bool,
    /// What is implemented, with its generics; none in an inherent one.
    of: Option<String>,
    /// For what, with its generics.
    target: String,
    methods: Vec<String>,
}

impl Surface {
    pub(super) fn read(folder: &Path) -> Self {
        let mut blocks = Vec::new();
        read_folder(folder, false, &mut blocks);
        // What has a length of its own is a container.
        let mut names: BTreeMap<(bool, String), Container> = BTreeMap::new();
        for block in &blocks {
            if block.of.is_none() && block.methods.iter().any(|name| name == "len") {
                let (is_shared, name) = block.named();
                let container = Container {
                    is_shared,
                    name: for_good(&name),
                };
                names.entry((is_shared, name)).or_insert(container);
            }
        }
        let mut surface = Self::default();
        for block in blocks {
            let Some(&container) = names.get(&block.named()) else {
                continue;
            };
            match block.of.as_deref().map(|of| block.row(of)) {
                Some(name) => drop(surface.traits.insert((name, container))),
                None => surface
                    .methods
                    .extend(block.methods.into_iter().map(|name| (name, container))),
            }
        }
        surface
    }

    pub(super) fn containers(&self) -> impl Iterator<Item = Container> {
        let containers: BTreeSet<_> = self
            .methods
            .iter()
            .map(|(_, container)| *container)
            .collect();
        containers.into_iter()
    }
}

impl Block {
    /// The family and the bare name of the target.
    fn named(&self) -> (bool, String) {
        let bare = bare(&self.target);
        // A file of both families says which.
        let is_shared = self.is_shared || bare.starts_with("shared::") || bare == "Interner";
        (is_shared, last(bare).to_owned())
    }

    /// What the row of a trait is called.
    fn row(&self, of: &str) -> String {
        let name = last(bare(of));
        if name == "PartialEq"
            && ["<HashMap<", "<HashSet<", "<BTreeMap<"]
                .iter()
                .any(|std| of.contains(std))
        {
            return "PartialEq with std's".to_owned();
        }
        match (name, self.target.as_bytes()) {
            ("IntoIterator", [b'&', ..])
                if self.target.contains(" mut ") || self.target.starts_with("&mut ") =>
            {
                "IntoIterator of &mut".to_owned()
            }
            ("IntoIterator" | "Extend", [b'&', ..]) => format!("{name} of &"),
            _ => name.to_owned(),
        }
    }
}

/// Keeps a name where a leak sanitizer finds it.
fn for_good(name: &str) -> &'static str {
    static NAMES: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let name = &*Box::leak(Box::from(name));
    NAMES.lock().expect("nobody panics").push(name);
    name
}

fn read_folder(folder: &Path, is_shared: bool, blocks: &mut Vec<Block>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().expect("it has a name");
        let is_shared = is_shared || stem == "shared";
        if stem == "tests" {
            continue;
        }
        if path.is_dir() {
            read_folder(&path, is_shared, blocks);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = fs::read_to_string(&path).expect("it is text");
            read_blocks(&text, is_shared, blocks);
        }
    }
}

/// The blocks at the top of a file, whose heads end at the end of a line, and which end with a line of one brace.
fn read_blocks(text: &str, is_shared: bool, blocks: &mut Vec<Block>) {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("impl") {
            continue;
        }
        let mut head = line.to_owned();
        while !head.ends_with('{') && !head.ends_with("{}") {
            let more = lines.next().expect("the head of a block ends");
            head.push(' ');
            head.push_str(more.trim());
        }
        let body = lines.by_ref().take_while(|line| *line != "}");
        let is_empty = head.ends_with("{}");
        let methods = if is_empty {
            Vec::new()
        } else {
            body.filter_map(public_function).collect()
        };
        let (of, target) = parts(&head);
        blocks.push(Block {
            is_shared,
            of,
            target,
            methods,
        });
    }
}

/// The name after `pub fn`.
fn public_function(line: &str) -> Option<String> {
    let mut words = line.strip_prefix("    pub ")?;
    for qualifier in ["const ", "async "] {
        words = words.strip_prefix(qualifier).unwrap_or(words);
    }
    let name = words.strip_prefix("fn ")?;
    name.split(['(', '<']).next().map(str::to_owned)
}

/// Of `impl<…> Trait<…> for Type<…> where … {` the trait and the type.
fn parts(head: &str) -> (Option<String>, String) {
    let rest = head.strip_prefix("impl").expect("a block");
    let rest = if rest.starts_with('<') {
        &rest[end_of_generics(rest)..]
    } else {
        rest
    };
    let rest = rest.split(" where ").next().expect("there is a first");
    let rest = rest.trim_end_matches(['{', '}']).trim();
    match rest.split_once(" for ") {
        Some((of, target)) => (Some(of.to_owned()), target.to_owned()),
        None => (None, rest.to_owned()),
    }
}

/// Where the bracket is closed with which this begins.
fn end_of_generics(text: &str) -> usize {
    let mut depth = 0;
    let mut before = ' ';
    for (index, letter) in text.char_indices() {
        match letter {
            '<' => depth += 1,
            // Not that of an arrow.
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
        before = letter;
    }
    panic!("no end of {text}")
}

/// A path without its generics, reference and lifetime.
fn bare(path: &str) -> &str {
    let path = path.split('<').next().expect("there is a first");
    path.rsplit(['&', ' ']).next().expect("there is a last")
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().expect("there is a last")
}
