//! Graveyards: what they are told of, when, and in what order of ends nothing is touched after it was freed.

use std::cell::RefCell;
use std::sync::Mutex;

use weakref::watch::{Graveyard, Notice, Watched};
use weakref::{CallbackRef, Strong, SyncSlot, WeakReferenceable, coerce};
use weakref_tests::counting::count;

use crate::support::kind::{Kind, Object};
use crate::support::log::Log;
use crate::support::{in_all_kinds, leaves_nothing, rounds};

mod script;

in_all_kinds!(
    notice_of_a_death,
    notices_of_many,
    two_graveyards_on_one_object,
    one_graveyard_twice_on_one_object,
    ended_before_the_death,
    ended_between_death_and_drain,
    ended_after_the_drain,
    registration_may_end_inside_the_drop_of_its_referent,
    graveyard_may_end_inside_the_drop_of_a_referent,
    graveyard_with_undrained_notices_ends_first,
    the_last_entry_that_ends_frees_a_graveyard_that_is_gone,
    drained_in_parts,
    id_is_not_used_again_while_an_entry_stands,
    unsized_referents,
    watched_is_a_weak_reference,
    unwatched_by_who_has_it_alone,
    not_unwatched_beside_others,
    the_last_to_know_of_the_dead,
    entries_beside_callbacks_in_every_order,
    scripts_agree_with_a_model,
);

fn tokens<K: Kind>(graveyard: &mut Graveyard<K::Slot>) -> Vec<u64> {
    let mut tokens = Vec::new();
    while let Some(notice) = graveyard.next_dead() {
        tokens.push(notice.token);
    }
    tokens.sort_unstable();
    tokens
}

fn notice_of_a_death<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entry = graveyard.watch(&strong, u64::MAX);
    let id = Strong::id(&strong);
    assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
    let other = strong.clone();
    drop(strong);
    assert_eq!(graveyard.dead(), 0);
    drop(other);
    assert_eq!(graveyard.dead(), 1);
    assert_eq!(format!("{graveyard:?}"), "Graveyard { dead: 1, .. }");
    let notice = graveyard.next_dead().unwrap();
    assert_eq!(
        notice,
        Notice {
            id,
            token: u64::MAX
        }
    );
    assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
    assert_eq!(entry.id(), id);
}

fn notices_of_many<K: Kind>() {
    let mut graveyard = Graveyard::default();
    let strongs: Vec<_> = (0..10).map(Object::<K, _>::strong).collect();
    let entries: Vec<_> = strongs
        .iter()
        .map(|strong| graveyard.watch(strong, ***strong))
        .collect();
    for (at, strong) in strongs.into_iter().enumerate() {
        assert_eq!(graveyard.dead(), at);
        drop(strong);
    }
    assert_eq!(tokens::<K>(&mut graveyard), (0..10).collect::<Vec<_>>());
    assert!(entries.iter().all(|entry| !entry.is_alive()));
}

fn two_graveyards_on_one_object<K: Kind>() {
    for first_ends in [false, true] {
        let (mut here, mut there) = (Graveyard::new(), Graveyard::new());
        let strong = Object::<K>::strong(());
        let first = here.watch(&strong, 1);
        let second = there.watch(&strong, 2);
        let third = there.watch(&strong, 3);
        assert_eq!(Strong::weak_count(&strong), 3);
        if first_ends {
            // The inline berth is free again, and is used again.
            drop(first);
            let again = here.watch(&strong, 4);
            drop(third);
            drop(strong);
            assert_eq!((here.dead(), there.dead()), (1, 1));
            assert_eq!(
                (tokens::<K>(&mut here), tokens::<K>(&mut there)),
                (vec![4], vec![2])
            );
            drop((second, again));
        } else {
            drop(second);
            drop(strong);
            assert_eq!(
                (tokens::<K>(&mut here), tokens::<K>(&mut there)),
                (vec![1], vec![3])
            );
            drop((first, third));
        }
    }
}

