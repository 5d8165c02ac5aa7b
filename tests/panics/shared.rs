//! The shared maps, sets and interners, used from one thread.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use weakref::{LocalSlot, Object, Slot, Strong, SyncSlot};
use weakref_containers::shared::{
    IdentityWeakKeyMap, IdentityWeakPairMap, IdentityWeakSet, Interner, Shares, StrongTier,
    WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap,
};

use crate::items::{Build, Item, Key, Query, Refused, asked, asked_one, item, user};
use crate::scripts;
use crate::suite::Suite;
use crate::world::{Tag, doom, tick};

/// Slots whose items stand in all shared containers.
pub(crate) trait Anywhere:
    Slot + Shares<Key, Item<Self>> + Shares<Item<Self>, Key> + Shares<Item<Self>, Item<Self>>
{
}

impl Anywhere for LocalSlot {}
impl Anywhere for SyncSlot {}

const NUMBERS: [u32; 8] = [0, 1, 2, 3, 0x101, 5, 6, 7];

struct Values<S: Anywhere> {
    map: WeakValueMap<Key, Item<S>, Build>,
    items: Vec<Strong<Item<S>>>,
    upgraded: Option<HashMap<Key, Strong<Item<S>>, Build>>,
}

fn weigh<S>(item: &Item<S>) -> u64 {
    tick();
    u64::from(item.number() % 2 + 1)
}

/// Living entries 0 to 3 and 0x101, whose hash is that of 1.
fn fill<S: Anywhere>(map: WeakValueMap<Key, Item<S>, Build>) -> Values<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    for value in &items[..5] {
        map.insert(Key::new(value.number()), value);
    }
    Values {
        map,
        items,
        upgraded: None,
    }
}

fn values<S: Anywhere>() -> Values<S> {
    fill(WeakValueMap::with_hasher(Build::new()))
}

/// With values that only the tier keeps alive.
fn tiered<S: Anywhere>() -> Values<S> {
    let tier = StrongTier::weight(4, weigh::<S>);
    let mut kit = fill(WeakValueMap::with_strong_tier_and_hasher(
        tier,
        Build::new(),
    ));
    for index in 1..5 {
        kit.items[index] = item(90);
    }
    kit
}

/// The values of 1 and 0x101 die in the first comparisons.
fn doomed_values<S: Anywhere>() -> Values<S> {
    let mut kit = values::<S>();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        doom(move || drop(last));
    }
    kit
}

fn check_values<S: Anywhere>(kit: &mut Values<S>) {
    let live = kit.map.iter().count();
    assert_eq!(kit.map.len(), live, "len");
    for (key, value) in &kit.map {
        let found = kit.map.get(&key.query);
        assert!(
            found.is_some_and(|found| Strong::ptr_eq(&found, &value)),
            "get"
        );
    }
    // Writes to every shard of a key in use, and would find a lock that was left.
    for number in NUMBERS.into_iter().chain([0x201, 77]) {
        let new = item(number);
        kit.map.insert(Key::new(number), &new);
        assert!(kit.map.remove(&Query(number)).is_some());
    }
    assert_eq!((kit.map.len(), kit.map.iter().count()), (0, 0), "len after");
    assert_eq!(
        kit.map.strong_tier_len(),
        0,
        "the tier keeps what was removed"
    );
}

type ByValue<S> = WeakKeyMap<Item<S>, Key, Build>;

struct Keys<S: Anywhere> {
    map: ByValue<S>,
    by_identity: IdentityWeakKeyMap<Item<S>, Key, Build>,
    items: Vec<Strong<Item<S>>>,
    upgraded: Option<HashMap<Strong<Item<S>>, Arc<Key>, Build>>,
}

fn keys<S: Anywhere>() -> Keys<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let map = ByValue::with_hasher(Build::new());
    let by_identity = IdentityWeakKeyMap::with_hasher(Build::new());
    for key in &items[..5] {
        map.insert(key, Key::new(50));
        by_identity.insert(key, Key::new(50));
    }
    Keys {
        map,
        by_identity,
        items,
        upgraded: None,
    }
}

