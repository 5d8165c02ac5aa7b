//! The order of a death, and panics on its way.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;

use weakref::watch::Graveyard;
use weakref::{CallbackRef, Source, Strong, WeakRef, WeakReferenceable};

use crate::support::kind::{Kind, LocalLarge, LocalSmall, Object, SyncLarge, SyncSmall};
use crate::support::log::{Log, Noted};
use crate::support::one_thread::OneThread;
use crate::support::{alloc, below, hook, in_all_kinds, leaves_nothing, rounds, throw, thrown};

mod nested;

in_all_kinds!(
    steps_in_order,
    steps_in_order_when_the_value_is_moved_out,
    panic_of_the_value_resumes_after_the_death,
    panic_of_the_value_while_unwinding_is_reported,
    panic_of_a_field_too,
    nested_panic_passes_through_its_owner,
);

/// Notes what is true while it is dropped.
struct Witness<K: Kind> {
    this: WeakRef<Witness<K>>,
    graveyard: Rc<RefCell<Graveyard<K::Slot>>>,
    field: Noted,
    _body: K::Body,
}

impl<K: Kind> WeakReferenceable for Witness<K> {
    type Slot = K::Slot;
}

impl<K: Kind> Drop for Witness<K> {
    fn drop(&mut self) {
        assert!(self.this.upgrade().is_none() && !self.this.is_alive());
        self.field.log.note("drop value");
        self.field
            .log
            .note(format!("{} dead", self.graveyard.borrow().dead()));
    }
}

impl<K: Kind> Witness<K> {
    fn strong(log: &Log, graveyard: &Rc<RefCell<Graveyard<K::Slot>>>) -> Strong<Self> {
        Strong::new_cyclic(|this| Self {
            this: WeakRef::clone(this),
            graveyard: Rc::clone(graveyard),
            field: log.noted("field"),
            _body: K::Body::default(),
        })
    }

    /// Notes whether the memory of a large value is gone.
    fn callback(
        log: &Log,
        graveyard: &Rc<RefCell<Graveyard<K::Slot>>>,
        name: &'static str,
    ) -> impl FnOnce(&WeakRef<Self>) + Send + use<K> {
        let log = log.clone();
        let graveyard = OneThread::new(Rc::clone(graveyard));
        let before = alloc::large_frees();
        move |dead| {
            assert!(dead.upgrade().is_none());
            let freed = alloc::large_frees() - before;
            let dead = graveyard.get().borrow().dead();
            log.note(format!("{name}: {dead} dead, {freed} freed"));
        }
    }
}

fn steps_in_order<K: Kind>() {
    let log = Log::new();
    let graveyard = Rc::new(RefCell::new(Graveyard::new()));
    let strong = Witness::<K>::strong(&log, &graveyard);
    let entry = graveyard.borrow_mut().watch(&strong, 7);
    let older = K::on_death(&strong, Witness::callback(&log, &graveyard, "older"));
    let newer = K::on_death(&strong, Witness::callback(&log, &graveyard, "newer"));
    assert_eq!(graveyard.borrow().dead(), 0);
    drop(strong);
    log.note("returned");
    let freed = usize::from(size_of::<K::Body>() != 0);
    assert_eq!(
        log.take(),
        [
            "drop value",
            "1 dead",
            "drop field",
            &format!("newer: 1 dead, {freed} freed"),
            &format!("older: 1 dead, {freed} freed"),
            "returned"
        ]
    );
    let notice = graveyard.borrow_mut().next_dead().unwrap();
    assert_eq!((notice.token, notice.id), (7, entry.id()));
    drop((entry, older, newer));
}

fn steps_in_order_when_the_value_is_moved_out<K: Kind>() {
    let log = Log::new();
    let graveyard = Rc::new(RefCell::new(Graveyard::new()));
    for unwrap in [false, true] {
        let strong = Witness::<K>::strong(&log, &graveyard);
        let entry = graveyard.borrow_mut().watch(&strong, 7);
        let reference = K::on_death(&strong, Witness::callback(&log, &graveyard, "callback"));
        let value = if unwrap {
            Strong::try_unwrap(strong).unwrap_or_else(|_| panic!("the only handle"))
        } else {
            Strong::into_inner(strong).unwrap()
        };
        let freed = usize::from(size_of::<K::Body>() != 0);
        assert_eq!(log.take(), [format!("callback: 1 dead, {freed} freed")]);
        assert!(!value.this.is_alive() && value.this.upgrade().is_none());
        drop(value);
        assert_eq!(log.take(), ["drop value", "1 dead", "drop field"]);
        assert_eq!(graveyard.borrow_mut().next_dead().unwrap().token, 7);
        drop((entry, reference));
    }
}

/// Panics when it is dropped.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        throw(self.0);
    }
}

