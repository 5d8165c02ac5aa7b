//! Which objects own which, the cycles among them, and what cannot be known.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, LinkedList, VecDeque};
use std::mem::{ManuallyDrop, take};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::thread;

use weakref::trace::Holders;
use weakref::{BoundMethod, Object, Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};

use super::{assert_table, normalized};

/// The names of the fields that own an object, and how many handles are in each.
fn fields(holders: &Holders) -> Vec<(&'static str, usize)> {
    let mut fields: Vec<_> = holders
        .owners()
        .iter()
        .map(|owner| (owner.field(), owner.count()))
        .collect();
    fields.sort_unstable();
    fields
}

#[derive(WeakReferenceable, Default)]
struct Page {
    next: Mutex<Option<Strong<Page>>>,
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
struct Leaf;

#[derive(WeakReferenceable)]
struct Inner {
    deep: Option<Box<Inner>>,
    leaf: Strong<Leaf>,
}

#[derive(WeakReferenceable)]
enum Choice {
    Tuple(u32, Strong<Leaf>),
    Named { r#type: Vec<Strong<Leaf>> },
    Unit,
}

type Nothing = (
    String,
    WeakRef<Leaf>,
    fn(u8) -> u8,
    &'static str,
    BTreeSet<u8>,
    BinaryHeap<u8>,
);

type Alias = HashMap<String, (u32, Strong<Leaf>)>;

#[derive(WeakReferenceable)]
struct Everything {
    plain: Strong<Leaf>,
    option: Option<Strong<Leaf>>,
    vector: Vec<Strong<Leaf>>,
    array: [Strong<Leaf>; 2],
    boxed: Box<Strong<Leaf>>,
    slice: Box<[Strong<Leaf>]>,
    mutex: Mutex<Strong<Leaf>>,
    poisoned: Arc<Mutex<Strong<Leaf>>>,
    lock: RwLock<VecDeque<Strong<Leaf>>>,
    once: OnceLock<Strong<Leaf>>,
    arc: Arc<[Strong<Leaf>; 1]>,
    map: Alias,
    tree: BTreeMap<u8, Result<Strong<Leaf>, String>>,
    #[expect(clippy::linkedlist, reason = "as all others")]
    list: LinkedList<Option<Strong<Leaf>>>,
    inner: Inner,
    choice: Choice,
    named: Choice,
    unit: Choice,
    bound: BoundMethod<Leaf, fn(&Leaf)>,
    pinned: Pin<Box<Strong<Leaf>>>,
    nothing: Nothing,
}

#[test]
fn every_kind_of_field_is_looked_into() {
    let leaf = Strong::new(Leaf);
    let poisoned = Arc::new(Mutex::new(leaf.clone()));
    let shared = Arc::clone(&poisoned);
    let panicked = thread::spawn(move || {
        let _locked = shared.lock();
        std::panic::resume_unwind(Box::new(()));
    });
    assert!(panicked.join().is_err());
    let _everything = Strong::new(Everything {
        plain: leaf.clone(),
        option: Some(leaf.clone()),
        vector: vec![leaf.clone(); 3],
        array: [leaf.clone(), leaf.clone()],
        boxed: Box::new(leaf.clone()),
        slice: Box::new([leaf.clone()]),
        mutex: Mutex::new(leaf.clone()),
        poisoned,
        lock: RwLock::new([leaf.clone()].into()),
        once: leaf.clone().into(),
        arc: Arc::new([leaf.clone()]),
        map: [("a".to_owned(), (3, leaf.clone()))].into(),
        tree: [(3, Ok(leaf.clone())), (4, Err(String::new()))].into(),
        list: [None, Some(leaf.clone())].into(),
        inner: Inner {
            deep: Some(Box::new(Inner {
                deep: None,
                leaf: leaf.clone(),
            })),
            leaf: leaf.clone(),
        },
        choice: Choice::Tuple(3, leaf.clone()),
        named: Choice::Named {
            r#type: vec![leaf.clone()],
        },
        unit: Choice::Unit,
        bound: BoundMethod::new(leaf.clone(), |_| ()),
        pinned: Box::pin(leaf.clone()),
        nothing: (
            String::new(),
            Strong::downgrade(&leaf),
            |n| n,
            "",
            BTreeSet::new(),
            BinaryHeap::new(),
        ),
    });
    let expected = [
        ("arc", 1),
        ("array", 2),
        ("bound", 1),
        ("boxed", 1),
        ("choice", 1),
        ("inner", 2),
        ("list", 1),
        ("lock", 1),
        ("map", 1),
        ("mutex", 1),
        ("named", 1),
        ("option", 1),
        ("pinned", 1),
        ("plain", 1),
        ("poisoned", 1),
        ("slice", 1),
        ("tree", 1),
        ("vector", 3),
        ("once", 1),
    ];
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    let holders = Strong::holders(&leaf);
    assert_eq!(fields(&holders), expected);
    let found: usize = expected.iter().map(|(_, count)| count).sum();
    assert_eq!(holders.count(), found + 1);
    assert!(
        !holders.to_string().contains("not looked into"),
        "{holders}"
    );
    // Any thread may look.
    let elsewhere = thread::scope(|scope| {
        let asked = scope.spawn(|| fields(&Strong::holders(&leaf)));
        asked.join().unwrap()
    });
    assert_eq!(elsewhere, expected);
}

#[derive(WeakReferenceable)]
struct GivenUp {
    leaf: Mutex<ManuallyDrop<Strong<Leaf>>>,
}

/// Nothing says whether the value is still there.
#[test]
fn what_is_dropped_by_hand_is_left_alone() {
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(GivenUp {
        leaf: Mutex::new(ManuallyDrop::new(leaf.clone())),
    });
    assert!(Strong::holders(&leaf).owners().is_empty());
    let table = Strong::holders(&owner).to_string();
    assert!(
        table.contains(" .leaf: Mutex<ManuallyDrop<Strong<Leaf>>>"),
        "{table}"
    );
    // SAFETY: it is not used again.
    drop(unsafe { ManuallyDrop::take(&mut owner.leaf.lock().unwrap()) });
    assert_eq!(Strong::holders(&leaf).count(), 1);
}

#[derive(WeakReferenceable)]
enum Alternative {
    Tuple(u32, Strong<Leaf>),
    Named { r#type: Vec<Strong<Leaf>> },
}

#[test]
fn fields_have_their_names() {
    let leaf = Strong::new(Leaf);
    let _tuple = Strong::new(Alternative::Tuple(3, leaf.clone()));
    let _named = Strong::new(Alternative::Named {
        r#type: vec![leaf.clone(); 2],
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("1", 1), ("type", 2)]);
}

#[derive(WeakReferenceable, Default)]
#[weakref(local)]
struct Local {
    cell: RefCell<Vec<Strong<Local>>>,
    once: OnceCell<Strong<Local>>,
    shared: Rc<RefCell<Option<Strong<Local>>>>,
    copied: Cell<u8>,
    hidden: Cell<Option<Strong<Local>>>,
}

#[test]
fn cells_are_looked_into_and_those_that_cannot_be_are_named() {
    let inner = Strong::new(Local::default());
    let owner = Strong::new(Local::default());
    owner.cell.borrow_mut().push(inner.clone());
    owner.once.set(inner.clone()).ok().expect("empty");
    *owner.shared.borrow_mut() = Some(inner.clone());
    owner.copied.set(3);
    owner.hidden.set(Some(inner.clone()));
    assert_eq!(
        fields(&Strong::holders(&inner)),
        [("cell", 1), ("once", 1), ("shared", 1)]
    );
    let table = Strong::holders(&owner).to_string();
    assert!(
        normalized(&table).ends_with(
            "not looked into:\n       Local # .hidden: Cell<Option<Strong<Local>>>\n       \
             Local # .hidden: Cell<Option<Strong<Local>>>"
        ),
        "{table}"
    );
    let borrowed = owner.cell.borrow_mut();
    assert_eq!(
        fields(&Strong::holders(&inner)),
        [("once", 1), ("shared", 1)]
    );
    let table = Strong::holders(&owner).to_string();
    assert!(
        table.contains(" .cell: Vec<Strong<Local>>, in use"),
        "{table}"
    );
    drop(borrowed);
}

#[test]
fn a_lock_that_is_held_is_left_alone() {
    let next = Strong::new(Page::default());
    let page = Strong::new(Page {
        next: Mutex::new(Some(next.clone())),
    });
    let locked = page.next.lock().unwrap();
    assert!(Strong::holders(&next).owners().is_empty());
    let table = Strong::holders(&page).to_string();
    assert!(
        table.contains(" .next: Option<Strong<Page>>, in use"),
        "{table}"
    );
    drop(locked);
    assert_eq!(fields(&Strong::holders(&next)), [("next", 1)]);
}

#[derive(WeakReferenceable)]
struct Unshared {
    leaf: Strong<Leaf>,
    _count: Cell<u8>,
}

#[derive(WeakReferenceable)]
struct SharedByPromise {
    cell: RefCell<Strong<Leaf>>,
    plain: Strong<Leaf>,
}

// SAFETY: nobody borrows the cell on a second thread.
unsafe impl Sync for SharedByPromise {}

#[test]
fn what_threads_do_not_share_is_looked_into_by_its_own() {
    let leaf = Strong::new(Leaf);
    let _unshared = Strong::new(Unshared {
        leaf: leaf.clone(),
        _count: Cell::new(3),
    });
    let promised = Strong::new(SharedByPromise {
        cell: RefCell::new(leaf.clone()),
        plain: leaf.clone(),
    });
    let table = Strong::holders(&promised).to_string();
    assert!(
        table.contains(" .cell: RefCell<Strong<Leaf>>, of what threads share"),
        "{table}"
    );
    let here = [("leaf", 1), ("plain", 1)];
    assert_eq!(fields(&Strong::holders(&leaf)), here);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(fields(&Strong::holders(&leaf)), [("plain", 1)]));
    });
}