fn doomed_keys<S: Anywhere>() -> Keys<S> {
    let mut kit = keys::<S>();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        doom(move || drop(last));
    }
    kit
}

fn check_keys<S: Anywhere>(kit: &mut Keys<S>) {
    let live = kit.map.iter().count();
    assert_eq!(kit.map.len(), live, "len");
    for (key, value) in &kit.map {
        let found = kit.map.get_shared(&key.query);
        assert!(
            found.is_some_and(|found| Arc::ptr_eq(&found, &value)),
            "get"
        );
    }
    for number in NUMBERS.into_iter().chain([0x201, 77]) {
        let new = item(number);
        kit.map.insert(&new, Key::new(1));
        assert!(kit.map.remove(&Query(number)).is_some());
    }
    assert_eq!((kit.map.len(), kit.map.iter().count()), (0, 0), "len after");
    assert_eq!(kit.by_identity.len(), kit.by_identity.iter().count());
}

type Both<S> = WeakPairMap<Item<S>, Item<S>, Build>;
type StrongPairs<S> = HashMap<Strong<Item<S>>, Strong<Item<S>>, Build>;

struct Pairs<S: Anywhere> {
    map: Both<S>,
    by_identity: IdentityWeakPairMap<Item<S>, Item<S>, Build>,
    items: Vec<Strong<Item<S>>>,
    values: Vec<Strong<Item<S>>>,
    upgraded: Option<StrongPairs<S>>,
}

fn pairs<S: Anywhere>() -> Pairs<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let values: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let map = Both::with_hasher(Build::new());
    let by_identity = IdentityWeakPairMap::with_hasher(Build::new());
    for (key, value) in items.iter().zip(&values).take(5) {
        map.insert(key, value);
        by_identity.insert(key, value);
    }
    Pairs {
        map,
        by_identity,
        items,
        values,
        upgraded: None,
    }
}

fn doomed_pairs<S: Anywhere>() -> Pairs<S> {
    let mut kit = pairs::<S>();
    for index in [1, 4] {
        let key = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        let value = std::mem::replace(&mut kit.values[index], item(NUMBERS[index]));
        doom(move || drop(value));
        doom(move || drop(key));
    }
    kit
}

fn check_pairs<S: Anywhere>(kit: &mut Pairs<S>) {
    let live = kit.map.iter().count();
    assert_eq!(kit.map.len(), live, "len");
    for (key, value) in &kit.map {
        let found = kit.map.get(&key.query);
        assert!(
            found.is_some_and(|found| Strong::ptr_eq(&found, &value)),
            "get"
        );
    }
    for number in NUMBERS.into_iter().chain([0x201, 77]) {
        let new = item(number);
        kit.map.insert(&new, &new);
        assert!(kit.map.remove(&Query(number)).is_some());
    }
    assert_eq!((kit.map.len(), kit.map.iter().count()), (0, 0), "len after");
    assert_eq!(kit.by_identity.len(), kit.by_identity.iter().count());
}

type Set<S> = WeakSet<Item<S>, Build>;

struct Members<S: Anywhere> {
    set: Set<S>,
    by_identity: IdentityWeakSet<Item<S>, Build>,
    items: Vec<Strong<Item<S>>>,
    upgraded: Option<HashSet<Strong<Item<S>>, Build>>,
}

fn members<S: Anywhere>() -> Members<S> {
    let items: Vec<_> = NUMBERS.into_iter().map(item).collect();
    let set = Set::with_hasher(Build::new());
    let by_identity = IdentityWeakSet::with_hasher(Build::new());
    for member in &items[..5] {
        set.insert(member);
        by_identity.insert(member);
    }
    Members {
        set,
        by_identity,
        items,
        upgraded: None,
    }
}

fn doomed_members<S: Anywhere>() -> Members<S> {
    let mut kit = members::<S>();
    for index in [1, 4] {
        let last = std::mem::replace(&mut kit.items[index], item(NUMBERS[index]));
        doom(move || drop(last));
    }
    kit
}