fn one_graveyard_twice_on_one_object<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entries = [1, 2, 3].map(|token| graveyard.watch(&strong, token));
    drop(strong);
    assert_eq!(graveyard.dead(), 3);
    let [first, second, third] = entries;
    drop(second);
    assert_eq!(graveyard.dead(), 2);
    assert_eq!(tokens::<K>(&mut graveyard), [1, 3]);
    drop((first, third));
}

fn ended_before_the_death<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    for _ in 0..3 {
        drop(graveyard.watch(&strong, 1));
        assert_eq!(Strong::weak_count(&strong), 0);
    }
    drop(strong);
    assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
}

fn ended_between_death_and_drain<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let (a, b) = (Object::<K>::strong(()), Object::<K>::strong(()));
    let (inline, node) = (graveyard.watch(&a, 1), graveyard.watch(&a, 2));
    let kept = graveyard.watch(&b, 3);
    drop((a, b));
    assert_eq!(graveyard.dead(), 3);
    drop(inline);
    assert_eq!(graveyard.dead(), 2);
    drop(node);
    assert_eq!(graveyard.dead(), 1);
    assert_eq!(tokens::<K>(&mut graveyard), [3]);
    drop(kept);
    // All of them withdrawn: nothing is handed out, and the drain frees what the notices pinned.
    let strong = Object::<K>::strong(());
    let entry = graveyard.watch(&strong, 4);
    drop(strong);
    drop(entry);
    assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
}

fn ended_after_the_drain<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
    drop(strong);
    assert_eq!(tokens::<K>(&mut graveyard), [1, 2]);
    drop(entries);
    assert_eq!(graveyard.dead(), 0, "not counted down twice");
}

fn registration_may_end_inside_the_drop_of_its_referent<K: Kind>() {
    struct Owner<K: Kind> {
        entry: RefCell<Option<Watched<Owner<K>>>>,
        number: Box<u32>,
        _body: K::Body,
    }
    impl<K: Kind> WeakReferenceable for Owner<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Owner<K> {
        fn drop(&mut self) {
            *self.number += 1;
            self.entry.take();
            *self.number += 1;
        }
    }
    for inline in [true, false] {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Owner::<K> {
            entry: RefCell::default(),
            number: Box::new(0),
            _body: K::Body::default(),
        });
        let first = (!inline).then(|| graveyard.watch(&strong, 0));
        strong.entry.replace(Some(graveyard.watch(&strong, 1)));
        drop(strong);
        assert_eq!(graveyard.dead(), usize::from(!inline));
        assert_eq!(
            graveyard.next_dead().map(|notice| notice.token),
            first.as_ref().map(|_| 0)
        );
        assert_eq!(graveyard.next_dead(), None);
    }
}

fn graveyard_may_end_inside_the_drop_of_a_referent<K: Kind>() {
    /// A container that is owned by what is in it.
    struct Container<K: Kind> {
        entries: Vec<Watched<Owner<K>>>,
        graveyard: Graveyard<K::Slot>,
    }
    struct Owner<K: Kind>(RefCell<Option<Container<K>>>, K::Body);
    impl<K: Kind> WeakReferenceable for Owner<K> {
        type Slot = K::Slot;
    }
    let owner = || Strong::new(Owner::<K>(RefCell::default(), K::Body::default()));
    let (strong, other) = (owner(), owner());
    let mut graveyard = Graveyard::new();
    let entries = vec![
        graveyard.watch(&strong, 0),
        graveyard.watch(&other, 1),
        graveyard.watch(&strong, 2),
    ];
    strong.0.replace(Some(Container { entries, graveyard }));
    let weak = Strong::downgrade(&strong);
    drop(strong);
    assert!(!weak.is_alive());
    assert_eq!(Strong::weak_count(&other), 0);

    // And the other way round: entries first.
    let mut graveyard = Graveyard::new();
    let entries = vec![graveyard.watch(&other, 0), graveyard.watch(&other, 1)];
    other.0.replace(Some(Container { entries, graveyard }));
    let container = other.0.take();
    drop(other);
    let Some(Container {
        entries,
        mut graveyard,
    }) = container
    else {
        unreachable!()
    };
    assert_eq!(graveyard.dead(), 2);
    drop(entries);
    assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
}