#[derive(WeakReferenceable)]
struct PromisedFor<T> {
    cell: RefCell<Strong<Leaf>>,
    once: OnceCell<Strong<Leaf>>,
    _value: T,
}

// SAFETY: nobody uses the cells on a second thread.
unsafe impl<T: Send> Sync for PromisedFor<T> {}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct AroundPromises {
    one: Option<Box<SharedByPromise>>,
    two: (Cell<u8>, Rc<SharedByPromise>, Arc<PromisedFor<u8>>),
    mine: RefCell<Strong<Leaf>>,
}

#[derive(WeakReferenceable)]
struct LockOfCell {
    state: Mutex<State>,
}

#[derive(WeakReferenceable)]
struct State {
    cell: RefCell<Strong<Leaf>>,
    plain: Strong<Leaf>,
}

/// A cell within what is `Sync` has a lock of its owner's, which nobody else knows.
#[test]
fn cells_that_threads_share_are_left_alone() {
    let leaf = Strong::new(Leaf);
    let promised = |cell: &Strong<Leaf>| SharedByPromise {
        cell: RefCell::new(cell.clone()),
        plain: leaf.clone(),
    };
    let promised_for = || PromisedFor {
        cell: RefCell::new(leaf.clone()),
        once: leaf.clone().into(),
        _value: 3,
    };
    let generic = Strong::new(promised_for());
    assert!(Strong::holders(&leaf).owners().is_empty());
    drop(generic);
    let around = Strong::new(AroundPromises {
        one: Some(Box::new(promised(&leaf))),
        two: (
            Cell::new(3),
            Rc::new(promised(&leaf)),
            Arc::new(promised_for()),
        ),
        mine: RefCell::new(leaf.clone()),
    });
    let found = [("mine", 1), ("one", 1), ("two", 1)];
    assert_eq!(fields(&Strong::holders(&leaf)), found);
    drop(around);
    let lock = Strong::new(LockOfCell {
        state: Mutex::new(State {
            cell: RefCell::new(leaf.clone()),
            plain: leaf.clone(),
        }),
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("state", 1)]);
    assert_eq!(
        Strong::id(&lock.state.lock().unwrap().cell.borrow()),
        Strong::id(&leaf)
    );
}