fn check_members<S: Anywhere>(kit: &mut Members<S>) {
    let live = kit.set.iter().count();
    assert_eq!(kit.set.len(), live, "len");
    for member in &kit.set {
        let found = kit.set.get(&member.query);
        assert!(
            found.is_some_and(|found| Strong::ptr_eq(&found, &member)),
            "get"
        );
    }
    for number in NUMBERS.into_iter().chain([0x201, 77]) {
        let new = item(number);
        kit.set.insert(&new);
        assert!(kit.set.remove(&Query(number)));
    }
    assert_eq!((kit.set.len(), kit.set.iter().count()), (0, 0), "len after");
    assert_eq!(kit.by_identity.len(), kit.by_identity.iter().count());
}

fn all_values<S: Anywhere>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Values<S>, [values::<S>, tiered::<S>, doomed_values::<S>], check_values::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.map));
        "new" => |k| drop((WeakValueMap::<Key, Item<S>>::new(), WeakValueMap::<Key, Item<S>>::with_strong_tier(StrongTier::entries(2)), &k.items));
        "figures" => |k| { k.map.is_empty(); k.map.hasher(); k.map.strong_tier_len(); };
        "deaths" => |k| k.items.truncate(6);
        "clear" => |k| k.map.clear();
        "clear_strong_tier" => |k| k.map.clear_strong_tier();
        "drain" => |k| drop(k.map.drain());
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.values().collect::<Vec<_>>(), k.map.weak_values().collect::<Vec<_>>()));
        "keys" => |k| drop(k.map.keys().collect::<Vec<_>>());
        "keys of what dies" => |k| { let mut keys = k.map.keys(); let first = keys.next(); k.items.truncate(6); drop(first); keys.for_each(drop); };
        "with_capacity" => |k| drop((WeakValueMap::<Key, Item<S>, Build>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakValueMap::<Key, Item<S>>::with_capacity(3)));
        "purge" => |k| { k.map.purge(); };
        "room" => |k| { k.map.reserve(40); k.map.shrink_to_fit(); k.map.capacity(); k.map.allocation_size(); };
        "clone" => |k| drop(k.map.clone());
        "eq" => |k| { let same = k.map.clone(); let _ = k.map == same; };
        "snapshot" => |k| drop(k.map.snapshot());
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "eq of std" => |k| { k.upgraded = Some(k.map.upgrade()); let _ = k.upgraded.as_ref().is_some_and(|strong| k.map == *strong); };
        "extend borrowed" => |k| k.map.extend([(Key::new(1), &k.items[6]), (Key::new(7), &k.items[7])]);
        "collect" => |k| drop([(Key::new(1), &k.items[6]), (Key::new(1), &k.items[7])].into_iter().collect::<WeakValueMap<Key, Item<S>, Build>>());
        "from" => |k| drop((WeakValueMap::from([(Key::new(1), &k.items[1])]), WeakValueMap::from([(Key::new(2), k.items[1].clone())])));
        "get_or_insert_with_ref" => |k| for number in [1, 5, 0x201] { drop(k.map.get_or_insert_with_ref(&Query(number), user(|| item(60)))); };
        "get_or_try_insert_with_ref" => |k| for number in [1, 5] { drop(k.map.get_or_try_insert_with_ref(&Query(number), user(|| Err(Refused(Tag::new()))))); };
        "debug" => |k| drop(format!("{:?} {:?}", k.map, k.map.iter()));
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(0x101)), k.map.get(&Query(9))));
        "get_many" => |k| drop(k.map.get_many([&Query(1), &Query(0x101), &Query(9)]));
        "contains_key" => |k| { k.map.contains_key(&Query(0x101)); };
        "insert" => |k| for number in [1, 5, 0x201] { drop(k.map.insert(Key::new(number), &k.items[5])); };
        "insert what nobody else holds" => |k| for number in [1, 5] { drop(k.map.insert(Key::new(number), &item(60))); };
        "try_insert" => |k| for number in [1, 5, 0x201] { drop(k.map.try_insert(Key::new(number), &k.items[5])); };
        "get_or_insert" => |k| for number in [1, 5, 0x201] { drop(k.map.get_or_insert(Key::new(number), &k.items[5])); };
        "get_or_insert_with_key" => |k| for number in [1, 5, 0x201] { let make = user(|| item(60)); drop(k.map.get_or_insert_with_key(Key::new(number), |_| make())); };
        "get_or_insert_with" => |k| for number in [1, 5, 0x201] { drop(k.map.get_or_insert_with(Key::new(number), user(|| item(60)))); };
        "get_or_try_insert_with" => |k| for number in [1, 5, 0x201] { drop(k.map.get_or_try_insert_with(Key::new(number), user(|| Ok::<_, Refused>(item(60))))); };
        "get_or_try_insert_with refused" => |k| for number in [1, 5] { drop(k.map.get_or_try_insert_with(Key::new(number), user(|| Err(Refused(Tag::new()))))); };
        "overtaken" => |k| { let (map, items) = (&k.map, &k.items); drop(map.get_or_insert_with(Key::new(5), user(|| { drop(map.insert(Key::new(5), &items[5])); item(60) }))); };
        "constructor that nests" => |k| { let map = &k.map; drop(map.get_or_insert_with(Key::new(5), user(|| map.get_or_insert_with(Key::new(6), user(|| item(60)))))); };
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(9)), k.map.remove(&Query(0x101))));
        "remove_if" => |k| for number in [1, 0x101] { drop(k.map.remove_if(&Query(number), asked_one(|value: &Strong<Item<S>>| value.number() != 1))); };
        "replace_if" => |k| for number in [1, 0x101] { drop(k.map.replace_if(&Query(number), &k.items[6], asked_one(|value: &Strong<Item<S>>| value.number() != 1))); };
        "retain" => |k| k.map.retain(asked(|key: &Key, _: &Strong<Item<S>>| key.number() != 1));
        "extract_if" => |k| k.map.extract_if(asked(|key: &Key, _: &Strong<Item<S>>| key.number() < 3)).for_each(drop);
        "extend" => |k| k.map.extend([(Key::new(1), k.items[6].clone()), (Key::new(7), item(7))]);
    }
    suite.finish(80);
}

