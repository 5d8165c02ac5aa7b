//! The sets.

use std::collections::HashSet;

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::{IdentityWeakSet, WeakSet};

use crate::items::{Build, Item, Query, asked_one, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::doom;

type Set<S> = WeakSet<Item<S>, Build>;

struct Kit<S: Slot> {
    set: Set<S>,
    by_identity: IdentityWeakSet<Item<S>, Build>,
    items: Vec<Strong<Item<S>>>,
    other: Set<S>,
    /// Here, since a set of std leaks the members that come after one whose drop panics.
    strong: HashSet<Strong<Item<S>>, Build>,
    upgraded: Option<HashSet<Strong<Item<S>>, Build>>,
}

const NUMBERS: [u32; 8] = [0, 1, 2, 3, 0x101, 5, 6, 7];

/// Living members 0 to 3 and 0x101, whose hash is that of 1; dead ones, not yet buried, 10 and 11.
fn make<S: Slot>() -> Kit<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let mut set = Set::with_hasher(Build::new());
    let mut by_identity = IdentityWeakSet::with_hasher(Build::new());
    let mut other = Set::with_hasher(Build::new());
    let mut strong = HashSet::with_hasher(Build::new());
    set.extend(&items[..5]);
    by_identity.extend(&items[..5]);
    set.extend([item(10), item(11)]);
    by_identity.extend([item(10), item(11)]);
    for member in [&items[1], &items[6]] {
        other.insert(member);
        strong.insert(member.clone());
    }
    Kit {
        set,
        by_identity,
        items,
        other,
        strong,
        upgraded: None,
    }
}

/// As `make`, but 1 and 0x101 die in the first comparisons.
fn doomed<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    kit.strong.clear();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        doom(move || drop(last));
    }
    kit
}

fn check<S: Slot>(kit: &mut Kit<S>) {
    let live = kit.set.iter().count();
    assert_eq!(kit.set.len(), live, "len");
    for member in &kit.set {
        let found = kit.set.get(&member.query);
        assert!(
            found.is_some_and(|found| Strong::ptr_eq(&found, &member)),
            "get"
        );
    }
    kit.set.purge();
    assert_eq!(
        (kit.set.len(), kit.set.iter().count()),
        (live, live),
        "purged"
    );
    let new = item(77);
    assert!(kit.set.insert(&new) && kit.set.remove(&Query(77)));
    assert_eq!(kit.set.len(), live, "len after");
    assert_eq!(
        kit.by_identity.len(),
        kit.by_identity.iter().count(),
        "len by identity"
    );
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>, doomed::<S>], check::<S>;
        "drop" => |k| drop((std::mem::take(&mut k.set), std::mem::take(&mut k.by_identity)));
        "new" => |k| drop((Set::<S>::with_hasher(Build::default()), WeakSet::<Item<S>>::new(), &k.items));
        "with_capacity" => |k| drop((Set::<S>::with_capacity_and_hasher(8, k.set.hasher().clone()), WeakSet::<Item<S>>::with_capacity(3)));
        "figures" => |k| { k.set.is_empty(); k.set.capacity(); k.set.load_factor(); k.set.allocation_size(); };
        "reserve" => |k| k.set.reserve(40);
        "try_reserve" => |k| k.set.try_reserve(40).unwrap();
        "shrink_to_fit" => |k| k.set.shrink_to_fit();
        "shrink_to" => |k| k.set.shrink_to(2);
        "purge" => |k| { k.set.purge(); };
        "clear" => |k| k.set.clear();
        "clone" => |k| drop(k.set.clone());
        "debug" => |k| drop(format!("{:?}", k.set));
        "contains" => |k| { k.set.contains(&Query(0x201)); k.by_identity.contains(&k.items[1]); };
        "get_many" => |k| drop((k.set.get_many([&Query(1), &Query(0x201), &Query(9)]), k.by_identity.get_many([&k.items[1], &k.items[2]])));
        "get" => |k| drop((k.set.get(&Query(1)), k.set.get(&Query(0x101)), k.by_identity.get(&k.items[1])));
        "insert" => |k| for number in [1, 5, 0x201] { let new = item(number); k.set.insert(&new); k.by_identity.insert(&new); };
        "replace" => |k| for number in [1, 5, 0x101] { let new = item(number); drop(k.set.replace(&new)); };
        "get_or_insert" => |k| for number in [1, 5, 0x101] { let new = item(number); drop(k.set.get_or_insert(&new)); };
        "get_or_insert_with" => |k| for number in [1, 5, 0x101] { let make = user(|| item(number)); drop(k.set.get_or_insert_with(&Query(number), |_| make())); };
        "get_or_insert_with another" => |k| { let make = user(|| item(2)); drop(k.set.get_or_insert_with(&Query(5), |_| make())); };
        "remove" => |k| { k.set.remove(&Query(1)); k.set.remove(&Query(9)); k.by_identity.remove(&k.items[2]); };
        "take" => |k| drop((k.set.take(&Query(0x101)), k.set.take(&Query(9))));
        "pop" => |k| while let Some(popped) = k.set.pop() { drop(popped); };
        "retain" => |k| k.set.retain(asked_one(|member: &Strong<Item<S>>| member.number() > 1));
        "extract_if" => |k| k.set.extract_if(asked_one(|member: &Strong<Item<S>>| member.number() < 2)).for_each(drop);
        "extract_if given up" => |k| drop(k.set.extract_if(asked_one(|_: &Strong<Item<S>>| true)).next());
        "drain" => |k| k.set.drain().for_each(drop);
        "iter" => |k| drop((k.set.iter().collect::<Vec<_>>(), k.set.weak_iter().collect::<Vec<_>>()));
        "into_iter" => |k| std::mem::take(&mut k.set).into_iter().for_each(drop);
        "extend" => |k| { k.set.extend(&k.items); k.set.extend([item(1), item(5)]); };
        "collect" => |k| drop((k.items.iter().collect::<Set<S>>(), WeakSet::from([&k.items[1], &k.items[1]]), WeakSet::from([item::<S>(1)])));
        "intersection" => |k| drop((k.set.intersection(&k.other).collect::<Vec<_>>(), &k.set & &k.other, &k.set & &k.strong));
        "difference" => |k| drop((k.set.difference(&k.other).collect::<Vec<_>>(), &k.set - &k.other, &k.set - &k.strong));
        "union" => |k| drop((k.set.union(&k.other).collect::<Vec<_>>(), &k.set | &k.other, &k.set | &k.strong));
        "symmetric_difference" => |k| drop((k.set.symmetric_difference(&k.other).collect::<Vec<_>>(), &k.set ^ &k.other, &k.set ^ &k.strong));
        "assigning" => |k| { k.set |= &k.other; k.set ^= &k.other; k.set -= &k.other; k.set &= &k.strong; };
        "comparing" => |k| { k.set.is_disjoint(&k.other); k.set.is_subset(&k.other); k.set.is_superset(&k.other); k.set.is_proper_subset(&k.other); k.set.is_proper_superset(&k.other); };
        "eq" => |k| { let _ = k.set == k.other; let _ = k.set == k.strong; let same = k.set.clone(); let _ = k.set == same; };
        "upgrade" => |k| k.upgraded = Some(k.set.upgrade());
        "snapshot" => |k| drop(k.set.snapshot());
    }
    suite.finish(70);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakSet of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakSet of local objects");
}
