use core::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;

use super::super::call::{BURYING, READING};
use super::super::{Bury, Group, Shard};
use crate::slot::LocalSlot;

type Log = Rc<RefCell<Vec<&'static str>>>;
type AtDrop = Box<dyn Fn()>;

/// Calls a closure when it is dropped.
struct Row(AtDrop);

impl Drop for Row {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a name panics with.
struct Name;

impl Drop for Name {
    fn drop(&mut self) {
        panic!("the end of a payload");
    }
}

/// A container whose members die when they are told to, and whose other code panics when it is told to.
#[derive(Default)]
struct Rows {
    dead: Vec<Row>,
    looks_panic: bool,
}

thread_local! {
    static NAMES_PANIC: Cell<bool> = const { Cell::new(false) };
    /// How often the name was asked for while nothing was being buried.
    static NAMED: Cell<u32> = const { Cell::new(0) };
}

impl Bury for Rows {
    type Slot = LocalSlot;
    type Entry = Row;

    fn take_dead(&mut self) -> Option<Row> {
        self.dead.pop()
    }

    fn has_dead(&self) -> bool {
        assert!(!self.looks_panic, "the look for more");
        !self.dead.is_empty()
    }

    fn type_name() -> &'static str {
        if NAMES_PANIC.get() {
            panic_any(Name);
        }
        NAMED.set(NAMED.get() + u32::from(BURYING.with(Cell::get).is_null()));
        "rows"
    }
}

fn shard(group: Group) -> Rc<Shard<Rows>> {
    Rc::new(Shard::new(Rows::default(), group))
}

/// Lets one die that notes `event`, and changes `shards`.
fn dies(shard: &Shard<Rows>, log: &Log, event: &'static str, shards: &[Rc<Shard<Rows>>]) {
    let (log, shards) = (Rc::clone(log), shards.to_vec());
    let row = Row(Box::new(move || {
        for shard in &shards {
            shard.write(|_| ());
        }
        log.borrow_mut().push(event);
    }));
    shard.write_only(|rows| rows.dead.push(row));
}

#[track_caller]
fn no_frame_stands() {
    assert!(READING.with(Cell::get).is_null());
    assert!(BURYING.with(Cell::get).is_null());
}

#[track_caller]
fn thrown<R>(body: impl FnOnce() -> R) -> &'static str {
    let payload = catch_unwind(AssertUnwindSafe(|| drop(body()))).expect_err("it panics");
    payload.downcast_ref::<&str>().copied().unwrap_or("another")
}

#[test]
fn what_is_buried_within_a_read_is_dropped_after_the_outermost() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group), shard(group), shard(Group::new())];
    let [one, other, apart] = &all;
    dies(one, &log, "one", &all);
    dies(other, &log, "first", &all);
    dies(other, &log, "second", &all);
    dies(apart, &log, "apart", &all);
    one.read(|_| {
        one.settle();
        apart.read(|_| apart.settle());
        other.read(|rows| {
            other.settle();
            assert_eq!(rows.dead.len(), 2);
        });
        assert!(other.look(|rows| rows.dead.is_empty()));
        assert!(log.borrow().is_empty());
    });
    assert_eq!(log.take(), ["one", "apart", "second", "first"]);

    dies(other, &log, "settled", &all);
    dies(apart, &log, "left", &all);
    Shard::read_many([&**one, one], |_| {
        other.settle();
        Shard::read_many([&**other], |_| ());
        assert!(log.borrow().is_empty());
    });
    assert_eq!(log.take(), ["settled"]);
    apart.settle();
    assert_eq!(log.take(), ["left"]);
    no_frame_stands();
}

