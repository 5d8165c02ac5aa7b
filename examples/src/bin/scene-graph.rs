//! A scene graph: parents own their children and are held weakly by them, so that dropping the root
//! frees the whole, however many nodes it has and however deep they go, on any stack.
//!
//! `cargo run --release -p weakref-examples --bin scene-graph [NODES]`, a million by default

use std::cell::{Cell, RefCell};
use std::process::ExitCode;
use std::time::Instant;

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Node {
    name: u32,
    /// Relative to the parent.
    offset: (f64, f64),
    parent: RefCell<WeakRef<Node>>,
    children: RefCell<Vec<Strong<Node>>>,
}

thread_local! {
    static ALIVE: Cell<usize> = const { Cell::new(0) };
}

impl Drop for Node {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
    }
}

impl Node {
    fn new(name: u32, offset: (f64, f64)) -> Strong<Self> {
        ALIVE.set(ALIVE.get() + 1);
        Strong::new(Self {
            name,
            offset,
            parent: RefCell::default(),
            children: RefCell::default(),
        })
    }

    /// Moves `child` below `this`, from wherever it was.
    fn adopt(this: &Strong<Self>, child: Strong<Self>) {
        let old = child.parent.replace(Strong::downgrade(this)).upgrade();
        if let Some(old) = old {
            old.children
                .borrow_mut()
                .retain(|other| !Strong::ptr_eq(other, &child));
        }
        this.children.borrow_mut().push(child);
    }

    /// The position in the scene: the offsets of all ancestors, added up.
    fn position(&self) -> (f64, f64) {
        let (mut x, mut y) = self.offset;
        let mut next = self.parent.borrow().upgrade();
        while let Some(node) = next {
            x += node.offset.0;
            y += node.offset.1;
            next = node.parent.borrow().upgrade();
        }
        (x, y)
    }

    fn depth(&self) -> usize {
        let mut depth = 0;
        let mut next = self.parent.borrow().upgrade();
        while let Some(node) = next {
            depth += 1;
            next = node.parent.borrow().upgrade();
        }
        depth
    }
}

/// A scene of `nodes` nodes: half of them one deep chain, the others the leaves of its links.
fn build(nodes: u32) -> (Strong<Node>, Strong<Node>) {
    let root = Node::new(0, (0.0, 0.0));
    let mut deepest = root.clone();
    for name in 1..nodes {
        let child = Node::new(name, (1.0, 0.5));
        Node::adopt(&deepest, child.clone());
        if name % 2 == 0 {
            deepest = child;
        }
    }
    (root, deepest)
}

fn main() -> ExitCode {
    let nodes = match std::env::args().nth(1).map(|text| text.parse::<u32>()) {
        None => 1_000_000,
        Some(Ok(nodes)) if nodes >= 4 => nodes,
        Some(_) => {
            eprintln!("usage: scene-graph [NODES], a number of at least 4");
            return ExitCode::from(2);
        }
    };
    let start = Instant::now();
    let (root, deepest) = build(nodes);
    let depth = deepest.depth();
    println!(
        "{} nodes, {depth} deep, built in {:.0?}",
        ALIVE.get(),
        start.elapsed()
    );
    assert_eq!(ALIVE.get(), nodes as usize);
    assert_eq!(root.name, 0);
    let links = f64::from(u32::try_from(depth).expect("fewer than the nodes"));
    assert_eq!(deepest.position(), (links, links / 2.0));

    // A leaf moves to the root; its old parent lets go of it.
    let leaf = root.children.borrow()[0].clone();
    let parent = deepest.parent.borrow().upgrade().expect("it has one");
    Node::adopt(&parent, leaf.clone());
    assert_eq!(leaf.depth(), depth);
    assert!(
        root.children
            .borrow()
            .iter()
            .all(|child| !Strong::ptr_eq(child, &leaf))
    );
    drop((leaf, parent));

    let start = Instant::now();
    drop(root);
    println!(
        "dropped in {:.0?}; {} node is left, held by its handle",
        start.elapsed(),
        ALIVE.get()
    );
    assert_eq!(ALIVE.get(), 1 + deepest.children.borrow().len());
    assert!(deepest.parent.borrow().upgrade().is_none());
    drop(deepest);
    assert_eq!(ALIVE.get(), 0);
    println!("nothing is left");
    ExitCode::SUCCESS
}
