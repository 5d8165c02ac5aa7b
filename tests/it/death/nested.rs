//! Deaths inside deaths: as deep as the stack has room, and queued past that, in the same order.

use super::*;

in_all_kinds!(
    nesting_is_limited,
    queued_death_is_a_death_at_once,
    queue_keeps_the_first_panic_and_reports_the_others,
    queue_without_memory_recurses,
    what_follows_what_fills_the_queue_happens_without_memory,
    what_is_queued_goes_before_what_dies_later,
    what_dies_inside_what_was_queued_has_its_turn,
    queued_panic_of_a_callback_resumes_or_is_reported,
    callbacks_run_in_deep_chains,
    callback_may_drop_a_deep_chain,
);

/// Deeper than deaths nest on any stack.
fn deep() -> usize {
    if cfg!(miri) { 400 } else { 4_000 }
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

fn what_follows_what_fills_the_queue_happens_without_memory<K: Kind>() {
    let gauge = Rc::new(Gauge::default());
    let called = Rc::new(Cell::new(false));
    // As many as a vector begins with room for.
    let mut four = Some([(); 4].map(|()| Strong::new(Link::<K>::new(None, &gauge))));
    let mut owner = Link::<K>::new(None, &gauge);
    owner.after = Some(Box::new(move |_| {
        below(NO_ROOM, &mut || drop(four.take()));
        alloc::refuse(true);
    }));
    let owner = Strong::new(owner);
    let theirs = OneThread::new(Rc::clone(&called));
    K::on_death(&owner, move |_| theirs.get().set(true)).forget();
    drop(owner);
    alloc::refuse(false);
    assert_eq!((gauge.dropped.get(), called.get()), (5, true));
}

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
    let length = if cfg!(miri) { 200 } else { 2_000 };
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
    let length = if cfg!(miri) { 200 } else { 2_000 };
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
