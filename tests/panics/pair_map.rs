//! The maps both of whose sides are weak.

use std::collections::HashMap;

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::weak_both::Entry;
use weakref_containers::{IdentityWeakPairMap, WeakPairMap};

use crate::items::{Build, Item, Query, Refused, asked, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::{Tag, doom};

type Map<S> = WeakPairMap<Item<S>, Item<S>, Build>;
type StrongMap<S> = HashMap<Strong<Item<S>>, Strong<Item<S>>, Build>;

struct Kit<S: Slot> {
    map: Map<S>,
    by_identity: IdentityWeakPairMap<Item<S>, Item<S>, Build>,
    items: Vec<Strong<Item<S>>>,
    values: Vec<Strong<Item<S>>>,
    other: Map<S>,
    /// Here, since a map of std leaks the entries that come after one whose drop panics.
    strong: StrongMap<S>,
    upgraded: Option<StrongMap<S>>,
}

const NUMBERS: [u32; 8] = [0, 1, 2, 3, 0x101, 5, 6, 7];

/// Living entries 0 to 3 and 0x101, whose hash is that of 1; dead ones, not yet buried: 10 by its key, 2 by its value.
fn make<S: Slot>() -> Kit<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let values: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let mut map = Map::with_hasher(Build::new());
    let mut by_identity = IdentityWeakPairMap::with_hasher(Build::new());
    let mut other = Map::with_hasher(Build::new());
    let mut strong = HashMap::with_hasher(Build::new());
    for (key, value) in items.iter().zip(&values).take(5) {
        map.insert(key, value);
        by_identity.insert(key, value);
    }
    map.insert(&item(10), &values[0]);
    map.insert(&items[2], &item(12));
    for index in [1, 6] {
        other.insert(&items[index], &values[index]);
        strong.insert(items[index].clone(), values[index].clone());
    }
    Kit {
        map,
        by_identity,
        items,
        values,
        other,
        strong,
        upgraded: None,
    }
}

/// As `make`, but the keys 1 and 0x101 and their values die in the first comparisons.
fn doomed<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    kit.strong.clear();
    for index in [1, 4] {
        let key = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        let value = std::mem::replace(&mut kit.values[index], item(NUMBERS[index]));
        doom(move || drop(value));
        doom(move || drop(key));
    }
    kit
}