fn all_keys<S: Anywhere>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Keys<S>, [keys::<S>, doomed_keys::<S>], check_keys::<S>;
        "drop" => |k| drop((std::mem::take(&mut k.map), std::mem::take(&mut k.by_identity)));
        "new" => |k| drop((WeakKeyMap::<Item<S>, Key>::new(), &k.items));
        "figures" => |k| { k.map.is_empty(); k.map.hasher(); };
        "deaths" => |k| k.items.truncate(1);
        "clear" => |k| k.map.clear();
        "drain" => |k| drop(k.map.drain());
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.weak_keys().collect::<Vec<_>>(), k.map.keys().collect::<Vec<_>>(), k.map.values().collect::<Vec<_>>()));
        "keys of what dies" => |k| { let mut keys = k.map.keys(); let first = keys.next(); k.items.truncate(1); drop(first); keys.for_each(drop); };
        "values of what dies" => |k| { let mut all = k.map.values(); let first = all.next(); k.items.truncate(1); drop(first); all.for_each(drop); };
        "values of what is removed" => |k| { let mut all = k.map.iter(); let first = all.next(); k.map.clear(); drop(first); all.for_each(drop); };
        "keys of what is removed" => |k| { let mut all = k.map.keys(); let first = all.next(); k.map.clear(); drop(first); all.for_each(drop); };
        "with_capacity" => |k| drop((ByValue::<S>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakKeyMap::<Item<S>, Key>::with_capacity(3)));
        "purge" => |k| { k.map.purge(); };
        "room" => |k| { k.map.reserve(40); k.map.shrink_to_fit(); k.map.capacity(); k.map.allocation_size(); };
        "clone" => |k| drop(k.map.clone());
        "eq" => |k| { let same = k.map.clone(); let _ = k.map == same; };
        "snapshot" => |k| drop(k.map.snapshot());
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "into_iter" => |k| for entry in &k.map { drop(entry); };
        "extend" => |k| k.map.extend([(&k.items[1], Key::new(60)), (&k.items[6], Key::new(61))]);
        "extend owned" => |k| k.map.extend([(item(5), Key::new(60)), (k.items[1].clone(), Key::new(61))]);
        "collect" => |k| drop([(&k.items[1], Key::new(60)), (&k.items[1], Key::new(61))].into_iter().collect::<ByValue<S>>());
        "from" => |k| drop((WeakKeyMap::from([(&k.items[1], Key::new(1))]), WeakKeyMap::from([(k.items[1].clone(), Key::new(2))])));
        "debug" => |k| drop(format!("{:?}", k.map));
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(0x101)), k.by_identity.get(&k.items[1])));
        "get_many" => |k| drop((k.map.get_many([&Query(1), &Query(0x101), &Query(9)]), k.by_identity.get_many([&k.items[1], &k.items[2]])));
        "get_shared" => |k| drop((k.map.get_shared(&Query(1)), k.map.get_shared(&Query(0x101))));
        "with" => |k| { let map = &k.map; let look = user(|| ()); drop(map.with(&Query(2), |_| { look(); drop(map.remove(&Query(2))); Tag::new() })); };
        "contains_key" => |k| { k.map.contains_key(&Query(0x101)); };
        "insert" => |k| for number in [1, 5, 0x201] { let key = item(number); drop(k.map.insert(&key, Key::new(60))); };
        "insert by identity" => |k| for index in [1, 5] { drop(k.by_identity.insert(&k.items[index], Key::new(60))); };
        "try_insert" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.try_insert(&key, Key::new(60))); };
        "get_or_insert" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_insert(&key, Key::new(60))); };
        "get_or_insert_with" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_insert_with(&key, user(|| Key::new(60)))); };
        "get_or_try_insert_with" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_try_insert_with(&key, user(|| Ok::<_, Refused>(Key::new(60))))); };
        "get_or_try_insert_with refused" => |k| for number in [1, 5] { let key = item(number); drop(k.map.get_or_try_insert_with(&key, user(|| Err(Refused(Tag::new()))))); };
        "overtaken" => |k| { let (map, key) = (&k.map, &k.items[5]); drop(map.get_or_insert_with(key, user(|| { drop(map.insert(key, Key::new(61))); Key::new(60) }))); };
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(0x101)), k.by_identity.remove(&k.items[1])));
        "remove_if" => |k| for number in [1, 2, 0x101] { drop(k.map.remove_if(&Query(number), asked_one(|_: &Arc<Key>| number != 1))); };
        "replace_if" => |k| for number in [1, 2, 0x101] { drop(k.map.replace_if(&Query(number), Key::new(60), asked_one(|_: &Arc<Key>| number != 1))); };
        "with_mut" => |k| for number in [1, 2] { let used = Tag::new(); drop(k.map.with_mut(&Query(number), move |value| { let _ = &used; tick(); *value = Key::new(61); Tag::new() })); };
        "update" => |k| for number in [1, 2] { let used = Tag::new(); drop(k.map.update(&Query(number), move |_| { let _ = &used; tick(); Key::new(61) })); };
        "compute" => |k| for number in [1, 2, 5] { let (key, used) = (item(number), Tag::new()); drop(k.map.compute(&key, move |old| { let _ = &used; tick(); old.is_none().then(|| Key::new(61)) })); };
        "compute anew" => |k| for number in [1, 2, 5] { let (key, used) = (item(number), Tag::new()); drop(k.map.compute(&key, move |_| { let _ = &used; tick(); Some(Key::new(61)) })); };
        "retain" => |k| k.map.retain(asked(|key: &Strong<Item<S>>, _: &Arc<Key>| key.number() != 1));
        "extract_if" => |k| k.map.extract_if(asked(|key: &Strong<Item<S>>, _: &Arc<Key>| key.number() < 3)).for_each(drop);
    }
    suite.finish(60);
}