mod nosy {
    use super::{Leaf, Strong, WeakReferenceable};

    trait Nosy {
        fn look(&self) {}
        fn sharing(self) -> u8
        where
            Self: Sized,
        {
            3
        }
    }

    impl<T: ?Sized> Nosy for T {}

    #[derive(WeakReferenceable)]
    pub(super) struct Watched {
        pub(super) leaf: Strong<Leaf>,
    }

    pub(super) fn use_all() -> u8 {
        3_u8.look();
        3_u8.sharing()
    }
}

/// It compiles.
#[test]
fn traits_in_scope_are_not_meant() {
    let leaf = Strong::new(Leaf);
    let watched = Strong::new(nosy::Watched { leaf: leaf.clone() });
    assert_eq!(nosy::use_all(), 3);
    assert!(Strong::ptr_eq(&watched.leaf, &leaf));
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
}

#[derive(WeakReferenceable)]
struct Growing<T: 'static> {
    _reference: Option<&'static Growing<(T, T)>>,
    _second: (u8, Option<&'static Growing<Vec<T>>>),
    same: Option<Box<Growing<T>>>,
    other: Option<Rc<Growing<u8>>>,
    leaf: Option<Strong<Leaf>>,
    _value: Option<T>,
}

/// The compiler ends.
#[test]
fn a_type_without_end_is_looked_into() {
    fn growing<T: 'static>(leaf: &Strong<Leaf>) -> Growing<T> {
        Growing {
            _reference: None,
            _second: (3, None),
            same: None,
            other: None,
            leaf: Some(leaf.clone()),
            _value: None,
        }
    }
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(Growing {
        same: Some(Box::new(growing::<char>(&leaf))),
        other: Some(Rc::new(growing::<u8>(&leaf))),
        ..growing(&leaf)
    });
    let found = [("leaf", 1), ("other", 1), ("same", 1)];
    assert_eq!(fields(&Strong::holders(&leaf)), found);
    let table = Strong::holders(&owner).to_string();
    assert!(table.contains(" ._second: (u8, Option<&"), "{table}");
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
    let table = Strong::holders(&hiding).to_string();
    assert!(table.contains("not looked into:"), "{table}");
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