fn check<S: Slot>(kit: &mut Kit<S>) {
    let live = kit.map.iter().count();
    assert_eq!(kit.map.len(), live, "len");
    for (key, value) in &kit.map {
        let found = kit.map.get(&key.query);
        assert!(
            found.is_some_and(|found| Strong::ptr_eq(&found, &value)),
            "get"
        );
    }
    kit.map.purge();
    assert_eq!(
        (kit.map.len(), kit.map.iter().count()),
        (live, live),
        "purged"
    );
    let new = item(77);
    assert!(kit.map.insert(&new, &new).is_none());
    assert!(kit.map.remove(&Query(77)).is_some());
    assert_eq!(kit.map.len(), live, "len after");
    let live = kit.by_identity.iter().count();
    assert_eq!(kit.by_identity.len(), live, "len by identity");
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>, doomed::<S>], check::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.map));
        "drop after all" => |k| { let items = std::mem::replace(&mut k.items, NUMBERS.into_iter().map(item).collect()); drop((items, std::mem::take(&mut k.map))); };
        "new" => |k| drop((Map::<S>::with_hasher(Build::default()), WeakPairMap::<Item<S>, Item<S>>::new(), &k.items));
        "with_capacity" => |k| drop((Map::<S>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakPairMap::<Item<S>, Item<S>>::with_capacity(3)));
        "figures" => |k| { k.map.is_empty(); k.map.capacity(); k.map.load_factor(); k.map.allocation_size(); };
        "reserve" => |k| k.map.reserve(40);
        "try_reserve" => |k| k.map.try_reserve(40).unwrap();
        "shrink_to_fit" => |k| k.map.shrink_to_fit();
        "shrink_to" => |k| k.map.shrink_to(2);
        "purge" => |k| { k.map.purge(); };
        "clear" => |k| k.map.clear();
        "clone" => |k| drop(k.map.clone());
        "debug" => |k| drop(format!("{:?}", k.map));
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(0x201)), k.map.get(&*k.items[3]), k.by_identity.get(&k.items[1])));
        "get_key" => |k| drop((k.map.get_key(&Query(0x101)), k.by_identity.get_key(&k.items[1])));
        "get_many" => |k| drop(k.map.get_many([&Query(1), &Query(0x201), &Query(9)]));
        "get_key_value" => |k| drop(k.map.get_key_value(&Query(0x101)));
        "contains_key" => |k| { k.map.contains_key(&Query(0x201)); };
        "insert new" => |k| drop(k.map.insert(&k.items[5], &k.values[5]));
        "insert colliding" => |k| { let new = item(0x201); drop(k.map.insert(&new, &k.values[5])); };
        "insert again" => |k| { let equal = item(1); drop(k.map.insert(&equal, &k.values[5])); };
        "insert by identity" => |k| for index in [1, 5] { drop(k.by_identity.insert(&k.items[index], &k.values[5])); };
        "try_insert" => |k| for index in [1, 5] { drop(k.map.try_insert(&k.items[index], &k.values[5])); };
        "get_or_insert" => |k| for index in [1, 5] { drop(k.map.get_or_insert(&k.items[index], &k.values[5])); };
        "get_or_insert_with" => |k| for index in [1, 5] { drop(k.map.get_or_insert_with(&k.items[index], user(|| item(60)))); };
        "get_or_try_insert_with" => |k| for index in [1, 5] { drop(k.map.get_or_try_insert_with(&k.items[index], user(|| Ok::<_, Refused>(item(60))))); };
        "get_or_try_insert_with refused" => |k| for index in [1, 5] { drop(k.map.get_or_try_insert_with(&k.items[index], user(|| Err(Refused(Tag::new()))))); };
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(5)), k.map.remove(&Query(0x201)), k.by_identity.remove(&k.items[1])));
        "remove_entry" => |k| drop(k.map.remove_entry(&Query(1)));
        "pop" => |k| while let Some(popped) = k.map.pop() { drop(popped); };
        "retain" => |k| k.map.retain(asked(|key: &Strong<Item<S>>, _: &Strong<Item<S>>| key.number() != 1));
        "extract_if" => |k| k.map.extract_if(asked(|key: &Strong<Item<S>>, _: &Strong<Item<S>>| key.number() < 2)).for_each(drop);
        "extract_if given up" => |k| drop(k.map.extract_if(asked(|_: &Strong<Item<S>>, _: &Strong<Item<S>>| true)).next());
        "drain" => |k| k.map.drain().for_each(drop);
        "drain given up" => |k| drop(k.map.drain().next());
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.keys().collect::<Vec<_>>(), k.map.values().collect::<Vec<_>>(), k.map.weak_keys().collect::<Vec<_>>(), k.map.weak_values().collect::<Vec<_>>()));
        "into_iter" => |k| std::mem::take(&mut k.map).into_iter().for_each(drop);
        "into_keys" => |k| std::mem::take(&mut k.map).into_keys().for_each(drop);
        "into_values" => |k| std::mem::take(&mut k.map).into_values().for_each(drop);
        "extend" => |k| k.map.extend([(&k.items[5], &k.values[5]), (&k.items[1], &k.values[6])]);
        "extend borrowed" => |k| k.map.extend(&k.strong);
        "extend by a weak one" => |k| k.map.extend(&k.other);
        "extend owned" => |k| k.map.extend([(item(5), item(60)), (k.items[1].clone(), item(61))]);
        "collect" => |k| drop([(&k.items[1], &k.values[1]), (&k.items[1], &k.values[2])].into_iter().collect::<Map<S>>());
        "from" => |k| drop((WeakPairMap::from([(&k.items[1], &k.values[1])]), WeakPairMap::from([(k.items[1].clone(), item::<S>(60))])));
        "eq" => |k| { let _ = k.map == k.other; let same = k.map.clone(); let _ = k.map == same; };
        "eq with strong" => |k| { let _ = k.map == k.strong; };
        "or" => |k| drop((&k.map | &k.strong, &k.strong | &k.map));
        "or assign" => |k| k.map |= &k.other;
        "submap" => |k| { k.map.is_submap(&k.other); k.map.domain_is_subset(&k.other); k.map.is_submap_with(&k.other, asked(|a: &Strong<Item<S>>, b: &Strong<Item<S>>| Strong::ptr_eq(a, b))); };
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "snapshot" => |k| drop(k.map.snapshot());
        "entry or_insert" => |k| for index in [1, 5] { drop(k.map.entry(&k.items[index]).or_insert(&k.values[5])); };
        "entry or_insert_with" => |k| for index in [1, 5] { drop(k.map.entry(&k.items[index]).or_insert_with(user(|| item(60)))); };
        "entry or_insert_with_key" => |k| for index in [1, 5] { let make = user(|| item(60)); drop(k.map.entry(&k.items[index]).or_insert_with_key(|_| make())); };
        "entry or_try_insert_with" => |k| for index in [1, 5] { drop(k.map.entry(&k.items[index]).or_try_insert_with(user(|| Ok::<_, Refused>(item(60))))); };
        "entry or_try_insert_with refused" => |k| { let new = item(5); let entry = k.map.entry(&new); drop(new); drop(entry.or_try_insert_with(user(|| Err(Refused(Tag::new()))))); };
        "entry or_default" => |k| for index in [1, 5] { drop(k.map.entry(&k.items[index]).or_default()); };
        "entry insert_entry" => |k| for index in [1, 5] { let entry = k.map.entry(&k.items[index]).insert_entry(&k.values[6]); entry.key(); entry.get(); drop(entry.get_strong()); drop(entry); };
        "entry and_modify" => |k| for index in [1, 5] { let seen = user(|| ()); drop(k.map.entry(&k.items[index]).and_modify(|_| seen())); };
        "entry key" => |k| for index in [1, 5] { let entry = k.map.entry(&k.items[index]); entry.key(); drop(format!("{entry:?}")); };
        "entry of an equal one" => |k| for number in [1, 5] { let equal = item(number); let entry = k.map.entry(&equal); drop(equal); drop(entry.or_insert(&k.values[6])); };
        "occupied insert" => |k| { let equal = item(1); if let Entry::Occupied(mut entry) = k.map.entry(&equal) { drop(entry.insert(&k.values[6])); drop(entry.replace_key()); drop(entry.replace_key()); } };
        "occupied remove" => |k| { let equal = item(1); if let Entry::Occupied(entry) = k.map.entry(&equal) { drop(equal); drop(entry.remove()); } };
        "occupied remove_entry" => |k| { let equal = item(1); if let Entry::Occupied(entry) = k.map.entry(&equal) { drop(equal); drop(entry.remove_entry()); } };
        "vacant insert" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); entry.key(); drop(entry.insert(&k.values[6])); } };
        "vacant insert_entry" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); drop(entry.insert_entry(&k.values[6])); } };
        "vacant into_key" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); drop(entry.into_key()); } };
    }
    suite.finish(110);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakPairMap of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakPairMap of local objects");
}