fn panic_of_the_value_resumes_after_the_death<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K, _>::strong((
        log.noted("before"),
        Bomb("of the value"),
        log.noted("after"),
    ));
    let weak = Strong::downgrade(&strong);
    let older = K::on_death(&strong, log.callback("older"));
    let newer = K::on_death(&strong, log.callback("newer"));
    let freed = alloc::large_frees();
    let reports = hook::told(|| assert_eq!(thrown(|| drop(strong)), "of the value"));
    assert!(reports.is_empty());
    assert_eq!(log.take(), ["drop before", "drop after", "newer", "older"]);
    assert_eq!(
        alloc::large_frees() - freed,
        usize::from(size_of::<K::Body>() != 0)
    );
    assert!(!weak.is_alive());
    drop((older, newer));

    // A unique one, which takes a shorter way.
    let strong = Object::<K, _>::strong((Bomb("again"), log.noted("after")));
    assert_eq!(thrown(|| drop(strong)), "again");
    assert_eq!(log.take(), ["drop after"]);
}

fn panic_of_the_value_while_unwinding_is_reported<K: Kind>() {
    let log = Log::new();
    for watched in [false, true] {
        let strong = Object::<K, _>::strong((Bomb("of the value"), log.noted("field")));
        let reference = watched.then(|| K::on_death(&strong, log.callback("callback")));
        let ((), reports) = hook::reports(|| {
            let text = thrown(|| {
                let _strong = strong;
                throw("the original")
            });
            assert_eq!(text, "the original");
        });
        assert_eq!(reports.len(), 1);
        assert_eq!(reports[0].what(), (Source::Drop, "of the value"));
        assert_eq!(
            reports[0].type_name,
            std::any::type_name::<Object<K, (Bomb, Noted)>>()
        );
        let expected: &[_] = if watched {
            &["drop field", "callback"]
        } else {
            &["drop field"]
        };
        assert_eq!(log.take(), expected);
        drop(reference);
    }
}

fn panic_of_a_field_too<K: Kind>() {
    // Two panics in one value: Rust itself aborts, so there is one of the value and one of what it
    // owned, whose death is complete before the value's goes on.
    let log = Log::new();
    let inner = Object::<K, _>::strong(Bomb("inner"));
    let of_inner = K::on_death(&inner, log.callback("callback of inner"));
    let outer = Object::<K, _>::strong((Bomb("outer"), inner, log.noted("last")));
    let reports = hook::told(|| assert_eq!(thrown(|| drop(outer)), "outer"));
    assert_eq!(reports, [(Source::Drop, "inner".to_owned())]);
    assert_eq!(log.take(), ["callback of inner", "drop last"]);
    drop(of_inner);
}

fn nested_panic_passes_through_its_owner<K: Kind>() {
    let log = Log::new();
    let inner = Object::<K, _>::strong(Bomb("inner"));
    let of_inner = K::on_death(&inner, log.callback("callback of inner"));
    let outer = Object::<K, _>::strong((inner, log.noted("last")));
    let of_outer = K::on_death(&outer, log.callback("callback of outer"));
    let reports = hook::told(|| assert_eq!(thrown(|| drop(outer)), "inner"));
    assert!(reports.is_empty());
    assert_eq!(
        log.take(),
        ["callback of inner", "drop last", "callback of outer"]
    );
    drop((of_inner, of_outer));
}

/// What a deep chain is observed by.
#[derive(Default)]
struct Gauge {
    depth: Cell<usize>,
    deepest: Cell<usize>,
    dropped: Cell<usize>,
}

type After = Box<dyn FnOnce(&Gauge)>;

/// A link of a chain. Drops the next one inside its own `Drop`, so that nesting can be seen.
struct Link<K: Kind> {
    next: Option<Strong<Link<K>>>,
    gauge: Rc<Gauge>,
    bomb: Option<&'static str>,
    /// Called after the next one was dropped.
    after: Option<After>,
    _body: K::Body,
}

impl<K: Kind> WeakReferenceable for Link<K> {
    type Slot = K::Slot;
}

impl<K: Kind> Link<K> {
    fn new(next: Option<Strong<Self>>, gauge: &Rc<Gauge>) -> Self {
        Self {
            next,
            gauge: Rc::clone(gauge),
            bomb: None,
            after: None,
            _body: K::Body::default(),
        }
    }

    fn chain(length: usize, gauge: &Rc<Gauge>) -> Option<Strong<Self>> {
        (0..length).fold(None, |next, _| Some(Strong::new(Self::new(next, gauge))))
    }
}

impl<K: Kind> Drop for Link<K> {
    fn drop(&mut self) {
        let Gauge {
            depth,
            deepest,
            dropped,
        } = &*self.gauge;
        dropped.set(dropped.get() + 1);
        depth.set(depth.get() + 1);
        deepest.set(deepest.get().max(depth.get()));
        drop(self.next.take());
        depth.set(depth.get() - 1);
        if let Some(after) = self.after.take() {
            after(&self.gauge);
        }
        if let Some(text) = self.bomb {
            throw(text);
        }
    }
}