fn graveyard_with_undrained_notices_ends_first<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
    drop(strong);
    drop(graveyard);
    assert!(!entries[0].is_alive() && entries[0].id() == entries[1].id());
    drop(entries);
}

fn the_last_entry_that_ends_frees_a_graveyard_that_is_gone<K: Kind>() {
    for drained in 0..3 {
        let mut graveyard = Graveyard::new();
        let strong = Object::<K>::strong(());
        let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
        let ended = graveyard.watch(&strong, 3);
        drop(ended);
        // Dead, and drained: not waited for.
        for _ in 0..drained {
            let other = Object::<K>::strong(());
            let of_other = [graveyard.watch(&other, 4), graveyard.watch(&other, 5)];
            drop(other);
            assert_eq!(tokens::<K>(&mut graveyard), [4, 5]);
            drop(of_other);
        }
        drop(graveyard);
        let ((), usage) = count(|| drop(entries));
        // The node of the second, and the block of the graveyard.
        assert_eq!((usage.allocations, usage.frees), (0, 2));
        assert_eq!(Strong::weak_count(&strong), 0);
    }
}

fn drained_in_parts<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let make = |graveyard: &mut Graveyard<K::Slot>, token| {
        let strong = Object::<K>::strong(());
        let entry = graveyard.watch(&strong, token);
        (strong, entry)
    };
    let (a, of_a) = make(&mut graveyard, 1);
    let (b, of_b) = make(&mut graveyard, 2);
    let (c, of_c) = make(&mut graveyard, 3);
    drop((a, b));
    let first = graveyard.next_dead().unwrap().token;
    assert_eq!(graveyard.dead(), 1);
    // One is taken from the stack and not drained, another comes.
    drop(c);
    assert_eq!(graveyard.dead(), 2);
    // The one that is taken but not drained is withdrawn.
    let (pending, drained) = if first == 1 {
        (of_b, of_a)
    } else {
        (of_a, of_b)
    };
    drop(pending);
    assert_eq!(graveyard.dead(), 1);
    assert_eq!(tokens::<K>(&mut graveyard), [3]);
    drop((drained, of_c));
}

fn id_is_not_used_again_while_an_entry_stands<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entry = graveyard.watch(&strong, 1);
    let id = Strong::id(&strong);
    drop(strong);
    for _ in 0..20 {
        assert_ne!(Strong::id(&Object::<K>::strong(())), id);
    }
    let notice = graveyard.next_dead().unwrap();
    assert_eq!((notice.id, entry.id()), (id, id));
}

fn unsized_referents<K: Kind>() {
    trait Any<K: Kind>: WeakReferenceable<Slot = K::Slot> {}
    impl<K: Kind, P: 'static> Any<K> for Object<K, P> {}
    let mut graveyard = Graveyard::new();
    for withdrawn in [false, true] {
        let small = coerce!(Object::<K, u8>::strong(1) => dyn Any<K>);
        let aligned = coerce!(Object::<K, u128>::strong(1) => dyn Any<K>);
        let larger = coerce!(Object::<K, [u8; 200]>::strong([0; 200]) => dyn Any<K>);
        let strongs = [small, aligned, larger];
        let entries = strongs
            .each_ref()
            .map(|strong| [graveyard.watch(strong, 1), graveyard.watch(strong, 2)]);
        drop(strongs);
        if withdrawn {
            drop(entries);
            assert_eq!(tokens::<K>(&mut graveyard), []);
        } else {
            assert_eq!(tokens::<K>(&mut graveyard), [1, 1, 1, 2, 2, 2]);
        }
    }
}

fn watched_is_a_weak_reference<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K, _>::strong(5);
    let entry = graveyard.watch(&strong, 1);
    assert_eq!(**entry.upgrade().unwrap(), 5);
    assert_eq!(*entry, Strong::downgrade(&strong));
    let at = &raw const entry;
    assert!(format!("{entry:?}").starts_with(&format!("<Watched at {at:p}; to Object<")));
    let plain = entry.clone();
    drop(strong);
    assert!(entry.upgrade().is_none());
    assert_eq!(format!("{entry:?}"), format!("<Watched at {at:p}; dead>"));
    drop(entry);
    assert!(!plain.is_alive(), "a clone is a plain reference");
}

