//! The set, by value and by identity, on one thread.

use std::cell::Cell;
use std::rc::Rc;

use weakref::Strong;
use weakref_containers::ByIdentity;
use weakref_containers::shared::{IdentityWeakSet, WeakSet};
use weakref_tests::counting::count;

use super::member::{Keyed, Member, counted, member};
use super::{On, OneHash, SameHash, Tally, during};
use crate::support::kind::Kind;
use crate::support::{in_all_kinds, rounds, throw, thrown};

in_all_kinds!(
    members_go_when_they_die,
    allocator_sees_nothing_of_the_dead,
    equal_members_replace_each_other,
    looked_up_by_what_they_lend,
    one_of_several_equal_by_identity,
    snapshot_while_members_die_and_come,
    retain_extract_drain_clear,
    eq_and_hash_may_do_everything,
    eq_may_change_what_it_compares,
    eq_may_panic,
    drops_may_do_everything,
);

type Set<K> = WeakSet<Member<K>, OneHash>;
type IdentitySet<K> = IdentityWeakSet<Member<K>, SameHash>;

fn set<K: Keyed>() -> Set<K> {
    K::set(OneHash)
}

fn identity<K: Keyed>() -> IdentitySet<K> {
    K::set(SameHash::default())
}

/// The members by id and mark.
fn content<K: Kind>(set: &Set<K>) -> Vec<(u32, u32)> {
    let mut content: Vec<_> = set.iter().map(|member| (member.id, member.mark)).collect();
    content.sort_unstable();
    content
}

fn members_go_when_they_die<K: Keyed>() {
    let (set, identity) = (set::<K>(), identity::<K>());
    let mut held: Vec<Strong<Member<K>>> = (0..20).map(|id| member(id, 0)).collect();
    for member in &held {
        assert!(set.insert(member) && identity.insert(member));
    }
    while held.pop().is_some() {
        let left = held.len();
        assert_eq!(
            (set.len(), identity.len(), set.iter().count()),
            (left, left, left)
        );
    }
    assert!(set.is_empty() && identity.is_empty());
}

fn allocator_sees_nothing_of_the_dead<K: Keyed>() {
    let (set, identity) = (set::<K>(), K::set::<_, ByIdentity>(OneHash));
    // All of one hash: each is compared with all.
    let size = u32::try_from(rounds(50, 8)).unwrap();
    let fill_and_bury = || {
        let held: Vec<Strong<Member<K>>> = (0..size).map(|id| member(id, 0)).collect();
        for member in &held {
            set.insert(member);
            drop(set.replace(member));
            identity.insert(member);
        }
    };
    // The tables grow to their size.
    for _ in 0..3 {
        fill_and_bury();
    }
    let ((), usage) = count(fill_and_bury);
    assert!(usage.allocations >= u64::from(size));
    assert_eq!((usage.held_blocks, usage.held_bytes), (0, 0));
}

fn equal_members_replace_each_other<K: Keyed>() {
    let set = set::<K>();
    let (a, b, c) = (member::<K>(1, 1), member(1, 2), member(1, 3));
    assert!(set.insert(&a));
    assert!(!set.insert(&b));
    assert_eq!(content(&set), [(1, 2)]);
    drop(a);
    assert_eq!(content(&set), [(1, 2)], "the late death of the replaced");
    assert!(Strong::ptr_eq(&set.replace(&c).unwrap(), &b));
    assert!(Strong::ptr_eq(&set.get_or_insert(&b), &c));
    assert!(Strong::ptr_eq(
        &set.get_or_insert_with(&1, |_| unreachable!()),
        &c
    ));
    drop(c);
    assert!(set.is_empty());
    let made = set.get_or_insert_with(&1, |id| member(*id, 4));
    assert_eq!((content(&set), made.mark), (vec![(1, 4)], 4));
    assert!(!set.insert(&made) && !set.insert(&made));
    drop(made);
    assert!(set.is_empty());
}

fn looked_up_by_what_they_lend<K: Keyed>() {
    let set = set::<K>();
    let held = [1, 2, 3].map(|id| member::<K>(id, 0));
    for member in &held {
        assert!(set.insert(member));
    }
    assert!(Strong::ptr_eq(&set.get(&2).unwrap(), &held[1]));
    assert!(set.contains(&3) && !set.contains(&4));
    assert!(set.remove(&3) && !set.remove(&3));
    assert!(Strong::ptr_eq(&set.take(&*held[0]).unwrap(), &held[0]));
    assert!(set.take(&1).is_none());
    assert_eq!(content(&set), [(2, 0)]);
}

fn one_of_several_equal_by_identity<K: Keyed>() {
    let set = identity::<K>();
    let held = [1, 2, 3].map(|mark| member::<K>(1, mark));
    assert!(held.iter().all(|member| set.insert(member)));
    assert!(!set.insert(&held[0]));
    assert_eq!(set.len(), 3);
    assert!(set.remove(&held[1]) && !set.contains(&held[1]));
    assert_eq!(set.get(&held[2]).unwrap().mark, 3);
    assert_eq!(set.take(&Strong::id(&held[0])).unwrap().mark, 1);
    drop(held);
    assert!(set.is_empty());
}

fn snapshot_while_members_die_and_come<K: Keyed>() {
    let set = set::<K>();
    let mut held: Vec<_> = (0..20).map(|id| Some(member::<K>(id, 0))).collect();
    held.iter()
        .flatten()
        .for_each(|member| assert!(set.insert(member)));
    let mut seen = Vec::new();
    let mut iter = set.iter();
    while let Some(id) = iter.next().map(|member| member.id) {
        assert!(!seen.contains(&id));
        seen.push(id);
        if let Some(partner) = held.get_mut(id as usize ^ 1)
            && !seen.contains(&(id ^ 1))
        {
            *partner = None;
            let new = member(id + 100, 0);
            set.insert(&new);
            held.push(Some(new));
        }
    }
    assert_eq!(seen.iter().filter(|id| **id < 20).count(), 10);
    assert_eq!((set.len(), set.weak_iter().count()), (20, 20));
    held.clear();
    assert!(set.is_empty());
}

