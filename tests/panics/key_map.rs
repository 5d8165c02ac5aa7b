//! The maps whose keys are weak: their values are the user's.

use std::collections::HashMap;

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::weak_key::Entry;
use weakref_containers::{IdentityWeakKeyMap, WeakKeyMap};

use crate::items::{Build, Item, Key, Query, Refused, asked, item, item_mut, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::{Tag, doom};

type Map<S> = WeakKeyMap<Item<S>, Key, Build>;
type Value = Key;

struct Kit<S: Slot> {
    map: Map<S>,
    by_identity: IdentityWeakKeyMap<Item<S>, Value, Build>,
    items: Vec<Strong<Item<S>>>,
    other: Map<S>,
    /// Here, since a map of std leaks the entries that come after one whose drop panics.
    strong: HashMap<Strong<Item<S>>, Value, Build>,
    upgraded: Option<HashMap<Strong<Item<S>>, Value, Build>>,
}

const NUMBERS: [u32; 8] = [0, 1, 2, 3, 0x101, 5, 6, 7];

/// Living entries 0 to 3 and 0x101, whose hash is that of 1; dead ones, not yet buried, 10 and 11.
fn make<S: Slot>() -> Kit<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let mut map = Map::with_hasher(Build::new());
    let mut by_identity = IdentityWeakKeyMap::with_hasher(Build::new());
    let mut other = Map::with_hasher(Build::new());
    let mut strong = HashMap::with_hasher(Build::new());
    for key in &items[..5] {
        map.insert(key, Value::new(50));
        by_identity.insert(key, Value::new(51));
    }
    for number in [10, 11] {
        map.insert(&item(number), Value::new(52));
        by_identity.insert(&item(number), Value::new(53));
    }
    for key in [&items[1], &items[6]] {
        other.insert(key, Value::new(54));
        strong.insert(key.clone(), Value::new(55));
    }
    Kit {
        map,
        by_identity,
        items,
        other,
        strong,
        upgraded: None,
    }
}

/// As `make`, but the keys 1 and 0x101 die in the first comparisons.
fn doomed<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    kit.strong.clear();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        doom(move || drop(last));
    }
    kit
}

fn evicting<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    kit.map.track_evictions(true);
    kit.strong.clear();
    for (last, number) in kit.items.iter_mut().zip(NUMBERS).take(2) {
        *last = item(number);
    }
    kit
}

/// As `doomed`, and what they owned is kept.
fn evicting_doomed<S: Slot>() -> Kit<S> {
    let mut kit = doomed::<S>();
    kit.map.track_evictions(true);
    kit
}