fn unwatched_by_who_has_it_alone<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let mut strong = Object::<K, _>::strong(5);
    let mut entry = graveyard.watch(&strong, 1);
    assert!(graveyard.unwatch(&mut entry, &mut strong));
    assert_eq!(**entry.upgrade().unwrap(), 5);
    assert_eq!(Strong::weak_count(&strong), 1);
    assert!(!graveyard.unwatch(&mut entry, &mut strong), "it has ended");
    // As any other, beside new ones.
    let again = graveyard.watch(&strong, 2);
    drop(strong);
    assert!(!entry.is_alive());
    assert_eq!(tokens::<K>(&mut graveyard), [2]);
    drop((again, entry));

    let mut strong = Object::<K, _>::strong(6);
    let mut entry = graveyard.watch(&strong, 3);
    assert!(graveyard.unwatch(&mut entry, &mut strong));
    drop(strong);
    assert!(!graveyard.has_notices() && entry.is_last());
    drop(graveyard);
    drop(entry);
}

fn not_unwatched_beside_others<K: Kind>() {
    let (mut graveyard, mut another) = (Graveyard::new(), Graveyard::new());
    let mut strong = Object::<K>::strong(());
    let mut entry = graveyard.watch(&strong, 1);
    let other = strong.clone();
    assert!(!graveyard.unwatch(&mut entry, &mut strong));
    drop(other);
    let weak = Strong::downgrade(&strong);
    assert!(!graveyard.unwatch(&mut entry, &mut strong));
    drop(weak);
    let callback = K::on_death(&strong, |_| {});
    assert!(!graveyard.unwatch(&mut entry, &mut strong));
    drop(callback);
    let mut second = another.watch(&strong, 2);
    assert!(!graveyard.unwatch(&mut entry, &mut strong));
    assert!(!another.unwatch(&mut second, &mut strong));
    assert!(!another.unwatch(&mut entry, &mut strong));
    let mut different = Object::<K>::strong(());
    assert!(!graveyard.unwatch(&mut entry, &mut different));
    drop(entry);
    // In a node.
    assert!(!another.unwatch(&mut second, &mut strong));
    let mut third = graveyard.watch(&strong, 3);
    drop(second);
    assert!(!another.unwatch(&mut third, &mut strong));
    drop((strong, different));
    assert_eq!(tokens::<K>(&mut graveyard), [3]);
    assert!(!another.has_notices() || another.next_dead().is_none());
}

fn the_last_to_know_of_the_dead<K: Kind>() {
    let mut graveyard = Graveyard::new();
    let strong = Object::<K>::strong(());
    let entries = [1, 2].map(|token| graveyard.watch(&strong, token));
    assert!(!entries[0].is_last());
    let weak = Strong::downgrade(&strong);
    drop(strong);
    let [first, second] = entries;
    assert!(!first.is_last() && !second.is_last());
    // Withdrawn: the notice has what was its.
    drop(second);
    assert!(!first.is_last());
    assert_eq!(tokens::<K>(&mut graveyard), [1]);
    assert!(!first.is_last());
    drop(weak);
    assert!(first.is_last());
}

