//! The map that is ordered by its keys.

use std::collections::BTreeMap;

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::WeakValueBTreeMap;
use weakref_containers::ordered::Entry;

use crate::items::{Item, Key, Query, Refused, asked, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::Tag;

type Map<S> = WeakValueBTreeMap<Key, Item<S>>;

struct Kit<S: Slot> {
    map: Map<S>,
    items: Vec<Strong<Item<S>>>,
    upgraded: Option<BTreeMap<Key, Strong<Item<S>>>>,
}

/// Living entries 0 to 5; dead ones, not yet swept, 10 and 11.
fn make<S: Slot>() -> Kit<S> {
    let items: Vec<_> = (0..8).map(item).collect();
    let mut map = Map::new();
    for value in &items[..6] {
        map.insert(Key::new(value.number()), value);
    }
    for number in [10, 11] {
        map.insert(Key::new(number), &item(number));
    }
    Kit {
        map,
        items,
        upgraded: None,
    }
}

/// As `make`, but so many are dead that the next change sweeps.
fn stale<S: Slot>() -> Kit<S> {
    let mut kit = make::<S>();
    for index in 0..3 {
        kit.items[index] = item(90);
    }
    kit
}

fn check<S: Slot>(kit: &mut Kit<S>) {
    let live = kit.map.iter().count();
    assert_eq!((kit.map.len(), kit.map.keys().count()), (live, live), "len");
    let numbers: Vec<_> = kit.map.keys().map(Key::number).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
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
    assert_eq!(kit.map.len(), live + 1, "len with one more");
    assert!(kit.map.remove(&Query(77)).is_some());
    assert_eq!(
        (kit.map.len(), kit.map.iter().count()),
        (live, live),
        "len after"
    );
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>, stale::<S>], check::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.map));
        "figures" => |k| { k.map.is_empty(); k.map.len(); };
        "clear" => |k| k.map.clear();
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.keys().count(), k.map.values().collect::<Vec<_>>(), k.map.weak_values().collect::<Vec<_>>()));
        "purge" => |k| { k.map.purge(); };
        "retain" => |k| k.map.retain(asked(|key: &Key, _: &Strong<Item<S>>| key.number() > 3));
        "retain what dies" => |k| { let items = &mut k.items; k.map.retain(asked(|key: &Key, value: &Strong<Item<S>>| { for item in &mut items[..5] { if Strong::ptr_eq(item, value) { *item = crate::items::item(91); } } key.number() > 3 })); };
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(9)), k.map.get_key_value(&Query(10)), k.map.contains_key(&Query(3))));
        "insert new" => |k| drop(k.map.insert(Key::new(7), &k.items[7]));
        "insert again" => |k| for number in [1, 4] { drop(k.map.insert(Key::new(number), &k.items[7])); };
        "insert over a dead one" => |k| drop(k.map.insert(Key::new(10), &k.items[7]));
        "get_or_insert_with_key" => |k| for number in [4, 7, 10] { let make = user(|| item(7)); drop(k.map.get_or_insert_with_key(Key::new(number), |_| make())); };
        "get_or_insert_with" => |k| for number in [4, 7, 10] { drop(k.map.get_or_insert_with(Key::new(number), user(|| item(7)))); };
        "remove" => |k| drop((k.map.remove(&Query(4)), k.map.remove(&Query(9)), k.map.remove(&Query(10))));
        "remove_entry" => |k| drop((k.map.remove_entry(&Query(4)), k.map.remove_entry(&Query(10))));
        "range" => |k| drop(k.map.range(Query(2)..Query(11)).collect::<Vec<_>>());
        "ends" => |k| drop((k.map.first_key_value(), k.map.last_key_value()));
        "pop_first" => |k| while let Some(popped) = k.map.pop_first() { drop(popped); };
        "pop_last" => |k| while let Some(popped) = k.map.pop_last() { drop(popped); };
        "extend" => |k| { k.map.extend([(Key::new(1), &k.items[7]), (Key::new(7), &k.items[7])]); k.map.extend([(Key::new(8), item(8))]); };
        "collect" => |k| drop([(Key::new(1), &k.items[7]), (Key::new(1), &k.items[6])].into_iter().collect::<Map<S>>());
        "drain" => |k| k.map.drain().for_each(drop);
        "drain dropped" => |k| drop(k.map.drain());
        "into_iter" => |k| std::mem::take(&mut k.map).into_iter().for_each(drop);
        "into_keys" => |k| std::mem::take(&mut k.map).into_keys().for_each(drop);
        "into_values" => |k| std::mem::take(&mut k.map).into_values().rev().for_each(drop);
        "snapshot" => |k| drop(k.map.snapshot());
        "extract_if" => |k| k.map.extract_if(asked(|key: &Key, _: &Strong<Item<S>>| key.number() > 3)).for_each(drop);
        "extract_if one" => |k| drop(k.map.extract_if(asked(|key: &Key, _: &Strong<Item<S>>| key.number() > 1)).next());
        "split_off" => |k| drop(k.map.split_off(&Query(3)));
        "append" => |k| { let mut other = k.map.split_off(&Query(4)); k.map.append(&mut other); };
        "try_insert" => |k| for number in [4, 7, 10] { drop(k.map.try_insert(Key::new(number), &k.items[7])); };
        "get_or_insert" => |k| for number in [4, 7, 10] { drop(k.map.get_or_insert(Key::new(number), &k.items[7])); };
        "get_or_try_insert_with" => |k| for number in [4, 7, 10] { drop(k.map.get_or_try_insert_with(Key::new(number), user(|| Err(Refused(Tag::new()))))); };
        "entry or_insert" => |k| for number in [4, 7, 10] { drop(k.map.entry(Key::new(number)).or_insert(&k.items[7])); };
        "entry or_insert_with" => |k| for number in [4, 7, 10] { drop(k.map.entry(Key::new(number)).or_insert_with(user(|| item(60)))); };
        "entry or_insert_with_key" => |k| for number in [4, 7, 10] { let make = user(|| item(60)); drop(k.map.entry(Key::new(number)).or_insert_with_key(|_| make())); };
        "entry or_try_insert_with" => |k| for number in [4, 7, 10] { drop(k.map.entry(Key::new(number)).or_try_insert_with(user(|| Ok::<_, Refused>(item(60))))); };
        "entry and_modify" => |k| for number in [4, 7] { let seen = user(|| ()); drop(k.map.entry(Key::new(number)).and_modify(|_| seen())); };
        "entry key" => |k| for number in [4, 7, 10] { let entry = k.map.entry(Key::new(number)); entry.key(); drop(format!("{entry:?}")); };
        "occupied insert" => |k| if let Entry::Occupied(mut entry) = k.map.entry(Key::new(4)) { entry.get(); drop(entry.get_strong()); drop(entry.insert(&k.items[7])); };
        "occupied remove" => |k| if let Entry::Occupied(entry) = k.map.entry(Key::new(4)) { drop(entry.remove()); };
        "occupied remove_entry" => |k| if let Entry::Occupied(entry) = k.map.entry(Key::new(4)) { drop(entry.remove_entry()); };
        "vacant into_key" => |k| for number in [7, 10] { if let Entry::Vacant(entry) = k.map.entry(Key::new(number)) { drop(entry.into_key()); } };
        "from" => |k| drop((Map::from([(Key::new(1), &k.items[1])]), Map::from([(Key::new(2), k.items[1].clone())])));
        "clone" => |k| drop(k.map.clone());
        "eq" => |k| { let same = k.map.clone(); let _ = same == k.map; };
        "debug" => |k| drop(format!("{:?}", k.map));
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "eq of std" => |k| { k.upgraded = Some(k.map.upgrade()); let _ = k.upgraded.as_ref().is_some_and(|strong| k.map == *strong); };
        "joined" => |k| { let other = Map::from([(Key::new(1), &k.items[2])]); drop(&k.map | &other); k.map |= &other; };
        "new" => |k| drop((Map::<S>::new(), &k.items));
    }
    suite.finish(40);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakValueBTreeMap of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakValueBTreeMap of local objects");
}
