//! Who buries what has died: panics of what is buried, and what it may do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

use weakref::watch::{Bury, Group, Shard};
use weakref::{Source, Strong};

use super::{Kept, Owner, Referent, Tail, Waking, Yard, noted, referent, tail};
use crate::support::hook::told;
use crate::support::kind::{Kind, LocalSmall, SyncSmall};
use crate::support::log::Log;
use crate::support::{in_all_kinds, rounds, throw, thrown};

in_all_kinds!(
    panics_in_a_death_are_reported_and_the_rest_is_buried,
    panics_in_a_call_resume_after_the_rest_is_buried,
    a_panic_of_the_call_goes_first,
    the_result_is_dropped_when_leaving_panics,
    whoever_is_inside_buries_when_leaving,
    what_is_buried_may_use_the_shard,
    burials_do_not_nest,
    what_cannot_be_taken_out_is_tried_again,
);

fn report(text: &str) -> (Source, String) {
    (Source::Burial, text.to_owned())
}

/// What was told, by its text.
fn told_of(body: impl FnOnce()) -> Vec<(Source, String)> {
    let mut told = told(body);
    told.sort_by(|(_, one), (_, other)| one.cmp(other));
    told
}

/// An owner with three entries of one object, two of which panic at their end.
fn with_panics<K: Waking>(log: &Log) -> (Strong<Owner<K>>, Strong<Referent<K>>) {
    let owner = Owner::<K>::new();
    let strong = referent::<K>();
    for text in ["one", "another"] {
        owner.add(&strong, tail(move || throw(text)));
    }
    owner.add(&strong, noted(log, "buried"));
    (owner, strong)
}

fn panics_in_a_death_are_reported_and_the_rest_is_buried<K: Waking>() {
    let log = Log::new();
    let (owner, strong) = with_panics::<K>(&log);
    assert_eq!(told_of(|| drop(strong)), [report("another"), report("one")]);
    assert_eq!((owner.standing(), log.take().len()), (0, 1));
    // While the thread is panicking.
    let (owner, strong) = with_panics::<K>(&log);
    let told = told_of(|| {
        let text = thrown(|| {
            let strong = Kept::new(strong);
            let _at_end = tail(move || strong.drop_it());
            throw("on its way");
        });
        assert_eq!(text, "on its way");
    });
    assert_eq!(told, [report("another"), report("one")]);
    assert_eq!((owner.standing(), log.take().len()), (0, 1));
}

fn panics_in_a_call_resume_after_the_rest_is_buried<K: Waking>() {
    let log = Log::new();
    for writes in [false, true] {
        let (owner, strong) = with_panics::<K>(&log);
        let mut texts = Vec::new();
        let told = told(|| {
            texts.push(thrown(|| {
                if writes {
                    owner.shard.write(|_| drop(strong));
                } else {
                    owner.shard.read(|_| drop(strong));
                }
            }));
        });
        assert_eq!((owner.standing(), log.take().len()), (0, 1));
        assert_eq!(told.len(), 1);
        texts.push(told[0].1.clone());
        texts.sort();
        assert_eq!(texts, ["another", "one"]);
    }
}

fn a_panic_of_the_call_goes_first<K: Waking>() {
    let log = Log::new();
    for writes in [false, true] {
        let (owner, strong) = with_panics::<K>(&log);
        let told = told(|| {
            let fail = || -> () {
                drop(strong);
                throw("the call")
            };
            let text = thrown(|| {
                if writes {
                    owner.shard.write(|_| fail());
                } else {
                    owner.shard.read(|_| fail());
                }
            });
            assert_eq!(text, "the call");
        });
        assert_eq!((owner.standing(), log.take().len()), (0, 1));
        assert_eq!(told.len(), 2);
        // And nobody is inside any more.
        owner.shard.write(|_| ());
    }
}

fn the_result_is_dropped_when_leaving_panics<K: Waking>() {
    let log = Log::new();
    for writes in [false, true] {
        let owner = Owner::<K>::new();
        let strong = referent::<K>();
        owner.add(&strong, tail(|| throw("buried")));
        let body = || {
            drop(strong);
            noted(&log, "result")
        };
        let text = thrown(|| {
            if writes {
                owner.shard.write(|_| body())
            } else {
                owner.shard.read(|_| body())
            }
        });
        assert_eq!(
            (text.as_str(), log.take()),
            ("buried", vec!["result".to_owned()])
        );
    }
}