/// Says of itself what is true of another type.
struct Liar(Cell<u8>, AtomicUsize);

impl WeakReferenceable for Liar {
    type Slot = SyncSlot;

    fn __visit(&self, _: &mut weakref::__private::Visitor<'_>) {
        self.1.fetch_add(1, Relaxed);
        self.0.set(self.0.get() + 1);
    }

    fn __sharing(&self) -> Option<weakref::__private::Sharing> {
        use weakref::__private::Shared as _;
        (&weakref::__private::Asked::<u8>::new()).__weakref_sharing()
    }
}

#[test]
fn a_type_cannot_claim_that_threads_share_it() {
    let liar = Strong::new(Liar(Cell::new(0), AtomicUsize::new(0)));
    let looks = liar.1.load(Relaxed);
    let _holders = Strong::holders(&liar);
    let seen = liar.1.load(Relaxed);
    assert!(seen > looks);
    let leaf = Strong::new(Leaf);
    thread::scope(|scope| {
        scope.spawn(|| drop(Strong::holders(&leaf)));
    });
    assert_eq!(liar.1.load(Relaxed), seen);
}

#[test]
fn a_value_that_is_lent_is_left_alone() {
    let leaf = Strong::new(Leaf);
    let mut owner = Strong::new(Inner {
        deep: None,
        leaf: leaf.clone(),
    });
    let lent = Strong::get_mut(&mut owner).expect("the only one");
    assert!(Strong::holders(&leaf).owners().is_empty());
    lent.deep = None;
    drop(owner.clone());
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
    // Its own handle says that nobody has it.
    assert!(Strong::get_mut(&mut owner).is_some());
    assert!(Strong::holders(&leaf).owners().is_empty());
    drop(Strong::holders(&owner));
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
}

#[derive(WeakReferenceable, Clone)]
struct Copied(Strong<Leaf>);

#[test]
fn a_value_that_is_made_unique_is_left_alone() {
    let leaf = Strong::new(Leaf);
    let mut owner = Strong::new(Copied(leaf.clone()));
    let kept = owner.clone();
    let lent = Strong::make_mut(&mut owner);
    assert_eq!(fields(&Strong::holders(&leaf)), [("0", 1)]);
    lent.0 = leaf.clone();
    drop((kept, owner));
}

#[test]
fn what_only_raw_pointers_hold_is_left_alone() {
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(Copied(leaf.clone()));
    let raw = Strong::into_raw(owner.clone());
    assert_eq!(fields(&Strong::holders(&leaf)), [("0", 1)]);
    drop(owner);
    assert!(Strong::holders(&leaf).owners().is_empty());
    // SAFETY: it came from `into_raw`.
    drop(unsafe { Strong::from_raw(raw) });
    assert_eq!(Strong::strong_count(&leaf), 1);
}

trait Shape: WeakReferenceable<Slot = SyncSlot> {}
impl Shape for Copied {}

#[test]
fn the_type_behind_a_dyn_is_looked_into() {
    let leaf = Strong::new(Leaf);
    let shape = coerce!(Strong::new(Copied(leaf.clone())) => dyn Shape);
    let boxed: Strong<dyn Shape> = Strong::from(Box::new(Copied(leaf.clone())) as Box<dyn Shape>);
    assert_eq!(fields(&Strong::holders(&leaf)), [("0", 1), ("0", 1)]);
    drop((shape, boxed));
}

