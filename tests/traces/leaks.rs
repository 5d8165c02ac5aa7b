//! Three leaks as they happen, and what the table says of each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use weakref::{Strong, WeakRef, WeakReferenceable, assert_dies, finalize_with};
use weakref_containers::WeakValueMap;

use super::assert_table;

/// What `assert_dies!` panics with.
fn message(dies: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(dies)).expect_err("it is alive");
    *payload.downcast::<String>().expect("a message")
}

#[derive(WeakReferenceable, Default)]
#[weakref(local)]
struct Button {
    on_click: RefCell<Option<Box<dyn Fn() -> usize>>>,
    label: String,
}

#[test]
fn a_closure_that_captured_its_owner() {
    let button = Strong::new(Button::default());
    let captured = button.clone();
    *button.on_click.borrow_mut() = Some(Box::new(move || captured.label.len()));
    assert_eq!(
        button.on_click.borrow().as_ref().map(|click| click()),
        Some(0)
    );

    let weak = Strong::downgrade(&button);
    let message = message(|| assert_dies!(button));
    assert_table(
        &message,
        &[
            "`button` was not the last handle of its object",
            "Button #, made at ‹let button = Strong::new(Button::default());›, is held by 1 handle:",
            "    1  cloned    ‹let captured = button.clone();›",
            "may be owned in what is not looked into:",
            "    1  Button # .on_click: RefCell<Option<Box<dyn Fn() -> usize>>>",
        ],
    );
    weak.with(|button| button.on_click.take()).expect("alive");
    assert!(!weak.is_alive());
}

#[derive(WeakReferenceable)]
struct Node {
    name: &'static str,
    parent: Mutex<Option<Strong<Node>>>,
    children: Mutex<Vec<Strong<Node>>>,
}

impl Node {
    fn new(name: &'static str) -> Strong<Self> {
        Strong::new(Self {
            name,
            parent: Mutex::default(),
            children: Mutex::default(),
        })
    }

    fn adopt(this: &Strong<Self>, child: Strong<Self>) {
        *child.parent.lock().unwrap() = Some(Strong::clone(this));
        this.children.lock().unwrap().push(child);
    }
}

#[test]
fn a_parent_that_its_children_hold() {
    let root = Node::new("root");
    for name in ["left", "right"] {
        Node::adopt(&root, Node::new(name));
    }
    let upgraded = Strong::downgrade(&root).upgrade();
    let weak = Strong::downgrade(&root);
    let message = message(|| assert_dies!(root));
    assert_table(
        &message,
        &[
            "`root` was not the last handle of its object",
            "Node #, made at ‹Strong::new(Self {›, is held by 3 handles:",
            "    1  upgraded  ‹let upgraded = Strong::downgrade(&root).upgrade();›",
            "    2  cloned    ‹*child.parent.lock().unwrap() = Some(Strong::clone(this));›",
            "owned by:",
            "    1  Node # .parent, in a cycle",
            "    1  Node # .parent, in a cycle",
            "cycle: Node # .children -> Node # .parent -> Node #",
            "cycle: Node # .children -> Node # .parent -> Node #",
        ],
    );
    drop(upgraded);

    let alive = weakref::live::<Node>();
    assert_eq!(alive.len(), 3);
    assert_eq!(alive[2].id(), weak.id());
    assert_table(
        &alive[0],
        &[
            "Node #, made at ‹Strong::new(Self {›, is held by 1 handle:",
            "    1  made      ‹Strong::new(Self {›",
            "owned by:",
            "    1  Node # .children, in a cycle",
            "cycle: Node # .parent -> Node # .children -> Node #",
        ],
    );
    weak.with(|root| {
        for child in root.children.lock().unwrap().drain(..) {
            assert!(["left", "right"].contains(&child.name));
            child.parent.lock().unwrap().take();
        }
    });
    assert!(!weak.is_alive());
    assert!(weakref::live::<Node>().is_empty());
}

#[derive(WeakReferenceable)]
struct Image(u32);

/// A cache that should have held its values weakly.
#[derive(Default)]
struct Cache(HashMap<u32, Strong<Image>>);

impl Cache {
    fn get(&mut self, key: u32) -> Strong<Image> {
        let owned = self.0.entry(key);
        let owned = owned.or_insert_with(|| Strong::new(Image(key)));
        owned.clone()
    }
}

#[test]
fn a_cache_that_owns() {
    let mut cache = Cache::default();
    let mut index = WeakValueMap::new();
    let first = cache.get(7);
    let second = cache.get(7);
    index.insert("seven", &first);
    WeakRef::with_callback(&first, |_| ()).forget();
    let _finalizer = finalize_with(&first, drop, 3);
    assert_eq!(first.0, 7);
    drop(second);

    let holders = Strong::holders(&first);
    assert_table(
        &holders,
        &[
            "Image #, made at ‹let owned = owned.or_insert_with(|| Strong::new(Image(key)));›, is held by 2 handles:",
            "    1  cloned    ‹owned.clone()›",
            "    1  made      ‹let owned = owned.or_insert_with(|| Strong::new(Image(key)));›",
            "and watched by:",
            "    1  finalizer ‹let _finalizer = finalize_with(&first, drop, 3);›",
            "    1  callback  ‹WeakRef::with_callback(&first, |_| ()).forget();›",
            "    1  entry     of a container",
        ],
    );
    let graph = holders.graphviz();
    let lines: Vec<&str> = graph.lines().map(str::trim).collect();
    let begins = |start: &str, end: &str| {
        lines
            .iter()
            .filter(|line| line.starts_with(start) && line.ends_with(end))
            .count()
    };
    assert_eq!(lines.len(), 15, "{graph}");
    assert_eq!(begins("object [label=\"Image #", "\", style=bold];"), 1);
    assert_eq!(begins("held0 -> object [label=\"cloned\"]", ";"), 1);
    assert_eq!(begins("held1 -> object [label=\"made\"]", ";"), 1);
    assert_eq!(
        begins("watch2 -> object [label=\"entry\", style=dashed]", ";"),
        1
    );

    let message = message(|| assert_dies!(first));
    assert!(message.contains("is held by 1 handle:"), "{message}");
    assert!(message.contains("    1  made "), "{message}");
    let gone = weakref::live::<Image>();
    drop(cache);
    assert_eq!((gone.len(), weakref::live::<Image>().len()), (1, 0));
    assert!(index.is_empty());
}

/// The same cache, as an object.
#[derive(WeakReferenceable, Default)]
struct Library {
    images: Mutex<HashMap<u32, Strong<Picture>>>,
}

#[derive(WeakReferenceable)]
struct Picture;

#[test]
fn a_cache_that_is_an_object_is_found_as_the_owner() {
    let library = Strong::new(Library::default());
    let picture = Strong::new(Picture);
    library.images.lock().unwrap().insert(7, picture.clone());

    let message = message(|| assert_dies!(picture));
    assert_table(
        &message,
        &[
            "`picture` was not the last handle of its object",
            "Picture #, made at ‹let picture = Strong::new(Picture);›, is held by 1 handle:",
            "    1  cloned    ‹library.images.lock().unwrap().insert(7, picture.clone());›",
            "owned by:",
            "    1  Library # .images",
        ],
    );
    library.images.lock().unwrap().clear();
    assert!(weakref::live::<Picture>().is_empty());
}