fn whoever_is_inside_buries_when_leaving<K: Waking>() {
    let log = Log::new();
    let owner = Owner::<K>::new();
    let add = || {
        let strong = referent::<K>();
        owner.add(&strong, noted(&log, "buried"));
        strong
    };
    let stands = |yard: &Yard<K>| yard.entries.iter().flatten().count();

    let strong = add();
    owner.shard.read(|yard| {
        owner.shard.read(|_| drop(strong));
        // The outer call is inside still.
        assert_eq!((stands(yard), log.take().len()), (1, 0));
    });
    assert_eq!((owner.standing(), log.take().len()), (0, 1));

    let (first, second) = (add(), add());
    owner.shard.write(|yard| {
        drop(first);
        drop(second);
        assert_eq!((stands(yard), log.take().len()), (2, 0));
    });
    assert_eq!((owner.standing(), log.take().len()), (0, 2));

    let strong = add();
    let told = told(|| {
        let text = thrown(|| {
            owner.shard.read(|_| {
                drop(strong);
                throw("inside")
            })
        });
        assert_eq!(text, "inside");
    });
    assert_eq!((owner.standing(), log.take().len(), told.len()), (0, 1, 0));
}

fn what_is_buried_may_use_the_shard<K: Waking>() {
    let log = Log::new();
    let owner = Owner::<K>::new();
    let late = referent::<K>();
    let later = Kept::new(referent::<K>());
    {
        let strong = referent::<K>();
        let (used, log, late, later) = (owner.clone(), log.clone(), late.clone(), later.clone());
        owner.add(
            &strong,
            tail(move || {
                assert_eq!(used.standing(), 0);
                used.add(&late, noted(&log, "late"));
                used.add(later.0.borrow().as_ref().unwrap(), noted(&log, "later"));
                assert_eq!(used.standing(), 2);
                later.drop_it();
                log.note("first");
                assert_eq!(used.dead(), 1);
            }),
        );
        drop(strong);
    }
    assert_eq!(log.take(), ["first", "later"]);
    assert_eq!(owner.standing(), 1);
    drop(late);
    assert_eq!((owner.standing(), log.take().len()), (0, 1));
}

/// Else what is buried needs a stack as deep as the dead are many.
fn burials_do_not_nest<K: Waking>() {
    const DEAD: usize = rounds(300, 20);
    let owner = Owner::<K>::new();
    let [depth, deepest, buried] = [(); 3].map(|()| Rc::new(Cell::new(0)));
    let bury = {
        let (owner, deepest, buried) = (owner.clone(), deepest.clone(), buried.clone());
        move || {
            depth.set(depth.get() + 1);
            deepest.set(deepest.get().max(depth.get()));
            owner.standing();
            owner.shard.write(|_| ());
            owner.shard.settle();
            depth.set(depth.get() - 1);
            buried.set(buried.get() + 1);
        }
    };
    let strongs: Vec<_> = (0..DEAD)
        .map(|_| {
            let strong = referent::<K>();
            owner.add(&strong, tail(bury.clone()));
            strong
        })
        .collect();
    owner.shard.read(|_| drop(strongs));
    assert_eq!((buried.get(), deepest.get()), (DEAD, 1));
    assert_eq!(owner.standing(), 0);
}

/// Fails to take the dead out as often as it is told.
struct Failing<K: Kind> {
    failures: u32,
    dead: Vec<Tail>,
    _body: K::Body,
}

impl<K: Kind> Bury for Failing<K> {
    type Slot = K::Slot;
    type Entry = Tail;

    fn take_dead(&mut self) -> Option<Tail> {
        if self.failures > 0 {
            self.failures -= 1;
            throw("cannot be taken out");
        }
        self.dead.pop()
    }
}

fn what_cannot_be_taken_out_is_tried_again<K: Waking>() {
    let log = Log::new();
    let inside = Failing::<K> {
        failures: 3,
        dead: vec![noted(&log, "buried"), noted(&log, "buried")],
        _body: K::Body::default(),
    };
    let shard = Shard::new(inside, Group::new());
    assert_eq!(thrown(|| shard.settle()), "cannot be taken out");
    assert_eq!(thrown(|| shard.read(|_| ())), "cannot be taken out");
    let told = told(|| {
        let text = thrown(|| shard.write(|_| throw("the call")));
        assert_eq!(text, "the call");
    });
    assert_eq!(told, [report("cannot be taken out")]);
    assert_eq!(log.take(), Vec::<String>::new());
    shard.read(|inside| assert_eq!(inside.dead.len(), 2));
    assert_eq!(log.take(), ["buried", "buried"]);
}

#[test]
fn deaths_at_the_end_of_a_thread_are_buried() {
    thread_local! {
        static AT_END: RefCell<Option<Tail>> = const { RefCell::new(None) };
    }
    fn at_end_of_thread<K: Waking>() {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let at_end = tail(move || {
                let owner = Owner::<K>::new();
                let strong = referent::<K>();
                let (used, sender) = (owner.clone(), sender.clone());
                let entry = tail(move || sender.send(used.standing()).unwrap());
                owner.add(&strong, entry);
                owner.shard.read(|_| drop(strong));
            });
            AT_END.set(Some(at_end));
        });
        assert_eq!(receiver.into_iter().collect::<Vec<_>>(), [0]);
    }
    at_end_of_thread::<LocalSmall>();
    at_end_of_thread::<SyncSmall>();
}
