//! The rows W of `BEHAVIOURS.md`, on `WeakSet` and `IdentityWeakSet`.

use std::collections::HashSet;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::{IdentityWeakSet, WeakSet};

#[derive(WeakReferenceable, Debug, PartialEq, Eq, Hash)]
struct Letter(char);

type Set = WeakSet<Letter>;

fn letters(text: &str) -> Vec<Strong<Letter>> {
    text.chars().map(|c| Strong::new(Letter(c))).collect()
}

fn text(set: &Set) -> String {
    let mut text: Vec<_> = set.iter().map(|letter| letter.0).collect();
    text.sort_unstable();
    text.into_iter().collect()
}

/// Two overlapping groups of letters, and the sets of them.
fn two() -> ([Vec<Strong<Letter>>; 2], Set, Set) {
    let groups = ["abcd", "cdef"].map(letters);
    let (left, right) = (groups[0].iter().collect(), groups[1].iter().collect());
    (groups, left, right)
}

#[test]
fn w03_len() {
    let mut members = letters("abc");
    let set: Set = members.iter().collect();
    assert_eq!(set.len(), 3);
    members.pop();
    assert_eq!(set.len(), 2);
    members.clear();
    assert!(set.is_empty());
}

#[test]
fn w04_contains() {
    let mut members = letters("abc");
    let set: Set = members.iter().collect();
    assert!(set.contains(&Letter('a')) && !set.contains(&Letter('z')));
    members.remove(0);
    assert!(
        !set.contains(&Letter('a')),
        "an equal fresh object does not find the dead one"
    );
}

#[test]
fn w05_w06_union() {
    let ([mut a, b], left, right) = two();
    let union = &left | &right;
    assert_eq!(text(&union), "abcdef");
    assert_eq!(text(&(&left | &b)), "abcdef", "any iterable of handles");
    assert_eq!(left.union(&right).count(), 6);
    assert!(
        Strong::ptr_eq(&union.get(&Letter('c')).unwrap(), &a[2]),
        "the left one's"
    );
    assert_eq!((text(&left), text(&right)), ("abcd".into(), "cdef".into()));
    a.truncate(3);
    assert_eq!(text(&union), "abcef");
}

#[test]
fn w07_w09_intersection() {
    let ([mut a, _b], left, right) = two();
    let both = &left & &right;
    assert_eq!(text(&both), "cd");
    assert_eq!(left.intersection(&right).count(), 2);
    assert_eq!(text(&(&left & &right.upgrade())), "cd");
    a.pop();
    assert_eq!(text(&both), "c");
}

#[test]
fn w08_is_disjoint() {
    let (_groups, left, right) = two();
    let other = letters("xyz");
    assert!(!left.is_disjoint(&right) && left.is_disjoint(&other.iter().collect::<Set>()));
}

#[test]
fn w10_w11_difference() {
    let ([mut a, _b], left, right) = two();
    let difference = &left - &right;
    assert_eq!(text(&difference), "ab");
    assert_eq!(left.difference(&right).count(), 2);
    assert_eq!(text(&(&left - &right.upgrade())), "ab");
    a.remove(0);
    assert_eq!(text(&difference), "b");
}

#[test]
fn w12_w13_symmetric_difference() {
    let ([mut a, _b], left, right) = two();
    let either = &left ^ &right;
    assert_eq!(text(&either), "abef");
    assert_eq!(left.symmetric_difference(&right).count(), 4);
    assert_eq!(text(&(&left ^ &right.upgrade())), "abef");
    a.remove(0);
    assert_eq!(text(&either), "bef");
}

#[test]
fn w14_w15_w16_subsets() {
    let members = letters("abc");
    let (all, some): (Set, Set) = (members.iter().collect(), members[1..].iter().collect());
    assert!(some.is_subset(&all) && all.is_superset(&some) && all.is_subset(&all));
    assert!(!all.is_subset(&some) && !some.is_superset(&all));
    assert!(some.is_proper_subset(&all) && !all.is_proper_subset(&all));
    assert!(all.is_proper_superset(&some) && !all.is_proper_superset(&all));
    assert!(!Set::new().is_proper_subset(&Set::new()));
}

#[test]
fn w20_w23_copy() {
    let members = letters("abc");
    let set: Set = members.iter().collect();
    let mut copy = set.clone();
    assert_eq!(copy, set);
    copy.clear();
    assert_eq!((set.len(), copy.len()), (3, 0));
}

#[test]
fn w22_clear() {
    let members = letters("abc");
    let mut set: Set = members.iter().collect();
    set.clear();
    drop(members);
    assert_eq!((set.len(), set.iter().count()), (0, 0));
}

#[test]
fn w24_add() {
    let (a, b) = (Strong::new(Letter('a')), Strong::new(Letter('a')));
    let mut set = Set::new();
    assert!(set.insert(&a) && !set.insert(&a) && !set.insert(&b));
    assert_eq!((set.len(), Strong::weak_count(&a)), (1, 0));
    assert!(set.insert(&Strong::new(Letter('b'))));
    assert!(!set.contains(&Letter('b')), "a temporary vanishes at once");
    drop(a);
    assert!(set.contains(&Letter('a')), "the newer equal one decides");
    drop(b);
    assert!(set.is_empty());
}