/// Objects that own others in plain fields, as users write them.
struct Node<K: Kind> {
    _children: Vec<Strong<Node<K>>>,
    _body: K::Body,
}

impl<K: Kind> WeakReferenceable for Node<K> {
    type Slot = K::Slot;
}

fn node<K: Kind>(children: Vec<Strong<Node<K>>>) -> Strong<Node<K>> {
    Strong::new(Node {
        _children: children,
        _body: K::Body::default(),
    })
}

/// Runs on a thread with the stack that std gives by default, whatever the environment says.
fn on_small_stack(body: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().stack_size(2 << 20);
    let thread = thread.spawn(|| leaves_nothing(body)).unwrap();
    thread.join().unwrap();
}

fn chain_of<K: Kind>(length: usize) {
    let weak = {
        let last = node::<K>(Vec::new());
        let weak = Strong::downgrade(&last);
        let chain = (1..length).fold(last, |next, _| node(vec![next]));
        assert!(weak.is_alive());
        drop(chain);
        weak
    };
    assert!(!weak.is_alive());
}

/// A comb: a spine of which every node owns a tooth of some nodes; and a fan at its end.
fn tree_of<K: Kind>(size: usize) {
    let tooth = 9;
    let fan = (0..size / 10).map(|_| node::<K>(Vec::new())).collect();
    let mut spine = node(fan);
    for index in 0..size * 9 / 10 / (tooth + 1) {
        let tooth = (0..tooth).fold(Vec::new(), |next, _| vec![node(next)]);
        let mut children = tooth;
        children.push(spine);
        if index % 2 == 0 {
            children.reverse();
        }
        spine = node(children);
    }
    let weak = Strong::downgrade(&spine);
    drop(spine);
    assert!(!weak.is_alive());
}

const MILLION: usize = 1_000_000;

#[test]
#[cfg_attr(miri, ignore = "its stack is not the machine's")]
fn chain_of_a_million_dies_on_a_small_stack() {
    on_small_stack(|| chain_of::<LocalSmall>(MILLION));
    on_small_stack(|| chain_of::<SyncSmall>(MILLION));
}

#[test]
#[cfg_attr(miri, ignore = "its stack is not the machine's")]
fn chain_of_large_objects_dies_on_a_small_stack() {
    // A million of them is a gigabyte and a half.
    let length = MILLION / 10;
    on_small_stack(move || chain_of::<LocalLarge>(length));
    on_small_stack(move || chain_of::<SyncLarge>(length));
}

#[test]
#[cfg_attr(miri, ignore = "its stack is not the machine's")]
fn tree_of_a_million_dies_on_a_small_stack() {
    on_small_stack(|| tree_of::<LocalSmall>(MILLION));
    on_small_stack(|| tree_of::<SyncSmall>(MILLION));
}

#[test]
fn death_while_thread_locals_are_destroyed() {
    /// Lives in a thread-local, and drops what it holds when that is destroyed.
    struct AtEnd<K: Kind>(
        Option<Strong<Object<K, Noted>>>,
        Option<Strong<Link<K>>>,
        Log,
    );
    impl<K: Kind> Drop for AtEnd<K> {
        fn drop(&mut self) {
            self.2.note("destroyed");
            drop(self.0.take());
            drop(self.1.take());
            self.2.note("done");
        }
    }
    thread_local! {
        static LOCAL: RefCell<Option<AtEnd<LocalSmall>>> = const { RefCell::new(None) };
        static SYNC: RefCell<Option<AtEnd<SyncLarge>>> = const { RefCell::new(None) };
    }
    fn fill<K: Kind>(log: &Log) -> AtEnd<K> {
        let object = log.object::<K>("object");
        K::on_death(&object, log.callback("callback")).forget();
        let gauge = Rc::new(Gauge::default());
        let chain = Link::chain(rounds(10_000, 150), &gauge).unwrap();
        let theirs = log.clone();
        let (gauge, length) = (OneThread::new(gauge), rounds(10_000, 150));
        K::on_death(&chain, move |_| {
            assert_eq!(gauge.get().dropped.get(), length);
            theirs.note("callback of the chain");
        })
        .forget();
        AtEnd(Some(object), Some(chain), log.clone())
    }
    for both in [false, true] {
        let log = Log::new();
        let theirs = log.clone();
        thread::spawn(move || {
            LOCAL.replace(Some(fill(&theirs)));
            if both {
                SYNC.replace(Some(fill(&theirs)));
            }
        })
        .join()
        .unwrap();
        let one = [
            "destroyed",
            "drop object",
            "callback",
            "callback of the chain",
            "done",
        ];
        assert_eq!(log.take(), one.repeat(1 + usize::from(both)));
    }
}
