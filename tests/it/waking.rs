//! Graveyards that wake their owner, and the lock of its container: when, in what order, and whatever goes first.

use std::any::type_name;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Mutex;

use weakref::watch::{Bury, Graveyard, Group, Shard, Wake, Watched};
use weakref::{Source, Strong, SyncSlot, WeakRef, WeakReferenceable};
use weakref_tests::counting::count;

use crate::support::hook::{reports, told};
use crate::support::kind::{Kind, LocalLarge, LocalSmall, Object, SyncLarge, SyncSmall};
use crate::support::log::Log;
use crate::support::one_thread::OneThread;
use crate::support::{in_all_kinds, rounds, throw};

mod burial;
mod lock;

in_all_kinds!(
    woken_after_callbacks_and_before_the_drop_returns,
    a_moved_out_value_wakes_too,
    nothing_happens_when_the_owner_is_dead,
    the_owner_may_go_between_death_and_waking,
    an_entry_may_go_between_death_and_waking,
    a_graveyard_may_be_replaced_between_death_and_waking,
    the_last_handle_of_the_owner_may_go_while_it_is_woken,
    one_object_in_several_containers,
    a_death_allocates_nothing,
    a_death_under_construction_wakes_nobody,
    deaths_that_are_woken_for_may_nest,
);

/// Calls a closure when it is dropped.
struct Tail(Mutex<OneThread<Box<dyn Fn()>>>);

impl Drop for Tail {
    fn drop(&mut self) {
        (self.0.get_mut().unwrap().get())();
    }
}

fn tail(at_drop: impl Fn() + 'static) -> Tail {
    Tail(Mutex::new(OneThread::new(Box::new(at_drop))))
}

/// Notes `event` when it is dropped.
fn noted(log: &Log, event: &'static str) -> Tail {
    let log = log.clone();
    tail(move || log.note(event))
}

type Referent<K> = Object<K, Tail>;

fn referent<K: Kind>() -> Strong<Referent<K>> {
    Object::strong(tail(|| ()))
}

/// A container of numbered places.
struct Yard<K: Kind> {
    entries: Vec<Option<(Watched<Referent<K>>, Tail)>>,
    graveyard: Graveyard<K::Slot>,
}

impl<K: Kind> Bury for Yard<K> {
    type Slot = K::Slot;
    type Entry = Option<(Watched<Referent<K>>, Tail)>;

    fn take_dead(&mut self) -> Option<Self::Entry> {
        let notice = self.graveyard.next_dead()?;
        Some(self.entries[usize::try_from(notice.token).unwrap()].take())
    }
}

struct Owner<K: Kind> {
    shard: Shard<Yard<K>>,
    _body: K::Body,
}

impl<K: Kind> WeakReferenceable for Owner<K> {
    type Slot = K::Slot;
}

impl<K: Kind> Wake for Owner<K> {
    fn wake(&self) {
        self.shard.settle();
    }
}

/// A kind whose owners can be woken from wherever its objects die.
trait Waking: Kind {
    fn waking(owner: &WeakRef<Owner<Self>>) -> Graveyard<Self::Slot>;
}

macro_rules! waking {
    ($($kind:ident)*) => {$(
        impl Waking for $kind {
            fn waking(owner: &WeakRef<Owner<Self>>) -> Graveyard<Self::Slot> {
                Graveyard::waking(owner)
            }
        }
    )*};
}
waking!(LocalSmall LocalLarge SyncSmall SyncLarge);

impl<K: Waking> Owner<K> {
    fn new() -> Strong<Self> {
        Self::in_group(Group::new())
    }

    fn in_group(group: Group) -> Strong<Self> {
        Strong::new_cyclic(|this| {
            let yard = Yard {
                entries: Vec::new(),
                graveyard: K::waking(this),
            };
            Self {
                shard: Shard::new(yard, group),
                _body: K::Body::default(),
            }
        })
    }

    fn add(&self, referent: &Strong<Referent<K>>, tail: Tail) {
        self.shard.write(|yard| {
            let token = yard.entries.len() as u64;
            let watched = yard.graveyard.watch(referent, token);
            yard.entries.push(Some((watched, tail)));
        });
    }

    fn take(&self, place: usize) -> Option<(Watched<Referent<K>>, Tail)> {
        self.shard.write(|yard| yard.entries[place].take())
    }

