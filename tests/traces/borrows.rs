//! What is left alone because others may change it: what is borrowed, locked, lent, or shared by unknown means.

use std::cell::{Cell, OnceCell, RefCell};
use std::mem::take;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};

use super::fields::{Choice, Inner};
use super::owners::Page;
use super::{Leaf, fields, hidden_of};

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
    let row = "    1  Local # .hidden: Cell<Option<Strong<Local>>>";
    let holders = Strong::holders(&owner);
    assert_eq!(hidden_of(&holders, "Local"), [row, row]);
    let rows: Vec<_> = holders.hidden().iter().map(|row| row.ids()[0]).collect();
    assert_eq!(rows[..2], [Strong::id(&owner), Strong::id(&inner)]);
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

type Job = Box<dyn Fn() + Send>;

#[derive(WeakReferenceable)]
struct EmptyByPromise {
    cell: RefCell<Vec<Job>>,
    once: OnceCell<Job>,
    within: Box<RefCell<Option<Job>>>,
    list: Vec<Job>,
}

// SAFETY: nobody uses the cells on a second thread.
unsafe impl Sync for EmptyByPromise {}

/// Nor does anybody look whether there is something in them.
#[test]
fn cells_that_threads_share_are_not_asked_whether_they_are_empty() {
    let leaf = Strong::new(Leaf);
    let empty = Strong::new(EmptyByPromise {
        cell: RefCell::default(),
        once: OnceCell::new(),
        within: Box::default(),
        list: Vec::new(),
    });
    let rows = hidden_of(&Strong::holders(&leaf), "EmptyByPromise");
    assert_eq!(rows.len(), 3, "{rows:?}");
    for field in [".cell: ", ".once: ", ".within: "] {
        assert!(rows.iter().any(|row| row.contains(field)), "{rows:?}");
    }
    assert!(empty.cell.borrow().is_empty() && empty.once.get().is_none());
    assert!(empty.within.borrow().is_none() && empty.list.is_empty());
}

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