/// Two entries and two callbacks, registered in every order, with each of them ended or not.
fn entries_beside_callbacks_in_every_order<K: Kind>() {
    enum Handle<K: Kind> {
        Entry(#[expect(dead_code, reason = "dropped")] Watched<Object<K>>),
        Callback(#[expect(dead_code, reason = "dropped")] CallbackRef<Object<K>>),
    }
    let log = Log::new();
    // Which of four places are callbacks.
    for order in [0b0011_u32, 0b0101, 0b0110, 0b1001, 0b1010, 0b1100] {
        // Under an interpreter a sample of the ends will do.
        for ended in (0..16_u32).step_by(rounds(1, 5)) {
            let mut graveyard = Graveyard::new();
            let strong = Object::<K>::strong(());
            let mut handles: Vec<_> = (0..4_u32)
                .map(|at| {
                    Some(if order & 1 << at == 0 {
                        Handle::<K>::Entry(graveyard.watch(&strong, u64::from(at)))
                    } else {
                        let log = log.clone();
                        Handle::Callback(K::on_death(&strong, move |_| log.note(at.to_string())))
                    })
                })
                .collect();
            for at in (0..4).filter(|at| ended & 1 << at != 0) {
                handles[at].take();
            }
            drop(strong);
            let stands = |at: &u32| ended & 1 << at == 0;
            let called: Vec<_> = (0..4)
                .rev()
                .filter(stands)
                .filter(|at| order & 1 << at != 0)
                .map(|at| at.to_string())
                .collect();
            let dead: Vec<_> = (0..4)
                .filter(stands)
                .filter(|at| order & 1 << at == 0)
                .map(u64::from)
                .collect();
            assert_eq!(log.take(), called);
            assert_eq!(tokens::<K>(&mut graveyard), dead);
            drop(handles);
        }
    }
}

fn scripts_agree_with_a_model<K: Kind>() {
    for seed in 0..rounds(300, 3) {
        script::run::<K>(seed as u64, rounds(120, 60));
    }
}

#[test]
fn long_scripts_agree_with_a_model() {
    use crate::support::kind::{LocalSmall, SyncLarge};
    leaves_nothing(|| {
        script::run::<LocalSmall>(7, rounds(20_000, 100));
        script::run::<SyncLarge>(8, rounds(20_000, 100));
    });
}

/// What users forget on purpose stays reachable, so that leak checkers do not report it.
static FORGOTTEN: Mutex<Vec<Watched<Plain>>> = Mutex::new(Vec::new());

#[derive(WeakReferenceable)]
struct Plain(u64);

fn forget(entry: Watched<Plain>) {
    FORGOTTEN.lock().unwrap().push(entry);
}

#[test]
fn forgotten_entry_whose_graveyard_is_gone_is_told_nothing_amiss() {
    // The death comes after the graveyard went: it writes to memory that nobody else has.
    let mut graveyard = Graveyard::new();
    let (a, b) = (Strong::new(Plain(1)), Strong::new(Plain(2)));
    let (of_a, second_of_a) = (graveyard.watch(&a, 1), graveyard.watch(&a, 2));
    let of_b = graveyard.watch(&b, 3);
    forget(of_a);
    forget(second_of_a);
    drop(of_b);
    drop(graveyard);
    // Memory of the size of what would have been freed.
    let others: Vec<_> = (0..10_usize).map(|n| Box::new([n; 3])).collect();
    assert_eq!(a.0 + b.0, 3);
    drop((a, b));
    assert!(
        others
            .iter()
            .enumerate()
            .all(|(n, other)| **other == [n; 3])
    );
}

#[test]
fn entry_that_outlives_its_graveyard_may_end() {
    let mut graveyard = Graveyard::new();
    let (a, b) = (Strong::new(Plain(1)), Strong::new(Plain(2)));
    let entries = [graveyard.watch(&a, 1), graveyard.watch(&a, 2)];
    let late = graveyard.watch(&b, 3);
    drop(graveyard);
    // Before its referent's death it is unregistered, after it withdrawn.
    drop(entries);
    assert_eq!(Strong::weak_count(&a), 0);
    drop(b);
    assert!(!late.is_alive());
    forget(late);
    drop(a);
}

#[test]
fn graveyards_go_to_other_threads() {
    let mut graveyard = Graveyard::<SyncSlot>::new();
    let strong = Strong::new(Plain(1));
    let entry = graveyard.watch(&strong, 9);
    let (graveyard, entry) = std::thread::spawn(move || {
        let mut graveyard = graveyard;
        assert_eq!(graveyard.dead(), 0);
        drop(strong);
        assert_eq!(graveyard.next_dead().unwrap().token, 9);
        (graveyard, entry)
    })
    .join()
    .unwrap();
    assert!(!entry.is_alive());
    assert_eq!(graveyard.dead(), 0);
}
