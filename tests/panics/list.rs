//! The list.

use weakref::{LocalSlot, Slot, Strong, SyncSlot};
use weakref_containers::WeakList;
use weakref_containers::list::Key;

use crate::items::{Item, asked_one, item};
use crate::scripts;
use crate::suite::Suite;

struct Kit<S: Slot> {
    list: WeakList<Item<S>>,
    keys: Vec<Key>,
    items: Vec<Strong<Item<S>>>,
}

/// Six members, of which the third and fourth are dead and not yet buried.
fn make<S: Slot>() -> Kit<S> {
    let mut list = WeakList::new();
    let mut items: Vec<_> = (0..6).map(item).collect();
    let keys = items.iter().map(|member| list.push(member)).collect();
    items.drain(2..4);
    Kit { list, keys, items }
}

fn check<S: Slot>(kit: &mut Kit<S>) {
    let live = kit.list.iter().count();
    assert_eq!(
        (kit.list.len(), kit.list.iter().rev().count()),
        (live, live),
        "len"
    );
    for (key, member) in kit.list.entries() {
        assert!(
            kit.list
                .get(key)
                .is_some_and(|found| Strong::ptr_eq(&found, &member)),
            "get"
        );
    }
    kit.list.purge();
    let new = item(77);
    let key = kit.list.push(&new);
    assert_eq!(kit.list.len(), live + 1, "len with one more");
    assert!(kit.list.remove(key).is_some());
    assert_eq!(
        (kit.list.len(), kit.list.iter().count()),
        (live, live),
        "len after"
    );
}

fn all<S: Slot>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<S>, [make::<S>], check::<S>;
        "drop" => |k| drop(std::mem::take(&mut k.list));
        "new" => |k| drop((WeakList::<Item<S>>::with_capacity(3), &k.items));
        "figures" => |k| { k.list.is_empty(); k.list.capacity(); k.list.allocation_size(); };
        "room" => |k| { k.list.reserve(9); k.list.try_reserve(9).unwrap(); k.list.shrink_to_fit(); k.list.shrink_to(2); };
        "purge" => |k| { k.list.purge(); };
        "push" => |k| { let (a, b) = (item(7), item(8)); k.list.push(&a); k.list.push_front(&b); };
        "get" => |k| for key in &k.keys { drop(k.list.get(*key)); k.list.contains_key(*key); };
        "remove" => |k| for key in &k.keys { drop(k.list.remove(*key)); };
        "by object" => |k| { k.list.key_of(&k.items[1]); k.list.contains(&k.items[1]); drop(k.list.remove_object(&k.items[1])); };
        "ends" => |k| drop((k.list.front(), k.list.back(), k.list.pop_front(), k.list.pop_back()));
        "pop" => |k| while let Some(member) = k.list.pop_back() { k.items.retain(|item| !Strong::ptr_eq(item, &member)); drop(member); };
        "retain" => |k| k.list.retain(asked_one(|member: &Strong<Item<S>>| member.number() > 1));
        "retain what dies" => |k| { let items = &mut k.items; k.list.retain(asked_one(|member: &Strong<Item<S>>| { items.retain(|item| !Strong::ptr_eq(item, member)); member.number() > 1 })); };
        "extract_if" => |k| k.list.extract_if(asked_one(|member: &Strong<Item<S>>| member.number() < 2)).for_each(drop);
        "extract_if given up" => |k| drop(k.list.extract_if(asked_one(|_: &Strong<Item<S>>| true)).next());
        "drain" => |k| k.list.drain().for_each(drop);
        "drain given up" => |k| drop(k.list.drain().next());
        "clear" => |k| k.list.clear();
        "iter" => |k| drop((k.list.iter().collect::<Vec<_>>(), k.list.weak_iter().collect::<Vec<_>>(), k.list.keys().count(), k.list.entries().collect::<Vec<_>>(), k.list.snapshot()));
        "into_iter" => |k| std::mem::take(&mut k.list).into_iter().for_each(drop);
        "members die on the way" => |k| { let items = std::mem::take(&mut k.items); let mut iter = k.list.iter(); let first = iter.next(); drop(items); drop(first); iter.for_each(drop); };
        "extend" => |k| { k.list.extend(&k.items); k.list.extend([item(8)]); };
        "collect" => |k| drop((k.items.iter().collect::<WeakList<_>>(), WeakList::from([&k.items[0]])));
        "clone" => |k| drop(k.list.clone());
        "eq" => |k| { let same = k.list.clone(); let _ = same == k.list; };
        "debug" => |k| drop(format!("{:?}", k.list));
    }
    suite.finish(25);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("WeakList of sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("WeakList of local objects");
}