#[test]
fn a_panic_of_what_is_left_to_a_reader_is_survived() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group), shard(group)];
    let [one, other] = &all;
    for reads_many in [false, true] {
        dies(other, &log, "buried", &all);
        let bomb = Row(Box::new(|| panic!("a row")));
        other.write_only(|rows| rows.dead.push(bomb));
        let text = thrown(|| {
            if reads_many {
                Shard::read_many([&**one], |_| other.settle());
            } else {
                one.read(|_| other.settle());
            }
        });
        assert_eq!((text, &*log.take()), ("a row", &["buried"][..]));
        no_frame_stands();
        // What was left is dropped after a panic of the call too, which goes first.
        dies(other, &log, "buried", &all);
        let text = thrown(|| {
            let fails = || {
                other.settle();
                panic!("the call")
            };
            if reads_many {
                Shard::read_many([&**one], |_| fails());
            } else {
                one.read(|_| fails());
            }
        });
        assert_eq!((text, &*log.take()), ("the call", &["buried"][..]));
        no_frame_stands();
    }
}

#[test]
fn a_panic_of_the_look_for_more_is_survived() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group)];
    let [shard] = &all;
    dies(shard, &log, "first", &all);
    dies(shard, &log, "second", &all);
    shard.write_only(|rows| rows.looks_panic = true);
    // Within the lock a row would be refused to change the shard.
    assert_eq!(thrown(|| shard.settle()), "the look for more");
    assert_eq!(log.take(), ["second", "first"]);
    no_frame_stands();
}

#[test]
fn a_panic_of_a_name_is_survived() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group), shard(group)];
    let [one, other] = &all;
    NAMES_PANIC.set(true);
    for reads in [false, true] {
        for event in ["first", "second"] {
            let bomb = Row(Box::new(|| panic!("a row")));
            one.write_only(|rows| rows.dead.push(bomb));
            dies(one, &log, event, &all);
        }
        let text = thrown(|| {
            if reads {
                Shard::read_many([&**other], |_| one.settle());
            } else {
                one.settle();
            }
        });
        assert_eq!((text, &*log.take()), ("a row", &["second", "first"][..]));
        no_frame_stands();
    }
    dies(one, &log, "third", &all);
    one.settle();
    assert_eq!(log.take(), ["third"]);
    NAMES_PANIC.set(false);
}

/// Nothing tells that a thread looks, but the lock.
#[test]
fn a_change_within_a_look_is_survived() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group), shard(group)];
    let [one, other] = &all;
    dies(one, &log, "buried", &all);
    let text = one.look(|rows| {
        let text = catch_unwind(AssertUnwindSafe(|| one.write(|rows| rows.dead.clear())));
        one.read(|_| one.look(|_| ()));
        // Left to this call.
        one.settle();
        other.write(|_| ());
        assert_eq!(rows.dead.len(), 1);
        text.expect_err("it would wait for itself")
    });
    let within = "weakref: a shared container of local types was used from within its own lock";
    assert_eq!(text.downcast_ref(), Some(&within));
    assert_eq!(log.take(), ["buried"]);
    no_frame_stands();
}

/// A shard inside another may stand where that stands: what dies in a burial of the outer one is buried in the
/// inner one at once.
#[test]
fn a_shard_within_a_shard_buries_by_itself() {
    struct Outer {
        inner: Shard<Rows>,
        dead: Option<Row>,
    }

    impl Bury for Outer {
        type Slot = LocalSlot;
        type Entry = Row;

        fn take_dead(&mut self) -> Option<Row> {
            self.dead.take()
        }
    }

    let log = Log::default();
    let inner = Shard::new(Rows::default(), Group::new());
    let outer = Rc::new(Shard::new(Outer { inner, dead: None }, Group::new()));
    let (this, its_log) = (Rc::downgrade(&outer), Rc::clone(&log));
    let row = Row(Box::new(move || {
        let outer = this.upgrade().expect("it stands");
        outer.look(|outer| {
            dies(&outer.inner, &its_log, "inner", &[]);
            outer.inner.settle();
        });
        its_log.borrow_mut().push("outer");
    }));
    outer.write_only(|outer| outer.dead = Some(row));
    outer.settle();
    assert_eq!(log.take(), ["inner", "outer"]);
    no_frame_stands();
}

