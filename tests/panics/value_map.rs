//! The map whose values are weak: its keys are the user's.

use std::collections::HashMap;

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::WeakValueMap;
use weakref_containers::weak_value::{Entry, EntryRef};

use crate::items::{Build, Item, Key, Query, Refused, asked, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::{Tag, doom, tick};

type Map<S> = WeakValueMap<Key, Item<S>, Build>;

struct Kit<S: Slot> {
    map: Map<S>,
    items: Vec<Strong<Item<S>>>,
    other: Map<S>,
    /// Here, since a map of std leaks the entries that come after one whose drop panics.
    strong: HashMap<Key, Strong<Item<S>>, Build>,
    upgraded: Option<HashMap<Key, Strong<Item<S>>, Build>>,
}

/// Living entries 0 to 3 and 0x101, whose hash is that of 1; dead ones, not yet buried, 10 and 11.
fn make<S: Slot>() -> Kit<S> {
    let items: Vec<_> = (0..8).map(item).collect();
    let mut map = Map::with_hasher(Build::new());
    for (number, value) in [0, 1, 2, 3, 0x101].into_iter().zip(&items) {
        map.insert(Key::new(number), value);
    }
    for number in [10, 11] {
        map.insert(Key::new(number), &item(number));
    }
    let other = other(&items);
    let strong = strong(&items);
    Kit {
        map,
        items,
        other,
        strong,
        upgraded: None,
    }
}

/// As `make`, but the values of 1 and 0x101 die in the first comparisons.
fn doomed<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(90));
        doom(move || drop(last));
    }
    kit
}

fn evicting<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    kit.map.track_evictions(true);
    for index in 0..2 {
        kit.items[index] = item(90);
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
    assert!(kit.map.insert(Key::new(77), &kit.items[5]).is_none());
    assert!(kit.map.remove(&Query(77)).is_some());
    assert_eq!(kit.map.len(), live, "len after");
}

fn other<S: Slot>(items: &[Strong<Item<S>>]) -> Map<S> {
    let mut other = Map::with_hasher(Build::new());
    other.insert(Key::new(1), &items[5]);
    other.insert(Key::new(6), &items[6]);
    other
}