fn check<S: Slot>(kit: &mut Kit<S>) {
    let live = kit.map.iter().count();
    assert_eq!(kit.map.len(), live, "len");
    for (key, value) in &kit.map {
        let found = kit.map.get(&key.query);
        assert!(found.is_some_and(|found| std::ptr::eq(found, value)), "get");
    }
    kit.map.purge();
    assert_eq!(
        (kit.map.len(), kit.map.iter().count()),
        (live, live),
        "purged"
    );
    let new = item(77);
    assert!(kit.map.insert(&new, Value::new(1)).is_none());
    assert!(kit.map.remove(&Query(77)).is_some());
    assert_eq!(kit.map.len(), live, "len after");
    let live = kit.by_identity.iter().count();
    assert_eq!(kit.by_identity.len(), live, "len by identity");
    kit.by_identity.purge();
    assert!(kit.by_identity.insert(&new, Value::new(1)).is_none());
    assert!(kit.by_identity.remove(&new).is_some());
    assert_eq!(kit.by_identity.len(), live, "len by identity after");
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>, doomed::<S>, evicting::<S>, evicting_doomed::<S>], check::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.map));
        "drop by identity" => |k| drop(std::mem::take(&mut k.by_identity));
        "drop after all" => |k| { let items = std::mem::replace(&mut k.items, NUMBERS.into_iter().map(item).collect()); drop((items, std::mem::take(&mut k.map))); };
        "new" => |k| drop((Map::<S>::with_hasher(Build::default()), WeakKeyMap::<Item<S>, Value>::new(), &k.items));
        "with_capacity" => |k| drop((Map::<S>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakKeyMap::<Item<S>, Value>::with_capacity(3)));
        "figures" => |k| { k.map.is_empty(); k.map.capacity(); k.map.load_factor(); k.map.allocation_size(); };
        "reserve" => |k| k.map.reserve(40);
        "try_reserve" => |k| k.map.try_reserve(40).unwrap();
        "shrink_to_fit" => |k| k.map.shrink_to_fit();
        "shrink_to" => |k| k.map.shrink_to(2);
        "purge" => |k| { k.map.purge(); };
        "track_evictions" => |k| { k.map.track_evictions(true); k.map.purge(); k.map.track_evictions(false); };
        "drain_evicted" => |k| { k.map.track_evictions(true); k.map.purge(); drop(k.map.drain_evicted()); };
        "drain_evicted taken" => |k| { k.map.track_evictions(true); k.map.drain_evicted().for_each(drop); };
        "evicted with it" => |k| { k.map.track_evictions(true); k.map.purge(); drop(std::mem::take(&mut k.map).into_values()); };
        "clear" => |k| k.map.clear();
        "clone" => |k| drop(k.map.clone());
        "debug" => |k| drop(format!("{:?}", k.map));
        "get" => |k| { k.map.get(&Query(1)); k.map.get(&Query(0x201)); k.map.get(&*k.items[3]); k.by_identity.get(&k.items[1]); };
        "get_key" => |k| drop((k.map.get_key(&Query(0x101)), k.by_identity.get_key(&k.items[1])));
        "get_many" => |k| { k.map.get_many([&Query(1), &Query(0x201), &Query(9)]); };
        "get_key_value" => |k| drop(k.map.get_key_value(&Query(0x101)));
        "contains_key" => |k| { k.map.contains_key(&Query(0x201)); };
        "get_mut" => |k| { k.map.get_mut(&Query(1)); };
        "get_key_value_mut" => |k| drop(k.map.get_key_value_mut(&Query(1)));
        "get_disjoint_mut" => |k| { k.map.get_disjoint_mut([&Query(1), &Query(2)]); };
        "get_key_value_disjoint_mut" => |k| drop(k.map.get_key_value_disjoint_mut([&Query(0x101), &Query(2), &Query(9)]));
        "index" => |k| { let _ = &k.map[&Query(2)]; let _ = &mut k.map[&Query(3)]; };
        "insert new" => |k| drop(k.map.insert(&k.items[5], Value::new(60)));
        "insert colliding" => |k| { let new = item(0x201); drop(k.map.insert(&new, Value::new(60))); };
        "insert again" => |k| { let equal = item(1); drop(k.map.insert(&equal, Value::new(60))); };
        "insert by identity" => |k| for index in [1, 5] { drop(k.by_identity.insert(&k.items[index], Value::new(60))); };
        "try_insert" => |k| for index in [1, 5] { drop(k.map.try_insert(&k.items[index], Value::new(60))); };
        "try_insert told" => |k| { let equal = item(1); if let Err(error) = k.map.try_insert(&equal, Value::new(60)) { drop(format!("{error:?} {error}")); drop(error.entry.remove_entry()); } };
        "get_or_insert" => |k| for index in [1, 5] { k.map.get_or_insert(&k.items[index], Value::new(60)); };
        "get_or_insert_with" => |k| for index in [1, 5] { k.map.get_or_insert_with(&k.items[index], user(|| Value::new(60))); };
        "get_or_try_insert_with" => |k| for index in [1, 5] { drop(k.map.get_or_try_insert_with(&k.items[index], user(|| Ok::<_, Refused>(Value::new(60))))); };
        "get_or_try_insert_with refused" => |k| for index in [1, 5] { drop(k.map.get_or_try_insert_with(&k.items[index], user(|| Err(Refused(Tag::new()))))); };
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(5)), k.map.remove(&Query(0x201)), k.by_identity.remove(&k.items[1])));
        "remove_entry" => |k| drop(k.map.remove_entry(&Query(1)));
        "pop" => |k| while let Some(popped) = k.map.pop() { drop(popped); };
        "retain" => |k| k.map.retain(item_mut(|key: &Strong<Item<S>>, _: &mut Value| key.number() != 1));
        "extract_if" => |k| k.map.extract_if(item_mut(|key: &Strong<Item<S>>, _: &mut Value| key.number() < 2)).for_each(drop);
        "extract_if given up" => |k| drop(k.map.extract_if(item_mut(|_: &Strong<Item<S>>, _: &mut Value| true)).next());
        "drain" => |k| k.map.drain().for_each(drop);
        "drain given up" => |k| drop(k.map.drain().next());
        "iter" => |k| { drop((k.map.iter().collect::<Vec<_>>(), k.map.keys().collect::<Vec<_>>(), k.map.values().count(), k.map.weak_keys().collect::<Vec<_>>())); k.map.iter_mut().for_each(drop); k.map.values_mut().count(); };
        "into_iter" => |k| std::mem::take(&mut k.map).into_iter().for_each(drop);
        "into_iter given up" => |k| drop(std::mem::take(&mut k.map).into_iter().next());
        "into_keys" => |k| std::mem::take(&mut k.map).into_keys().for_each(drop);
        "into_values" => |k| std::mem::take(&mut k.map).into_values().for_each(drop);
        "into_values given up" => |k| drop(std::mem::take(&mut k.map).into_values().next());
        "extend" => |k| k.map.extend([(&k.items[5], Value::new(60)), (&k.items[1], Value::new(61))]);
        "extend borrowed" => |k| k.map.extend(&k.strong);
        "extend by a weak one" => |k| k.map.extend(&k.other);
        "extend owned" => |k| k.map.extend([(item(5), Value::new(60)), (k.items[1].clone(), Value::new(61))]);
        "collect" => |k| drop([(&k.items[1], Value::new(1)), (&k.items[1], Value::new(2))].into_iter().collect::<Map<S>>());
        "from" => |k| drop((WeakKeyMap::from([(&k.items[1], Value::new(1))]), WeakKeyMap::from([(k.items[1].clone(), Value::new(1))])));
        "eq" => |k| { let _ = k.map == k.other; let same = k.map.clone(); let _ = k.map == same; };
        "eq with strong" => |k| { let _ = k.map == k.strong; };
        "or" => |k| drop((&k.map | &k.strong, &k.strong | &k.map));
        "or assign" => |k| k.map |= &k.other;
        "submap" => |k| { k.map.is_submap(&k.other); k.map.domain_is_subset(&k.other); k.map.is_submap_with(&k.other, asked(|a: &Value, b: &Value| std::ptr::eq(a, b))); };
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "snapshot" => |k| drop(k.map.snapshot());
        "entry or_insert" => |k| for index in [1, 5] { k.map.entry(&k.items[index]).or_insert(Value::new(60)); };
        "entry or_insert_with" => |k| for index in [1, 5] { k.map.entry(&k.items[index]).or_insert_with(user(|| Value::new(60))); };
        "entry or_insert_with_key" => |k| for index in [1, 5] { let make = user(|| Value::new(60)); k.map.entry(&k.items[index]).or_insert_with_key(|_| make()); };
        "entry or_try_insert_with" => |k| for index in [1, 5] { drop(k.map.entry(&k.items[index]).or_try_insert_with(user(|| Ok::<_, Refused>(Value::new(60))))); };
        "entry or_try_insert_with refused" => |k| drop(k.map.entry(&item(5)).or_try_insert_with(user(|| Err(Refused(Tag::new())))));
        "entry or_default" => |k| for index in [1, 5] { k.map.entry(&k.items[index]).or_default(); };
        "entry insert_entry" => |k| for index in [1, 5] { let mut entry = k.map.entry(&k.items[index]).insert_entry(Value::new(60)); entry.key(); entry.get(); entry.get_mut(); drop(entry); };
        "entry and_modify" => |k| for index in [1, 5] { let seen = user(|| ()); drop(k.map.entry(&k.items[index]).and_modify(|_| seen())); };
        "entry key" => |k| for index in [1, 5] { let entry = k.map.entry(&k.items[index]); entry.key(); drop(format!("{entry:?}")); };
        "entry of an equal one" => |k| for number in [1, 5] { let equal = item(number); let entry = k.map.entry(&equal); drop(equal); drop(entry); };
        "occupied insert" => |k| { let equal = item(1); if let Entry::Occupied(mut entry) = k.map.entry(&equal) { drop(entry.insert(Value::new(61))); drop(entry.replace_key()); drop(entry.replace_key()); } };
        "occupied into_mut" => |k| { let equal = item(1); if let Entry::Occupied(entry) = k.map.entry(&equal) { drop(equal); entry.into_mut(); } };
        "occupied remove" => |k| { let equal = item(1); if let Entry::Occupied(entry) = k.map.entry(&equal) { drop(equal); drop(entry.remove()); } };
        "occupied remove_entry" => |k| { let equal = item(1); if let Entry::Occupied(entry) = k.map.entry(&equal) { drop(equal); drop(entry.remove_entry()); } };
        "vacant insert" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); entry.key(); entry.insert(Value::new(60)); } };
        "vacant insert_entry" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); drop(entry.insert_entry(Value::new(60))); } };
        "vacant into_key" => |k| { let new = item(5); if let Entry::Vacant(entry) = k.map.entry(&new) { drop(new); drop(entry.into_key()); } };
    }
    suite.finish(200);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakKeyMap of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakKeyMap of local objects");
}