fn all_pairs<S: Anywhere>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Pairs<S>, [pairs::<S>, doomed_pairs::<S>], check_pairs::<S>;
        "drop" => |k| drop((std::mem::take(&mut k.map), std::mem::take(&mut k.by_identity)));
        "new" => |k| drop((WeakPairMap::<Item<S>, Item<S>>::new(), &k.items));
        "figures" => |k| { k.map.is_empty(); k.map.hasher(); };
        "deaths" => |k| { k.items.truncate(3); k.values.truncate(1); };
        "clear" => |k| k.map.clear();
        "drain" => |k| drop(k.map.drain());
        "iter" => |k| drop((k.map.iter().collect::<Vec<_>>(), k.map.weak_keys().collect::<Vec<_>>(), k.map.weak_values().collect::<Vec<_>>(), k.map.keys().collect::<Vec<_>>(), k.map.values().collect::<Vec<_>>()));
        "with_capacity" => |k| drop((Both::<S>::with_capacity_and_hasher(8, k.map.hasher().clone()), WeakPairMap::<Item<S>, Item<S>>::with_capacity(3)));
        "purge" => |k| { k.map.purge(); };
        "room" => |k| { k.map.reserve(40); k.map.shrink_to_fit(); k.map.capacity(); k.map.allocation_size(); };
        "clone" => |k| drop(k.map.clone());
        "eq" => |k| { let same = k.map.clone(); let _ = k.map == same; };
        "snapshot" => |k| drop(k.map.snapshot());
        "upgrade" => |k| k.upgraded = Some(k.map.upgrade());
        "eq of std" => |k| { k.upgraded = Some(k.map.upgrade()); let _ = k.upgraded.as_ref().is_some_and(|strong| k.map == *strong); };
        "into_iter" => |k| for entry in &k.map { drop(entry); };
        "extend" => |k| k.map.extend([(&k.items[1], &k.values[5]), (&k.items[6], &k.values[6])]);
        "extend owned" => |k| k.map.extend([(item(5), k.values[5].clone()), (k.items[1].clone(), item(61))]);
        "collect" => |k| drop([(&k.items[1], &k.values[5]), (&k.items[1], &k.values[6])].into_iter().collect::<Both<S>>());
        "from" => |k| drop((WeakPairMap::from([(&k.items[1], &k.values[1])]), WeakPairMap::from([(k.items[1].clone(), item::<S>(60))])));
        "debug" => |k| drop(format!("{:?}", k.map));
        "get" => |k| drop((k.map.get(&Query(1)), k.map.get(&Query(0x101)), k.by_identity.get(&k.items[1])));
        "get_many" => |k| drop((k.map.get_many([&Query(1), &Query(0x101), &Query(9)]), k.by_identity.get_many([&k.items[1], &k.items[2]])));
        "contains_key" => |k| { k.map.contains_key(&Query(0x101)); };
        "insert" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.insert(&key, &k.values[5])); };
        "insert by identity" => |k| for index in [1, 5] { drop(k.by_identity.insert(&k.items[index], &k.values[5])); };
        "try_insert" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.try_insert(&key, &k.values[5])); };
        "get_or_insert" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_insert(&key, &k.values[5])); };
        "get_or_insert_with" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_insert_with(&key, user(|| item(60)))); };
        "get_or_try_insert_with" => |k| for number in [1, 5, 0x101] { let key = item(number); drop(k.map.get_or_try_insert_with(&key, user(|| Ok::<_, Refused>(item(60))))); };
        "get_or_try_insert_with refused" => |k| for number in [1, 5] { let key = item(number); drop(k.map.get_or_try_insert_with(&key, user(|| Err(Refused(Tag::new()))))); };
        "remove" => |k| drop((k.map.remove(&Query(1)), k.map.remove(&Query(0x101)), k.by_identity.remove(&k.items[1])));
        "remove_if" => |k| for number in [1, 2, 0x101] { drop(k.map.remove_if(&Query(number), asked_one(|_: &Strong<Item<S>>| number != 1))); };
        "replace_if" => |k| for number in [1, 2, 0x101] { drop(k.map.replace_if(&Query(number), &k.values[6], asked_one(|_: &Strong<Item<S>>| number != 1))); };
        "retain" => |k| k.map.retain(asked(|key: &Strong<Item<S>>, _: &Strong<Item<S>>| key.number() != 1));
        "extract_if" => |k| k.map.extract_if(asked(|key: &Strong<Item<S>>, _: &Strong<Item<S>>| key.number() < 3)).for_each(drop);
    }
    suite.finish(40);
}