#[test]
fn w25_w26_remove_and_discard() {
    let members = letters("ab");
    let mut set: Set = members.iter().collect();
    assert!(set.remove(&Letter('a')) && !set.remove(&Letter('a')));
    assert_eq!(
        (text(&set), set.take(&Letter('b')).unwrap().0),
        ("b".into(), 'b')
    );
}

#[test]
fn w27_pop() {
    let mut members = letters("abc");
    let mut set: Set = members.iter().collect();
    members.pop();
    for _ in 0..2 {
        let member = set.pop().unwrap();
        assert!(!set.contains(&*member) && member.0 != 'c');
    }
    assert!(set.pop().is_none());
}

#[test]
fn w28_w29_w30_update() {
    let ([_a, b], mut left, right) = two();
    left.extend(&b);
    assert_eq!(text(&left), "abcdef");
    left.extend(&right);
    left |= &b;
    left |= &right;
    assert_eq!((text(&left), left.len()), ("abcdef".into(), 6));
}

#[test]
fn w31_to_w36_assigning_operators() {
    let (_groups, left, right) = two();
    let strong: HashSet<_> = right.upgrade();
    let mut set = left.clone();
    set &= &right;
    assert_eq!(text(&set), "cd");
    let mut set = left.clone();
    set -= &right;
    assert_eq!(text(&set), "ab");
    let mut set = left.clone();
    set ^= &right;
    assert_eq!(text(&set), "abef");
    for (expected, change) in [
        (
            "cd",
            (|set, strong| *set &= strong) as fn(&mut Set, &HashSet<_>),
        ),
        ("ab", |set, strong| *set -= strong),
        ("abef", |set, strong| *set ^= strong),
    ] {
        let mut set = left.clone();
        change(&mut set, &strong);
        assert_eq!(text(&set), expected);
    }
}

#[test]
fn w37_inplace_on_a_copy_of_itself() {
    let members = letters("abc");
    let set: Set = members.iter().collect();
    let (mut or, mut and, mut sub, mut xor) = (set.clone(), set.clone(), set.clone(), set.clone());
    or |= &set;
    and &= &set;
    sub -= &set;
    xor ^= &set;
    assert_eq!((text(&or), text(&and)), ("abc".into(), "abc".into()));
    assert!(sub.is_empty() && xor.is_empty());
}

#[test]
fn w38_w39_equality() {
    let (members, others) = (letters("abc"), letters("abc"));
    let (set, other): (Set, Set) = (members.iter().collect(), others.iter().collect());
    assert_eq!(set, other, "by value");
    assert_eq!(set, set.upgrade());
    drop(others);
    assert_ne!(set, other);
    assert_eq!(other, Set::new());
}

#[test]
fn w40_w41_members_die_while_iterating() {
    let mut members = letters("abcdefghij");
    let mut set: Set = members.iter().collect();
    let mut seen = Vec::new();
    for member in &set {
        seen.push(member);
        if seen.len() == 5 {
            members.pop();
        }
    }
    assert!((9..=10).contains(&seen.len()));
    drop(seen);
    assert_eq!(set.len(), 9);
    assert!(!set.contains(&Letter('j')) && !set.remove(&Letter('j')));
    let fresh = Strong::new(Letter('j'));
    assert!(set.insert(&fresh));
    assert_eq!(set.len(), 10);
    set.clear();
    assert_eq!(set.len(), 0);
}

#[test]
fn w42_w43_len_while_members_die() {
    for killed in 0..=10 {
        let mut members = letters("abcdefghij");
        let set: Set = members.iter().collect();
        let mut iter = set.iter();
        let first = iter.next();
        members.drain(..killed);
        let held = first.is_some_and(|first| members.iter().all(|m| m.0 != first.0));
        assert!(set.len() <= 10 - killed + usize::from(held));
        assert!(iter.count() <= 10 - killed);
        assert_eq!(set.len(), 10 - killed);
    }
}

#[test]
fn w44_debug() {
    let members = letters("a");
    let set: Set = members.iter().collect();
    assert_eq!(format!("{set:?}"), "{Letter('a')}");
}

#[test]
fn w46_copies_purge_on_their_own() {
    let mut members = letters("abc");
    let set: Set = members.iter().collect();
    let mut copy = set.clone();
    drop(set);
    members.pop();
    assert_eq!(copy.len(), 2);
    copy.purge();
    assert_eq!((copy.len(), copy.iter().size_hint().1), (2, Some(2)));
}

#[test]
fn identity_sets_tell_equal_members_apart() {
    let (a, b) = (Strong::new(Letter('a')), Strong::new(Letter('a')));
    let mut set = IdentityWeakSet::from([&a, &b]);
    assert_eq!(set.len(), 2);
    assert!(Strong::ptr_eq(
        &set.take(&Strong::downgrade(&a)).unwrap(),
        &a
    ));
    assert!(!set.contains(&a) && set.contains(&Strong::id(&b)));
    assert!(set.replace(&b).is_some());
}