    /// Entries that stand, of dead referents too.
    fn standing(&self) -> usize {
        self.shard
            .read(|yard| yard.entries.iter().flatten().count())
    }

    fn dead(&self) -> usize {
        self.shard.read(|yard| yard.graveyard.dead())
    }
}

/// Something that a closure shall drop.
struct Kept<T>(Rc<RefCell<Option<T>>>);

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> Kept<T> {
    fn new(value: T) -> Self {
        Self(Rc::new(RefCell::new(Some(value))))
    }

    fn drop_it(&self) {
        let value = self.0.borrow_mut().take();
        drop(value);
    }
}

/// When something happens to what is told of a death.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    InDrop,
    InCallback,
}

/// An object that calls `action` in the middle of its death, and its callback if it has one.
fn dying<K: Kind>(
    when: When,
    register: impl FnOnce(&Strong<Referent<K>>),
    action: impl Fn() + 'static,
) {
    let action = OneThread::new(action);
    match when {
        When::InDrop => {
            let strong = Object::<K, _>::strong(tail(move || action.get()()));
            register(&strong);
            drop(strong);
        }
        When::InCallback => {
            let strong = referent::<K>();
            // Between the two registrations there may be.
            K::on_death(&strong, move |_| action.get()()).forget();
            register(&strong);
            drop(strong);
        }
    }
}

fn woken_after_callbacks_and_before_the_drop_returns<K: Waking>() {
    let log = Log::new();
    let owner = Owner::<K>::new();
    let strong = Object::strong(noted(&log, "drop"));
    let first = K::on_death(&strong, log.callback("callback"));
    owner.add(&strong, noted(&log, "buried"));
    let second = K::on_death(&strong, log.callback("callback"));
    owner.add(&strong, noted(&log, "buried"));
    drop(strong.clone());
    assert_eq!(log.take(), Vec::<String>::new());
    drop(strong);
    log.note("returned");
    let expected = [
        "drop", "callback", "callback", "buried", "buried", "returned",
    ];
    assert_eq!(log.take(), expected);
    assert_eq!((owner.standing(), owner.dead()), (0, 0));
    drop((first, second));
}

fn a_moved_out_value_wakes_too<K: Waking>() {
    type MoveOut<K> = fn(Strong<Referent<K>>) -> Option<Referent<K>>;
    let log = Log::new();
    let owner = Owner::<K>::new();
    for nodes in [false, true] {
        let move_out: [MoveOut<K>; 2] =
            [|strong| Strong::try_unwrap(strong).ok(), Strong::into_inner];
        for move_out in move_out {
            let strong = Object::strong(noted(&log, "drop"));
            owner.add(&strong, noted(&log, "buried"));
            if nodes {
                owner.add(&strong, noted(&log, "buried"));
            }
            let value = move_out(strong).unwrap();
            log.note("returned");
            assert_eq!(log.take().len(), 2 + usize::from(nodes));
            drop(value);
            assert_eq!(log.take(), ["drop"]);
        }
    }
    assert_eq!(owner.standing(), 0);
}

fn nothing_happens_when_the_owner_is_dead<K: Waking>() {
    let log = Log::new();
    // With everything in it.
    let strong = referent::<K>();
    let owner = Owner::<K>::new();
    owner.add(&strong, noted(&log, "gone"));
    owner.add(&strong, noted(&log, "gone"));
    drop(owner);
    assert_eq!(log.take(), ["gone", "gone"]);
    drop(strong);
    // An entry outlives the graveyard.
    for nodes in 0..3 {
        for entries_first in [false, true] {
            let strong = referent::<K>();
            let owner = Owner::<K>::new();
            for _ in 0..=nodes {
                owner.add(&strong, noted(&log, "gone"));
            }
            let entries: Vec<_> = (0..=nodes).map(|at| owner.take(at).unwrap()).collect();
            drop(owner);
            if entries_first {
                drop(entries);
                drop(strong);
            } else {
                drop(strong);
                assert!(entries.iter().all(|(watched, _)| !watched.is_alive()));
                assert_eq!(log.take(), Vec::<String>::new());
                drop(entries);
            }
            assert_eq!(log.take().len(), nodes + 1);
        }
    }
    // The graveyard outlives its owner: then it is a passive one.
    let owner = Owner::<K>::new();
    let weak = Strong::downgrade(&owner);
    let mut graveyard = K::waking(&weak);
    drop(owner);
    let strong = referent::<K>();
    let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
    drop(strong);
    assert_eq!(graveyard.dead(), 2);
    assert!(graveyard.next_dead().is_some());
    drop((graveyard, entries));
}

