//! The order of a death, panics on its way, and deaths inside deaths.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;

use weakref::watch::Graveyard;
use weakref::{CallbackRef, Source, Strong, WeakRef, WeakReferenceable};

use crate::support::kind::{Kind, LocalLarge, LocalSmall, Object, SyncLarge, SyncSmall};
use crate::support::log::{Log, Noted};
use crate::support::one_thread::OneThread;
use crate::support::{alloc, below, hook, in_all_kinds, leaves_nothing, rounds, throw, thrown};

in_all_kinds!(
    steps_in_order,
    steps_in_order_when_the_value_is_moved_out,
    panic_of_the_value_resumes_after_the_death,
    panic_of_the_value_while_unwinding_is_reported,
    panic_of_a_field_too,
    nested_panic_passes_through_its_owner,
    nesting_is_limited,
    queued_death_is_a_death_at_once,
    queue_keeps_the_first_panic_and_reports_the_others,
    queue_without_memory_recurses,
    what_is_queued_goes_before_what_dies_later,
    what_dies_inside_what_was_queued_has_its_turn,
    queued_panic_of_a_callback_resumes_or_is_reported,
    callbacks_run_in_deep_chains,
    callback_may_drop_a_deep_chain,
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

/// Deeper than deaths nest on any stack.
fn deep() -> usize {
    rounds(4_000, 400)
}

fn nesting_is_limited<K: Kind>() {
    // A sanitizer makes a level ten times as large as it is.
    for length in [1, 2, 8] {
        let gauge = Rc::new(Gauge::default());
        drop(Link::<K>::chain(length, &gauge));
        assert_eq!((gauge.dropped.get(), gauge.deepest.get()), (length, length));
    }
    let gauge = Rc::new(Gauge::default());
    drop(Link::<K>::chain(deep(), &gauge));
    assert_eq!(gauge.dropped.get(), deep());
    assert!((8..deep()).contains(&gauge.deepest.get()));
}

fn queued_death_is_a_death_at_once<K: Kind>() {
    let gauge = Rc::new(Gauge::default());
    let log = Log::new();
    // The last is queued; the one that owns it looks what is true then.
    let last = Strong::new(Link::<K>::new(None, &gauge));
    let graveyard = Rc::new(RefCell::new(Graveyard::new()));
    let entry = graveyard.borrow_mut().watch(&last, 3);
    let weak = Strong::downgrade(&last);
    let reference = Rc::new(Cell::new(Some(K::on_death(
        &last,
        log.callback("callback"),
    ))));
    let mut owner = Link::new(Some(last), &gauge);
    let (watched, cancel, theirs) = (Rc::clone(&graveyard), Rc::clone(&reference), log.clone());
    owner.after = Some(Box::new(move |gauge| {
        assert_eq!(gauge.dropped.get(), deep(), "the value is still there");
        assert!(weak.upgrade().is_none() && !weak.is_alive(), "but dead");
        assert_eq!(watched.borrow().dead(), 1);
        drop(cancel.take());
        theirs.note("too late to cancel");
    }));
    let chain = (1..deep()).fold(Strong::new(owner), |next, _| {
        Strong::new(Link::new(Some(next), &gauge))
    });
    drop(chain);
    assert_eq!(
        gauge.dropped.get(),
        deep() + 1,
        "everything is done when the outermost drop returns"
    );
    assert_eq!(log.take(), ["too late to cancel", "callback"]);
    assert_eq!(graveyard.borrow_mut().next_dead().unwrap().token, 3);
    drop(entry);
}

fn queue_keeps_the_first_panic_and_reports_the_others<K: Kind>() {
    let length = deep();
    let gauge = Rc::new(Gauge::default());
    let log = Log::new();
    let mut references: Vec<CallbackRef<Link<K>>> = Vec::new();
    let mut chain = None;
    for index in (0..length).rev() {
        let mut link = Link::<K>::new(chain.take(), &gauge);
        link.bomb = match index {
            _ if index == length - 1 => Some("last"),
            _ if index == length * 3 / 4 => Some("queued later"),
            _ if index == length * 3 / 8 => Some("queued"),
            // Not raised: the panic of what it owns unwinds through it.
            10 => Some("nested"),
            _ => None,
        };
        let link = Strong::new(link);
        if index % 100 == 0 {
            references.push(K::on_death(&link, log.callback("called")));
        }
        chain = Some(link);
    }
    let reports = hook::told(|| assert_eq!(thrown(|| drop(chain)), "queued"));
    let expected = ["queued later", "last"];
    let expected: Vec<_> = expected.map(|text| (Source::Drop, text.to_owned())).into();
    assert_eq!(reports, expected);
    assert_eq!(gauge.dropped.get(), length);
    assert_eq!(log.take().len(), references.len());

    // While the thread panics already, all of them are reported.
    let mut link = Link::<K>::new(Link::chain(200, &gauge), &gauge);
    link.bomb = Some("of the head");
    let reports = hook::told(|| {
        let text = thrown(|| {
            let _chain = Strong::new(link);
            throw("the original")
        });
        assert_eq!(text, "the original");
    });
    assert_eq!(reports, [(Source::Drop, "of the head".to_owned())]);
}

fn queue_without_memory_recurses<K: Kind>() {
    let gauge = Rc::new(Gauge::default());
    let chain = Link::<K>::chain(500, &gauge);
    alloc::without_memory(|| drop(chain));
    assert_eq!((gauge.dropped.get(), gauge.deepest.get()), (500, 500));
}

/// More stack than deaths may use. Where levels are counted instead, what dies below it is not queued.
const NO_ROOM: usize = 320;

fn what_is_queued_goes_before_what_dies_later<K: Kind>() {
    let log = Log::new();
    let [mut first, mut second] = ["first", "second"].map(|name| {
        let object = log.object::<K>(name);
        K::on_death(&object, log.callback("callback")).forget();
        Some(object)
    });
    let mut owner = Link::<K>::new(None, &Rc::default());
    let theirs = log.clone();
    owner.after = Some(Box::new(move |_| {
        below(NO_ROOM, &mut || drop(first.take()));
        let has_died = theirs.take() == ["drop first", "callback"];
        assert_eq!(has_died, cfg!(miri), "queued, unless it had room");
        if has_died {
            theirs.note("drop first");
            theirs.note("callback");
        }
        drop(second.take());
        theirs.note("after both");
    }));
    drop(Strong::new(owner));
    let expected = [
        "drop first",
        "callback",
        "drop second",
        "callback",
        "after both",
    ];
    assert_eq!(log.take(), expected);
}

fn what_dies_inside_what_was_queued_has_its_turn<K: Kind>() {
    let log = Log::new();
    let object = |drops, ended, body: Box<dyn FnOnce()>| {
        let mut link = Link::<K>::new(None, &Rc::default());
        let theirs = log.clone();
        link.after = Some(Box::new(move |_| {
            theirs.note(drops);
            body();
        }));
        let link = Strong::new(link);
        K::on_death(&link, log.callback(ended)).forget();
        link
    };
    let mut leaf = Some(object("leaf", "end of leaf", Box::new(|| ())));
    let inner = object(
        "inner",
        "end of inner",
        Box::new(move || below(NO_ROOM, &mut || drop(leaf.take()))),
    );
    let first = object("first", "end of first", Box::new(|| drop(inner)));
    let mut both = Some((first, object("other", "end of other", Box::new(|| ()))));
    drop(object(
        "owner",
        "end of owner",
        Box::new(move || below(NO_ROOM, &mut || drop(both.take()))),
    ));
    let expected = [
        "owner",
        "first",
        "inner",
        "leaf",
        "end of leaf",
        "end of inner",
        "end of first",
        "other",
        "end of other",
        "end of owner",
    ];
    assert_eq!(log.take(), expected);
}

fn queued_panic_of_a_callback_resumes_or_is_reported<K: Kind>() {
    if cfg!(miri) {
        // Nothing is queued.
        return;
    }
    let object = || {
        let object = Object::<K, _>::strong(7);
        let mut bomb = Some(OneThread::new(Object::<K, _>::strong(Bomb("queued"))));
        K::on_death(&object, move |_| {
            below(NO_ROOM, &mut || drop(bomb.take()));
        })
        .forget();
        object
    };
    let dies = object();
    let reports = hook::told(|| assert_eq!(thrown(|| drop(dies)), "queued"));
    assert!(reports.is_empty());

    // What is moved out is returned whole.
    let moved = object();
    let reports = hook::told(|| assert_eq!(**Strong::into_inner(moved).as_ref().unwrap(), 7));
    assert_eq!(reports, [(Source::Drop, "queued".to_owned())]);
}

fn callbacks_run_in_deep_chains<K: Kind>() {
    let length = rounds(2_000, 200);
    let gauge = Rc::new(Gauge::default());
    let called = Rc::new(Cell::new(0));
    let mut references = Vec::new();
    let chain = (0..length).fold(None, |next, _| {
        let link = Strong::new(Link::<K>::new(next, &gauge));
        let called = OneThread::new(Rc::clone(&called));
        references.push(K::on_death(&link, move |dead| {
            assert!(!dead.is_alive());
            called.get().set(called.get().get() + 1);
        }));
        Some(link)
    });
    drop(chain);
    assert_eq!((gauge.dropped.get(), called.get()), (length, length));
    assert!(gauge.deepest.get() < length);
    drop(references);
}

fn callback_may_drop_a_deep_chain<K: Kind>() {
    let length = rounds(2_000, 200);
    let gauge = Rc::new(Gauge::default());
    let chain = OneThread::new(Link::<K>::chain(length, &gauge));
    let strong = Object::<K>::strong(());
    let log = Log::new();
    let theirs = log.clone();
    let (counted, inside) = (OneThread::new(Rc::clone(&gauge)), length);
    let reference = K::on_death(&strong, move |_| {
        drop(chain);
        assert_eq!(counted.get().dropped.get(), inside);
        theirs.note("called");
    });
    drop(strong);
    assert_eq!(gauge.dropped.get(), length);
    assert_eq!(log.take(), ["called"]);
    drop(reference);
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