#[test]
fn settling_shows_what_it_takes_out_itself() {
    let (log, group) = (Log::default(), Group::new());
    let one = shard(group);
    let shown = |shard: &Shard<Rows>| {
        let mut shown = 0;
        shard.settle_each(&mut |_| {
            assert_eq!(log.borrow().len(), shown, "before it is dropped");
            shown += 1;
        });
        shown
    };
    assert_eq!(shown(&one), 0);
    for event in ["first", "second"] {
        dies(&one, &log, event, &[]);
    }
    assert_eq!((shown(&one), log.take()), (2, vec!["second", "first"]));

    // What is left to whoever is inside is not shown, and what another burial of the thread is about to do.
    dies(&one, &log, "third", &[]);
    assert_eq!(one.look(|_| shown(&one)), 0);
    assert_eq!(log.take(), ["third"]);
    let (this, its_log) = (Rc::downgrade(&one), Rc::clone(&log));
    let row = Row(Box::new(move || {
        let one = this.upgrade().expect("it stands");
        dies(&one, &its_log, "within", &[]);
        one.settle_each(&mut |_| unreachable!("the call further out does"));
        assert!(its_log.borrow().is_empty());
    }));
    one.write_only(|rows| rows.dead.push(row));
    let mut rows = 0;
    one.settle_each(&mut |_| rows += 1);
    assert_eq!((rows, log.take()), (2, vec!["within"]));
    no_frame_stands();
}

#[test]
fn a_panic_of_who_is_shown_a_row_is_survived() {
    let (log, group) = (Log::default(), Group::new());
    let all = [shard(group)];
    let [shard] = &all;
    dies(shard, &log, "first", &all);
    dies(shard, &log, "second", &all);
    let mut shown = 0;
    let text = thrown(|| {
        shard.settle_each(&mut |_| {
            shown += 1;
            assert!(shown > 1, "who is shown it");
        });
    });
    assert_eq!((text, shown), ("who is shown it", 2));
    assert_eq!(log.take(), ["second", "first"]);
    no_frame_stands();
}

#[test]
fn a_panic_of_what_is_left_to_who_looks_is_survived() {
    let one = shard(Group::new());
    one.write_only(|rows| rows.dead.push(Row(Box::new(|| panic!("a row")))));
    let (log, its_log) = (Log::default(), Log::default());
    let (result, dropped) = (Rc::clone(&log), Rc::clone(&its_log));
    let text = thrown(|| {
        one.look(|_| {
            one.settle();
            result.borrow_mut().push("looked");
            Row(Box::new(move || dropped.borrow_mut().push("result")))
        })
    });
    assert_eq!((text, &*log.take()), ("a row", &["looked"][..]));
    assert_eq!(its_log.take(), ["result"]);
    no_frame_stands();
}

#[test]
fn a_second_panic_after_a_burial_is_survived() {
    let one = shard(Group::new());
    one.write_only(|rows| rows.dead.push(Row(Box::new(|| panic!("a row")))));
    let text = thrown(|| {
        let _settles = Row(Box::new(move || one.settle()));
        panic!("the first")
    });
    assert_eq!((text, NAMED.get()), ("the first", 1));
    no_frame_stands();
}

#[test]
fn what_is_buried_within_a_burial_is_not_buried_at_once() {
    let all = [(); 2].map(|()| shard(Group::new()));
    let [one, other] = &all;
    let at_once = Rc::new(Cell::new([true; 2]));
    let (told, shards) = (Rc::clone(&at_once), all.clone());
    let row = Row(Box::new(move || {
        told.set(shards.each_ref().map(|shard| shard.buries_at_once()));
    }));
    one.write_only(|rows| rows.dead.push(row));
    assert!(one.buries_at_once() && other.buries_at_once());
    one.settle();
    assert_eq!(at_once.get(), [false, true]);
    assert!(one.buries_at_once());
}