fn the_owner_may_go_between_death_and_waking<K: Waking>() {
    for when in [When::InDrop, When::InCallback] {
        for entries in 1..=3 {
            // An entry is dropped with the owner, or after the graveyard, or after the death.
            for kept in 0..=entries {
                for kept_for_longer in [false, true] {
                    let owner = Owner::<K>::new();
                    let handle = Kept::new(owner.clone());
                    let outliving = Kept::new(Vec::new());
                    let register = |strong: &Strong<Referent<K>>| {
                        for _ in 0..entries {
                            owner.add(strong, tail(|| ()));
                        }
                        drop(owner);
                    };
                    let action = {
                        let outliving = outliving.clone();
                        move || {
                            let taken = (0..kept).map(|at| {
                                let owner = handle.0.borrow();
                                owner.as_ref().unwrap().take(at)
                            });
                            *outliving.0.borrow_mut() = Some(taken.collect());
                            handle.drop_it();
                            if !kept_for_longer {
                                outliving.drop_it();
                            }
                        }
                    };
                    dying::<K>(when, register, action);
                    outliving.drop_it();
                }
            }
        }
    }
}

fn an_entry_may_go_between_death_and_waking<K: Waking>() {
    let log = Log::new();
    for when in [When::InDrop, When::InCallback] {
        for entries in 1..=3_usize {
            for going in 0..1_usize << entries {
                let owner = Owner::<K>::new();
                let register = |strong: &Strong<Referent<K>>| {
                    for _ in 0..entries {
                        owner.add(strong, noted(&log, "buried"));
                    }
                };
                let action = {
                    let (owner, log) = (owner.clone(), log.clone());
                    move || {
                        assert_eq!(owner.dead(), entries);
                        for at in (0..entries).filter(|at| going & 1 << at != 0) {
                            drop(owner.take(at));
                        }
                        assert_eq!(owner.dead(), entries - going.count_ones() as usize);
                        assert_eq!(owner.standing(), owner.dead());
                        assert_eq!(log.take().len(), going.count_ones() as usize);
                    }
                };
                dying::<K>(when, register, action);
                assert_eq!(log.take().len(), entries - going.count_ones() as usize);
                assert_eq!((owner.standing(), owner.dead()), (0, 0));
            }
        }
    }
}

fn a_graveyard_may_be_replaced_between_death_and_waking<K: Waking>() {
    for when in [When::InDrop, When::InCallback] {
        for drained in [false, true] {
            let owner = Owner::<K>::new();
            let register = |strong: &Strong<Referent<K>>| {
                owner.add(strong, tail(|| ()));
                owner.add(strong, tail(|| ()));
            };
            let action = {
                let owner = owner.clone();
                move || {
                    let fresh = Yard {
                        entries: Vec::new(),
                        graveyard: K::waking(&Strong::downgrade(&owner)),
                    };
                    let mut old = owner.shard.write(|yard| std::mem::replace(yard, fresh));
                    // It is told at the end of the death, not yet.
                    assert_eq!(
                        (old.graveyard.dead(), old.take_dead().is_some()),
                        (2, false)
                    );
                    if drained {
                        drop(old.entries);
                    }
                }
            };
            dying::<K>(when, register, action);
            let strong = referent::<K>();
            owner.add(&strong, tail(|| ()));
            assert_eq!(owner.standing(), 1);
            drop(strong);
            assert_eq!(owner.standing(), 0);
        }
    }
}

fn the_last_handle_of_the_owner_may_go_while_it_is_woken<K: Waking>() {
    let log = Log::new();
    for panics in [false, true] {
        let owner = Owner::<K>::new();
        let weak = Strong::downgrade(&owner);
        let (a, b, other) = (referent::<K>(), referent::<K>(), referent::<K>());
        // What is buried owns its container.
        let handle = Kept::new(owner.clone());
        owner.add(&a, tail(move || handle.drop_it()));
        let at_end = log.clone();
        let end = tail(move || {
            at_end.note("end");
            if panics {
                throw("the end of what stood");
            }
        });
        owner.add(&other, end);
        owner.add(&b, tail(|| ()));
        // Both wait when the first is taken out.
        owner.shard.read(|_| drop(b));
        drop(owner);
        assert!(weak.is_alive());
        let told = told(|| drop(a));
        log.note("returned");
        assert!(!weak.is_alive());
        assert_eq!(log.take(), ["end", "returned"]);
        let expected = (Source::Burial, "the end of what stood".to_owned());
        assert_eq!(told, vec![expected; usize::from(panics)]);
        assert_eq!(Strong::weak_count(&other), 0);
    }
}