fn all_members<S: Anywhere>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Members<S>, [members::<S>, doomed_members::<S>], check_members::<S>;
        "drop" => |k| drop((std::mem::take(&mut k.set), std::mem::take(&mut k.by_identity)));
        "new" => |k| drop((WeakSet::<Item<S>>::new(), &k.items));
        "figures" => |k| { k.set.is_empty(); k.set.hasher(); };
        "deaths" => |k| k.items.truncate(1);
        "clear" => |k| k.set.clear();
        "drain" => |k| drop(k.set.drain());
        "iter" => |k| drop((k.set.iter().collect::<Vec<_>>(), k.set.weak_iter().collect::<Vec<_>>()));
        "with_capacity" => |k| drop((Set::<S>::with_capacity_and_hasher(8, k.set.hasher().clone()), WeakSet::<Item<S>>::with_capacity(3)));
        "purge" => |k| { k.set.purge(); };
        "room" => |k| { k.set.reserve(40); k.set.shrink_to_fit(); k.set.capacity(); k.set.allocation_size(); };
        "clone" => |k| drop(k.set.clone());
        "eq" => |k| { let same = k.set.clone(); let _ = k.set == same; };
        "snapshot" => |k| drop(k.set.snapshot());
        "upgrade" => |k| k.upgraded = Some(k.set.upgrade());
        "eq of std" => |k| { k.upgraded = Some(k.set.upgrade()); let _ = k.upgraded.as_ref().is_some_and(|strong| k.set == *strong); };
        "into_iter" => |k| for member in &k.set { drop(member); };
        "extend" => |k| k.set.extend([&k.items[1], &k.items[6]]);
        "extend owned" => |k| k.set.extend([item(5), k.items[1].clone()]);
        "collect" => |k| drop([&k.items[1], &k.items[1]].into_iter().collect::<Set<S>>());
        "from" => |k| drop((WeakSet::from([&k.items[1]]), WeakSet::from([item::<S>(60)])));
        "debug" => |k| drop(format!("{:?}", k.set));
        "get" => |k| drop((k.set.get(&Query(1)), k.by_identity.get(&k.items[1])));
        "get the other" => |k| drop(k.set.get(&Query(0x101)));
        "get_many" => |k| drop((k.set.get_many([&Query(1), &Query(0x101), &Query(9)]), k.by_identity.get_many([&k.items[1], &k.items[2]])));
        "contains" => |k| { k.set.contains(&Query(0x101)); };
        "insert" => |k| for number in [1, 5, 0x201] { let new = item(number); k.set.insert(&new); k.by_identity.insert(&new); };
        "replace" => |k| for number in [1, 5, 0x101] { let new = item(number); drop(k.set.replace(&new)); };
        "get_or_insert" => |k| for number in [1, 5, 0x201] { let new = item(number); drop(k.set.get_or_insert(&new)); };
        "get_or_insert_with" => |k| for number in [1, 5, 0x201] { let make = user(|| item(number)); drop(k.set.get_or_insert_with(&Query(number), |_| make())); };
        "get_or_insert_with meanwhile" => |k| { let set = &k.set; let make = user(|| item(5)); let meanwhile = &k.items[5]; drop(set.get_or_insert_with(&Query(5), |_| { set.insert(meanwhile); make() })); };
        "remove" => |k| { k.set.remove(&Query(1)); k.set.remove(&Query(9)); k.by_identity.remove(&k.items[2]); };
        "take" => |k| drop((k.set.take(&Query(0x101)), k.set.take(&Query(9))));
        "retain" => |k| k.set.retain(asked_one(|member: &Strong<Item<S>>| member.number() > 1));
        "extract_if" => |k| k.set.extract_if(asked_one(|member: &Strong<Item<S>>| member.number() < 3)).for_each(drop);
    }
    suite.finish(40);
}