fn strong<S: Slot>(items: &[Strong<Item<S>>]) -> HashMap<Key, Strong<Item<S>>, Build> {
    let mut strong = HashMap::with_hasher(Build::new());
    strong.insert(Key::new(1), items[1].clone());
    strong.insert(Key::new(6), items[6].clone());
    strong
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>, doomed::<S>, evicting::<S>, evicting_doomed::<S>], check::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.map));
        "drop after all" => |k| { let items = std::mem::replace(&mut k.items, (0..8).map(item).collect()); drop((items, std::mem::take(&mut k.map))); };
        "new" => |k| drop((Map::<S>::with_hasher(Build::default()), WeakValueMap::<Key, Item<S>>::new(), &k.items));
        "with_capacity" => |k| drop((Map::<S>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakValueMap::<Key, Item<S>>::with_capacity(3)));
        "figures" => |k| { k.map.is_empty(); k.map.capacity(); k.map.load_factor(); k.map.allocation_size(); };
        "reserve" => |k| k.map.reserve(40);
        "try_reserve" => |k| k.map.try_reserve(40).unwrap();
        "shrink_to_fit" => |k| k.map.shrink_to_fit();
        "shrink_to" => |k| k.map.shrink_to(2);
        "purge" => |k| { k.map.purge(); };
        "track_evictions" => |k| { k.map.track_evictions(true); k.map.purge(); k.map.track_evictions(false); };
        "drain_evicted" => |k| { k.map.track_evictions(true); k.map.purge(); drop(k.map.drain_evicted()); };
        "drain_evicted taken" => |k| { k.map.track_evictions(true); k.map.drain_evicted().for_each(drop); };
        "clear" => |k| k.map.clear();
        "clone" => |k| drop(k.map.clone());
        "debug" => |k| drop(format!("{:?}", k.map));
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(0x201)), k.map.get(&Key::new(3))));
        "get_many" => |k| drop(k.map.get_many([&Query(1), &Query(0x201), &Query(9)]));
        "get_key_value" => |k| drop(k.map.get_key_value(&Query(0x101)));
        "contains_key" => |k| { k.map.contains_key(&Query(0x201)); };
        "insert new" => |k| drop(k.map.insert(Key::new(5), &k.items[5]));
        "insert colliding" => |k| drop(k.map.insert(Key::new(0x201), &k.items[5]));
        "insert again" => |k| drop(k.map.insert(Key::new(1), &k.items[5]));
        "try_insert new" => |k| drop(k.map.try_insert(Key::new(5), &k.items[5]));
        "try_insert again" => |k| drop(k.map.try_insert(Key::new(1), &k.items[5]));
        "get_or_insert new" => |k| drop(k.map.get_or_insert(Key::new(5), &k.items[5]));
        "get_or_insert again" => |k| drop(k.map.get_or_insert(Key::new(1), &k.items[5]));
        "get_or_insert_with new" => |k| drop(k.map.get_or_insert_with(Key::new(5), user(|| item(5))));
        "get_or_insert_with_key" => |k| for number in [1, 5] { let make = user(|| item(5)); drop(k.map.get_or_insert_with_key(Key::new(number), |_| make())); };
        "get_or_insert_with again" => |k| drop(k.map.get_or_insert_with(Key::new(1), user(|| item(5))));
        "get_or_try_insert_with new" => |k| drop(k.map.get_or_try_insert_with(Key::new(5), user(|| Ok::<_, Refused>(item(5)))));
        "get_or_try_insert_with again" => |k| drop(k.map.get_or_try_insert_with(Key::new(1), user(|| Ok::<_, Refused>(item(5)))));
        "get_or_try_insert_with refused" => |k| drop(k.map.get_or_try_insert_with(Key::new(5), user(|| Err(Refused(Tag::new())))));
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(5)), k.map.remove(&Query(0x201))));
        "remove_entry" => |k| drop(k.map.remove_entry(&Query(1)));
        "pop" => |k| while let Some(popped) = k.map.pop() { drop(popped); };
        "retain" => |k| { let mut keep = asked(|key: &Key, _: &Strong<Item<S>>| key.number() != 1); k.map.retain(|a, b| keep(a, b)); };
        "retain by value" => |k| k.map.retain(asked(|_: &Key, value: &Strong<Item<S>>| value.number() > 2));
        "extract_if" => |k| k.map.extract_if(asked(|key: &Key, _: &Strong<Item<S>>| key.number() < 2)).for_each(drop);
        "extract_if given up" => |k| drop(k.map.extract_if(asked(|_: &Key, _: &Strong<Item<S>>| true)).next());
        "drain" => |k| k.map.drain().for_each(drop);
        "drain given up" => |k| drop(k.map.drain().next());
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.keys().count(), k.map.values().collect::<Vec<_>>(), k.map.weak_values().collect::<Vec<_>>()));
        "into_iter" => |k| std::mem::take(&mut k.map).into_iter().for_each(drop);
        "into_iter given up" => |k| drop(std::mem::take(&mut k.map).into_iter().next());
        "into_keys" => |k| std::mem::take(&mut k.map).into_keys().for_each(drop);
        "into_values" => |k| std::mem::take(&mut k.map).into_values().for_each(drop);
        "into_values given up" => |k| drop(std::mem::take(&mut k.map).into_values().next());
        "extend" => |k| k.map.extend([(Key::new(5), &k.items[5]), (Key::new(1), &k.items[6])]);
        "extend borrowed" => |k| k.map.extend(&k.strong);
        "extend by a weak one" => |k| k.map.extend(&k.other);
        "extend owned" => |k| k.map.extend([(Key::new(5), item(5)), (Key::new(1), item(6)), (Key::new(7), k.items[7].clone())]);
        "collect" => |k| drop([(Key::new(1), &k.items[1]), (Key::new(1), &k.items[2])].into_iter().collect::<Map<S>>());
        "from" => |k| drop((WeakValueMap::from([(Key::new(1), &k.items[1])]), WeakValueMap::from([(Key::new(2), k.items[1].clone())])));
        "eq" => |k| { let _ = k.map == k.other; let same = k.map.clone(); let _ = k.map == same; };
        "eq with strong" => |k| { let _ = k.map == k.strong; };
        "or" => |k| drop((&k.map | &k.strong, &k.strong | &k.map));
        "or assign" => |k| k.map |= &k.other;
        "submap" => |k| { k.map.is_submap(&k.other); k.map.domain_is_subset(&k.other); k.map.is_submap_with(&k.other, asked(|a: &Strong<Item<S>>, b: &Strong<Item<S>>| Strong::ptr_eq(a, b))); };
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "snapshot" => |k| drop(k.map.snapshot());
        "entry or_insert new" => |k| drop(k.map.entry(Key::new(5)).or_insert(&k.items[5]));
        "entry or_insert again" => |k| drop(k.map.entry(Key::new(1)).or_insert(&k.items[5]));
        "entry or_insert_with new" => |k| drop(k.map.entry(Key::new(5)).or_insert_with(user(|| item(5))));
        "entry or_insert_with again" => |k| drop(k.map.entry(Key::new(1)).or_insert_with(user(|| item(5))));
        "entry or_insert_with_key" => |k| for number in [1, 5] { let make = user(|| item(number)); drop(k.map.entry(Key::new(number)).or_insert_with_key(|_| make())); };
        "entry or_try_insert_with" => |k| for number in [1, 5] { drop(k.map.entry(Key::new(number)).or_try_insert_with(user(|| Ok::<_, Refused>(item(5))))); };
        "entry or_try_insert_with refused" => |k| drop(k.map.entry(Key::new(5)).or_try_insert_with(user(|| Err(Refused(Tag::new())))));
        "entry or_default" => |k| for number in [1, 5] { drop(k.map.entry(Key::new(number)).or_default()); };
        "entry insert_entry" => |k| for number in [1, 5] { let entry = k.map.entry(Key::new(number)).insert_entry(&k.items[6]); drop((entry.key(), entry.get(), entry.get_strong())); };
        "entry and_modify" => |k| for number in [1, 5] { let seen = user(|| ()); drop(k.map.entry(Key::new(number)).and_modify(|_| seen())); };
        "entry key" => |k| for number in [1, 5] { let entry = k.map.entry(Key::new(number)); let _ = entry.key(); drop(format!("{entry:?}")); };
        "entry dropped" => |k| for number in [1, 5] { drop(k.map.entry(Key::new(number))); };
        "occupied insert" => |k| if let Entry::Occupied(mut entry) = k.map.entry(Key::new(1)) { drop(entry.insert(&k.items[6])); drop(entry.replace_key()); drop(entry.replace_key()); };
        "occupied remove" => |k| if let Entry::Occupied(entry) = k.map.entry(Key::new(1)) { drop(entry.remove()); };
        "occupied remove_entry" => |k| if let Entry::Occupied(entry) = k.map.entry(Key::new(1)) { drop(entry.remove_entry()); };
        "vacant insert" => |k| if let Entry::Vacant(entry) = k.map.entry(Key::new(5)) { let _ = entry.key(); drop(entry.insert(&k.items[6])); };
        "vacant insert_entry" => |k| if let Entry::Vacant(entry) = k.map.entry(Key::new(5)) { drop(entry.insert_entry(&k.items[6])); };
        "vacant into_key" => |k| if let Entry::Vacant(entry) = k.map.entry(Key::new(5)) { drop(entry.into_key()); };
        "entry_ref or_insert" => |k| for number in [1, 5] { drop(k.map.entry_ref(&Query(number)).or_insert(&k.items[5])); };
        "entry_ref or_insert_with" => |k| for number in [1, 5] { drop(k.map.entry_ref(&Query(number)).or_insert_with(user(|| item(5)))); };
        "entry_ref or_insert_with_key" => |k| for number in [1, 5] { let make = user(|| item(5)); drop(k.map.entry_ref(&Query(number)).or_insert_with_key(|_| make())); };
        "entry_ref or_try_insert_with" => |k| for number in [1, 5] { drop(k.map.entry_ref(&Query(number)).or_try_insert_with(user(|| Ok::<_, Refused>(item(5))))); };
        "entry_ref or_default" => |k| for number in [1, 5] { drop(k.map.entry_ref(&Query(number)).or_default()); };
        "entry_ref and_modify" => |k| for number in [1, 5] { let seen = user(|| ()); let query = Query(number); let entry = k.map.entry_ref(&query).and_modify(|_| seen()); let _ = entry.key(); drop(entry); };
        "entry_ref insert_entry" => |k| for number in [1, 5] { drop(k.map.entry_ref(&Query(number)).insert_entry(&k.items[6])); };
        "vacant ref insert" => |k| if let EntryRef::Vacant(entry) = k.map.entry_ref(&Query(5)) { drop(entry.insert(&k.items[6])); };
        "value dies in use" => |k| { let last = k.map.get(&Query(1)); k.items[1] = item(91); tick(); drop(last); };
    }
    suite.finish(180);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakValueMap of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakValueMap of local objects");
}