fn one_object_in_several_containers<K: Waking>() {
    const ORDERS: [[usize; 3]; 6] = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for order in ORDERS {
        for ended in 0..8_usize {
            let mut passive = Graveyard::new();
            let owners = [Owner::<K>::new(), Owner::<K>::new()];
            let mut entry = None;
            let seen = {
                let owners = owners.clone();
                tail(move || {
                    for (at, owner) in owners.iter().enumerate() {
                        let stands = usize::from(ended & 1 << at == 0);
                        assert_eq!((owner.standing(), owner.dead()), (stands, stands));
                    }
                })
            };
            let strong = Object::<K, _>::strong(seen);
            for at in order {
                match owners.get(at) {
                    Some(owner) => owner.add(&strong, tail(|| ())),
                    None => entry = Some(passive.watch(&strong, 7)),
                }
            }
            for at in (0..3).filter(|at| ended & 1 << at != 0) {
                match owners.get(at) {
                    Some(owner) => drop(owner.take(0)),
                    None => drop(entry.take()),
                }
            }
            drop(strong);
            assert!(owners.iter().all(|owner| owner.standing() == 0));
            let notice = passive.next_dead().map(|notice| notice.token);
            assert_eq!(notice, (ended & 4 == 0).then_some(7));
        }
    }
}

fn a_death_allocates_nothing<K: Waking>() {
    let owner = Owner::<K>::new();
    for registrations in 1..4 {
        let strong = referent::<K>();
        for _ in 0..registrations {
            owner.add(&strong, tail(|| ()));
        }
        let ((), usage) = count(|| drop(strong));
        assert_eq!(usage.allocations, 0);
        assert!(usage.frees > 0);
    }
    assert_eq!(owner.standing(), 0);
}

fn a_death_under_construction_wakes_nobody<K: Waking>() {
    let log = Log::new();
    let owner = Strong::new_cyclic(|this| {
        let strong = referent::<K>();
        let mut graveyard = K::waking(this);
        let watched = graveyard.watch(&strong, 0);
        drop(strong);
        let yard = Yard {
            entries: vec![Some((watched, noted(&log, "buried")))],
            graveyard,
        };
        Owner::<K> {
            shard: Shard::new(yard, Group::new()),
            _body: K::Body::default(),
        }
    });
    assert_eq!((owner.standing(), owner.dead()), (1, 1));
    // The next death, or who made the owner, sees to it.
    owner.shard.settle();
    assert_eq!((owner.standing(), log.take().len()), (0, 1));
}

fn deaths_that_are_woken_for_may_nest<K: Waking>() {
    const LENGTH: usize = rounds(1000, 20);
    // Each entry owns the next referent.
    let owner = Owner::<K>::new();
    let mut next = referent::<K>();
    owner.add(&next, tail(|| ()));
    for _ in 0..LENGTH {
        let strong = referent::<K>();
        let kept = Kept::new(next);
        owner.add(&strong, tail(move || kept.drop_it()));
        next = strong;
    }
    assert_eq!(owner.standing(), LENGTH + 1);
    drop(next);
    assert_eq!((owner.standing(), owner.dead()), (0, 0));
}

/// An owner that cannot be woken.
struct Panics;

impl WeakReferenceable for Panics {
    type Slot = SyncSlot;
}

impl Wake for Panics {
    fn wake(&self) {
        throw("not now");
    }
}

#[test]
fn panics_of_waking_are_reported() {
    let owner = Strong::new(Panics);
    let mut graveyard = Graveyard::waking(&Strong::downgrade(&owner));
    let strong = Object::<SyncLarge>::strong(());
    let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
    let ((), reports) = reports(|| drop(strong));
    assert_eq!(reports.len(), 2);
    for report in reports {
        assert_eq!(report.what(), (Source::Burial, "not now"));
        assert_eq!(report.type_name, type_name::<Panics>());
    }
    assert_eq!(graveyard.dead(), 2);
    drop(entries);
}