fn retain_extract_drain_clear<K: Keyed>() {
    let set = set::<K>();
    let held: Vec<_> = (0..10).map(|id| member::<K>(id, 0)).collect();
    let fill = || held.iter().for_each(|member| _ = set.insert(member));
    fill();
    set.retain(|member| member.id < 3);
    assert_eq!(content(&set), [(0, 0), (1, 0), (2, 0)]);
    fill();
    assert_eq!(set.extract_if(|member| member.id % 2 == 0).count(), 5);
    assert_eq!(set.len(), 5);
    // Replaced by an equal one after the snapshot: it stays.
    fill();
    let others: Vec<_> = (0..10).map(|id| member::<K>(id, 1)).collect();
    set.retain(|member| {
        set.insert(&others[member.id as usize]);
        false
    });
    assert!(set.len() == 10 && set.iter().all(|member| member.mark == 1));
    assert_eq!((set.drain().len(), set.len()), (10, 0));
    fill();
    set.clear();
    assert!(set.is_empty());
}

/// Uses a set in every way, and leaves it as it was.
fn use_everything<K: Keyed>(set: &Set<K>) {
    let before = content(set);
    let (new, other) = (member(100, 0), member(100, 1));
    assert!(set.insert(&new) && set.contains(&100));
    assert!(set.replace(&other).is_some());
    assert_eq!(set.get_or_insert(&new).mark, 1);
    assert_eq!(set.get_or_insert_with(&101, |id| member(*id, 0)).id, 101);
    assert_eq!(set.len(), before.len() + 1);
    set.retain(|member| member.id < 100);
    let drained = set.drain();
    for member in &drained {
        assert!(set.insert(member));
    }
    assert_eq!(content(set), before);
}

fn eq_and_hash_may_do_everything<K: Keyed>() {
    for on in [On::Eq, On::Hash] {
        let set = Rc::new(set::<K>());
        let held = [1, 2].map(|id| member::<K>(id, 0));
        for member in &held {
            assert!(set.insert(member));
        }
        let (inner, uses) = (Rc::clone(&set), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&uses);
        let action = move || {
            counted.set(counted.get() + 1);
            assert!(counted.get() < 20, "begins anew for ever");
            use_everything(&inner);
        };
        during(on, action, || {
            let calls: [&dyn Fn(); 5] = [
                &|| assert_eq!(set.get(&*held[1]).unwrap().id, 2),
                &|| assert!(!set.insert(&held[0])),
                &|| assert!(Strong::ptr_eq(&set.get_or_insert(&held[1]), &held[1])),
                &|| assert!(Strong::ptr_eq(&set.take(&*held[0]).unwrap(), &held[0])),
                &|| assert!(set.insert(&held[0])),
            ];
            for call in calls {
                uses.set(0);
                call();
                assert!(uses.get() > 0, "{on:?}");
            }
        });
        assert_eq!(content(&set), [(1, 0), (2, 0)]);
    }
}

/// What a call found may be gone, or another, when its comparisons are done.
fn eq_may_change_what_it_compares<K: Keyed>() {
    for change in 0..3 {
        let set = Rc::new(set::<K>());
        let (old, new) = (member::<K>(1, 1), member(1, 2));
        let third = member(1, 3);
        set.insert(&old);
        let (inner, other) = (Rc::clone(&set), third.clone());
        let once = Cell::new(true);
        let action = move || {
            if once.replace(false) {
                match change {
                    0 => assert!(inner.remove(&1)),
                    1 => inner.clear(),
                    _ => assert!(!inner.insert(&other)),
                }
            }
        };
        let replaced = during(On::Eq, action, || set.replace(&new));
        // Removed by the one, it is not replaced by the other.
        let expected = if change == 2 { Some(3) } else { None };
        assert_eq!(replaced.map(|member| member.mark), expected, "{change}");
        assert_eq!(content(&set), [(1, 2)]);
        drop((old, third));
        assert_eq!(content(&set), [(1, 2)]);
    }
}

fn eq_may_panic<K: Keyed>() {
    fn panics() {
        throw("eq of a member")
    }
    let set = set::<K>();
    let tally = Tally::default();
    let held = [1, 2].map(|id| counted::<K>(id, 0, &tally));
    for member in &held {
        assert!(set.insert(member));
    }
    let texts = during(On::Eq, panics, || {
        [
            thrown(|| set.get(&*held[0])),
            thrown(|| set.insert(&held[0])),
            thrown(|| set.take(&*held[0])),
            thrown(|| set.get_or_insert(&held[1])),
        ]
    });
    assert_eq!(texts, [const { "eq of a member" }; 4]);
    use_everything(&set);
    drop(held);
    assert_eq!((tally.alive(), set.len()), (0, 0));
}

fn drops_may_do_everything<K: Keyed>() {
    let set = Rc::new(set::<K>());
    let held = [1, 2].map(|id| member::<K>(id, 0));
    for member in &held {
        assert!(set.insert(member));
    }
    let inner = Rc::clone(&set);
    during(
        On::KeyDrop,
        move || use_everything(&inner),
        || {
            let dying = member(3, 0);
            set.insert(&dying);
            drop(dying);
            set.get_or_insert_with(&3, |id| member(*id, 0));
            set.retain(|_| true);
        },
    );
    assert_eq!(content(&set), [(1, 0), (2, 0)]);
}