struct Interned {
    interner: Interner<Key, Build>,
    kept: Vec<Strong<Object<Key>>>,
}

fn interned(interner: Interner<Key, Build>) -> Interned {
    let kept = (0..3)
        .map(|number| interner.intern_with(&Key::new(number), new))
        .collect();
    Interned { interner, kept }
}

fn plain() -> Interned {
    interned(Interner::with_hasher(Build::new()))
}

fn with_tier() -> Interned {
    let mut kit = interned(Interner::with_strong_tier_and_hasher(
        StrongTier::entries(2),
        Build::new(),
    ));
    kit.kept.clear();
    kit
}

fn new(key: &Key) -> Strong<Object<Key>> {
    Strong::new(Object(key.clone()))
}

fn check_interned(kit: &mut Interned) {
    assert_eq!(kit.interner.len(), kit.interner.iter().count());
    for object in &kit.interner {
        let found = kit.interner.get(&object.0);
        assert!(found.is_some_and(|found| Strong::ptr_eq(&found, &object)));
    }
}

#[test]
fn interners() {
    let mut suite = Suite::new("Interner");
    scripts! { suite, Interned, [plain, with_tier], check_interned;
        "drop" => |k| drop(std::mem::take(&mut k.interner));
        "new" => |k| drop((Interner::<Key>::new(), Interner::<Key>::with_strong_tier(StrongTier::entries(1)), &k.kept));
        "figures" => |k| { k.interner.is_empty(); k.interner.strong_tier_len(); k.interner.hasher(); };
        "with_capacity" => |k| drop((Interner::<Key, Build>::with_capacity_and_hasher(8, k.interner.hasher().clone()), Interner::<Key>::with_capacity(3)));
        "purge" => |k| { k.interner.purge(); };
        "room" => |k| { k.interner.reserve(40); k.interner.shrink_to_fit(); k.interner.capacity(); k.interner.allocation_size(); };
        "snapshot" => |k| drop(k.interner.snapshot());
        "into_iter" => |k| for object in &k.interner { drop(object); };
        "get_many" => |k| { let keys = [1, 5].map(Key::new); drop(k.interner.get_many([&keys[0], &keys[1]])); };
        "contains" => |k| for number in [1, 5] { let key = Key::new(number); k.interner.contains(&key); };
        "intern_with" => |k| for number in [1, 5, 6, 0x101] { let key = Key::new(number); drop(k.interner.intern_with(&key, new)); };
        "intern" => |_k| { let interner = Interner::<str>::with_strong_tier(StrongTier::entries(1)); drop((interner.intern("a"), interner.intern("b"), interner.intern("a"))); };
        "intern_owned" => |k| for number in [1, 5, 6, 0x101] { drop(k.interner.intern_owned(Key::new(number))); };
        "get" => |k| for number in [1, 5] { let key = Key::new(number); drop(k.interner.get(&key)); };
        "iter" => |k| drop(k.interner.iter().collect::<Vec<_>>());
        "deaths" => |k| k.kept.clear();
        "clear_strong_tier" => |k| k.interner.clear_strong_tier();
        "debug" => |k| drop(format!("{:?}", k.interner));
    }
    suite.finish(20);
}

#[test]
fn values_of_sync() {
    all_values::<SyncSlot>("shared WeakValueMap of sync objects");
}

#[test]
fn values_of_local() {
    all_values::<LocalSlot>("shared WeakValueMap of local objects");
}

#[test]
fn keys_of_sync() {
    all_keys::<SyncSlot>("shared WeakKeyMap of sync objects");
}

#[test]
fn keys_of_local() {
    all_keys::<LocalSlot>("shared WeakKeyMap of local objects");
}

#[test]
fn pairs_of_sync() {
    all_pairs::<SyncSlot>("shared WeakPairMap of sync objects");
}

#[test]
fn pairs_of_local() {
    all_pairs::<LocalSlot>("shared WeakPairMap of local objects");
}

#[test]
fn members_of_sync() {
    all_members::<SyncSlot>("shared WeakSet of sync objects");
}

#[test]
fn members_of_local() {
    all_members::<LocalSlot>("shared WeakSet of local objects");
}