#[derive(WeakReferenceable)]
struct Generic<T> {
    value: T,
    leaf: Strong<Leaf>,
}

/// The derive's code is no use of what is deprecated, and the compiler is silent.
#[deprecated]
#[derive(WeakReferenceable)]
enum _Old {
    #[deprecated]
    _One {
        #[deprecated]
        _field: u8,
    },
}

#[derive(WeakReferenceable)]
#[repr(C, packed(1))]
struct Packed {
    _number: u32,
    _leaf: Strong<Leaf>,
}

/// What has no derive, and what the derive cannot know.
#[test]
fn what_is_not_known_is_named() {
    let leaf = Strong::new(Leaf);
    let generic = Strong::new(Generic {
        value: leaf.clone(),
        leaf: leaf.clone(),
    });
    let object = Strong::new(Object(leaf.clone()));
    let packed = Strong::new(Packed {
        _number: 3,
        _leaf: leaf.clone(),
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("leaf", 1)]);
    let table = Strong::holders(&generic).to_string();
    assert!(table.contains(" .value: Strong<Leaf>"), "{table}");
    for table in [
        Strong::holders(&object).to_string(),
        Strong::holders(&packed).to_string(),
    ] {
        assert!(table.contains("not looked into:"), "{table}");
    }
    assert!(Strong::ptr_eq(&generic.value, &leaf));
}

#[derive(WeakReferenceable)]
struct Tangle {
    left: Option<Arc<Tangle>>,
    right: Option<Arc<Tangle>>,
    leaf: Option<Strong<Leaf>>,
}

/// There are more ways to the leaf than can be gone, and a list that is longer than the stack.
#[test]
fn values_inside_values_are_looked_into_as_far_as_it_goes() {
    let leaf = Strong::new(Leaf);
    let first = Some(Strong::clone(&leaf));
    let mut tangle = Tangle {
        left: None,
        right: None,
        leaf: first,
    };
    for _ in 0..10 {
        let shared = Arc::new(tangle);
        tangle = Tangle {
            left: Some(Arc::clone(&shared)),
            right: Some(shared),
            leaf: None,
        };
    }
    let mut tangled = Strong::new(tangle);
    assert_eq!(fields(&Strong::holders(&leaf)), [("left", 1)]);
    if cfg!(miri) {
        return; // It goes tens of thousands of ways.
    }
    for _ in 0..200 {
        let tangle = Strong::into_inner(tangled).expect("the only one");
        let shared = Arc::new(tangle);
        tangled = Strong::new(Tangle {
            left: Some(Arc::clone(&shared)),
            right: Some(shared),
            leaf: None,
        });
    }
    assert!(Strong::holders(&leaf).owners().is_empty());
    let table = Strong::holders(&tangled).to_string();
    assert!(table.contains(", too deep"), "{}", &table[..1000]);
}

/// More than there is room for at first.
#[test]
fn a_long_list_is_looked_into() {
    const LENGTH: usize = if cfg!(miri) { 100 } else { 1_000 };
    let leaf = Strong::new(Leaf);
    let owner = Strong::new(Choice::Named {
        r#type: vec![leaf.clone(); LENGTH],
    });
    assert_eq!(fields(&Strong::holders(&leaf)), [("type", LENGTH)]);
    let Choice::Named { r#type: _ } = &*owner else {
        unreachable!("it is made so");
    };
}

/// Reports look while others change, end and lend what they look at.
#[test]
fn reports_look_while_objects_change() {
    const ROUNDS: usize = if cfg!(miri) { 5 } else { 300 };
    let leaf = Strong::new(Leaf);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let mut owner = Strong::new(Choice::Named {
                        r#type: vec![leaf.clone()],
                    });
                    if let Some(Choice::Named { r#type }) = Strong::get_mut(&mut owner) {
                        r#type.push(leaf.clone());
                    }
                    let other = owner.clone();
                    drop(owner);
                    let mut choice = Strong::into_inner(other).expect("the last");
                    let Choice::Named { r#type } = &mut choice else {
                        unreachable!("it is made so");
                    };
                    drop(take(r#type));
                    let page = Strong::new(Page::default());
                    *page.next.lock().unwrap() = Some(Strong::new(Page::default()));
                }
            });
        }
        for _ in 0..ROUNDS {
            let holders = Strong::holders(&leaf);
            assert!(holders.owners().len() <= 4, "{holders}");
        }
    });
    assert!(Strong::holders(&leaf).owners().is_empty());
}
