//! User code that uses the map with weak keys it is called by, or panics. All of it runs unlocked.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use weakref::Strong;
use weakref_containers::ByValue;

use super::key_map::{Map, assert_absent, content, map, payload};
use super::member::{Keyed, Member, counted, member};
use super::{On, Payload, SameHash, Tally, during, value};
use crate::support::hook::told;
use crate::support::{in_all_kinds, throw, thrown};

in_all_kinds!(
    eq_and_hash_may_do_everything,
    eq_may_change_what_it_compares,
    eq_may_enter_others_each_time,
    clone_and_drops_may_do_everything,
    closures_may_do_everything,
    user_code_may_panic,
);

/// Uses a map in every way but those that would replace what stands in it, and leaves it as it was.
fn use_everything<K: Keyed>(map: &Map<K>) {
    let before = content(map);
    let (new, other) = (member::<K>(100, 0), member::<K>(101, 0));
    assert!(map.insert(&new, payload(1)).is_none());
    assert_eq!(map.try_insert(&new, payload(2)).unwrap_err().id, 1);
    assert_eq!(map.get_or_insert(&other, payload(3)).id, 3);
    assert_eq!(map.get_or_insert_with(&other, || unreachable!()).id, 3);
    assert_eq!(map.get(&100).unwrap().id, 1);
    assert_eq!(
        map.update(&100, |value| payload(value.id + 1)).unwrap().id,
        2
    );
    assert_eq!(map.with_mut(&100, |value| value.id), Some(2));
    let count = |value: Option<&Payload>| Some(payload(value.map_or(0, |value| value.id + 1)));
    assert_eq!(map.compute(&new, count).unwrap().id, 3);
    assert!(map.replace_if(&101, payload(4), |_| true).is_some());
    assert_eq!(map.len(), before.len() + 2);
    assert!(map.compute(&other, |_| None).is_none());
    assert_eq!(map.get_or_insert_with(&other, || payload(5)).id, 5);
    assert!(map.remove_if(&101, |_| false).is_none());
    assert_eq!(map.extract_if(|key, _| key.id == 101).count(), 1);
    map.retain(|key, _| key.id < 100);
    assert_eq!(content(map), before);
}

/// A map with two entries of one hash, and their keys.
fn two<K: Keyed>() -> (Rc<Map<K>>, [Strong<Member<K>>; 2]) {
    let map = Rc::new(map::<K>());
    let held = [1, 2].map(|id| member(id, 0));
    for key in &held {
        map.insert(key, payload(key.id));
    }
    (map, held)
}

const TWO: [(u32, u32, u32); 2] = [(1, 0, 1), (2, 0, 2)];

fn eq_and_hash_may_do_everything<K: Keyed>() {
    for on in [On::Eq, On::Hash] {
        let (map, held) = two::<K>();
        let (inner, uses) = (Rc::clone(&map), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&uses);
        let action = move || {
            counted.set(counted.get() + 1);
            assert!(counted.get() < 20, "begins anew for ever");
            use_everything(&inner);
        };
        during(on, action, || {
            let calls: [&dyn Fn(); 8] = [
                &|| assert_eq!(map.get_shared(&*held[1]).unwrap().id, 2),
                &|| assert_eq!(map.insert(&held[0], payload(1)).unwrap().id, 1),
                &|| assert_eq!(map.try_insert(&held[1], payload(9)).unwrap_err().id, 2),
                &|| assert_eq!(map.get_or_insert_with(&held[1], || unreachable!()).id, 2),
                &|| assert_eq!(map.update(&*held[0], |_| payload(1)).unwrap().id, 1),
                &|| {
                    let same = |value: Option<&Payload>| value.map(|value| payload(value.id));
                    assert_eq!(map.compute(&held[1], same).unwrap().id, 2);
                },
                &|| assert_eq!(map.remove(&*held[0]).unwrap().id, 1),
                &|| assert!(map.insert(&held[0], payload(1)).is_none()),
            ];
            for (index, call) in calls.into_iter().enumerate() {
                uses.set(0);
                call();
                assert!(uses.get() > 0, "{on:?} {index}");
            }
        });
        assert_eq!(content(&map), TWO);
    }
}

/// What is entered beside it does not make a call begin anew, be it of the same hash and known, or of another hash.
fn eq_may_enter_others_each_time<K: Keyed>() {
    let map = Rc::new(K::key_map::<_, ByValue>(SameHash::default()));
    let (set, pairs) = (
        Rc::new(K::set::<_, ByValue>(SameHash::default())),
        Rc::new(K::pair_map::<_, ByValue>(SameHash::default())),
    );
    let [one, equal] = [1, 2].map(|mark| member::<K>(1, mark));
    let of_one = value::<K>(1);
    map.insert(&one, payload(1));
    set.insert(&one);
    pairs.insert(&one, &of_one);
    let compared = Rc::new(Cell::new(0));
    let (inner, counted) = (
        (Rc::clone(&map), Rc::clone(&set), Rc::clone(&pairs)),
        Rc::clone(&compared),
    );
    let all = Rc::new(RefCell::new(Vec::new()));
    let entered = Rc::clone(&all);
    let of_all = of_one.clone();
    let action = move || {
        counted.set(counted.get() + 1);
        let new = member(100 + counted.get(), 0);
        inner.0.insert(&new, payload(2));
        inner.1.insert(&new);
        inner.2.insert(&new, &of_all);
        entered.borrow_mut().push(new);
    };
    let calls: [&dyn Fn(); 9] = [
        &|| assert!(map.insert(&equal, payload(1)).is_some()),
        &|| assert!(map.update(&*equal, |value| payload(value.id)).is_some()),
        &|| assert!(map.compute(&equal, |_| Some(payload(1))).is_some()),
        &|| assert!(map.remove(&*equal).is_some()),
        &|| assert!(!set.insert(&equal)),
        &|| assert!(set.take(&*equal).is_some()),
        &|| assert!(pairs.insert(&equal, &of_one).is_some()),
        &|| assert!(pairs.replace_if(&*equal, &of_one, |_| true).is_some()),
        &|| assert!(pairs.remove(&*equal).is_some()),
    ];
    during(On::Eq, action, || {
        for (index, call) in calls.into_iter().enumerate() {
            let before = compared.get();
            call();
            let times = compared.get() - before;
            // `compute` looks once for what is there, and once to replace it.
            assert_eq!(times, if index == 2 { 2 } else { 1 }, "{index}");
        }
    });
    let entered = compared.get() as usize;
    assert_eq!([map.len(), set.len(), pairs.len()], [entered; 3]);
    all.take();
    assert!(map.is_empty() && set.is_empty() && pairs.is_empty());
}

/// What a call found may be gone, or another, when its comparisons are done.
fn eq_may_change_what_it_compares<K: Keyed>() {
    for change in 0..3 {
        let map = Rc::new(map::<K>());
        let [old, new, third] = [1, 2, 3].map(|mark| member::<K>(1, mark));
        map.insert(&old, payload(1));
        let (inner, other) = (Rc::clone(&map), third.clone());
        let once = Cell::new(true);
        let action = move || {
            if once.replace(false) {
                match change {
                    0 => drop(inner.remove(&1)),
                    1 => inner.clear(),
                    _ => drop(inner.insert(&other, payload(3))),
                }
            }
        };
        let replaced = during(On::Eq, action, || map.insert(&new, payload(2)));
        // Removed by the one, it is not replaced by the other.
        let expected = if change == 2 { Some(3) } else { None };
        assert_eq!(replaced.map(|value| value.id), expected, "{change}");
        assert_eq!(content(&map), [(1, 2, 2)]);
        drop((old, third));
        assert_eq!(content(&map), [(1, 2, 2)]);
    }
}

fn clone_and_drops_may_do_everything<K: Keyed>() {
    for on in [On::Clone, On::KeyDrop, On::ValueDrop] {
        let (map, held) = two::<K>();
        let inner = Rc::clone(&map);
        let uses = Rc::new(Cell::new(0));
        let counted = Rc::clone(&uses);
        let action = move || {
            counted.set(counted.get() + 1);
            use_everything(&inner);
        };
        let reports = told(|| {
            during(on, action, || {
                assert_eq!(map.get(&1).unwrap().id, 1);
                map.with_mut(&1, |_| ());
                map.update(&2, |value| payload(value.id));
                map.insert(&held[0], payload(1));
                map.try_insert(&held[0], payload(9)).unwrap_err();
                let dying = member(3, 0);
                map.insert(&dying, payload(3));
                let before = uses.get();
                drop(dying);
                assert!(on == On::Clone || uses.get() > before, "{on:?}");
                map.compute(&held[1], |_| Some(payload(2)));
            });
        });
        assert_eq!((reports, uses.get() > 0), (vec![], true));
        assert_eq!(content(&map), TWO);
    }
}

fn closures_may_do_everything<K: Keyed>() {
    let (map, held) = two::<K>();
    let third = member(3, 0);
    map.get_or_insert_with(&third, || {
        // The one that is being made is not there yet.
        assert_absent!(map, &3);
        use_everything(&map);
        payload(3)
    });
    map.with(&1, |_| use_everything(&map));
    map.with_mut(&1, |_| use_everything(&map));
    map.remove_if(&3, |_| {
        use_everything(&map);
        true
    });
    map.replace_if(&1, payload(1), |_| {
        use_everything(&map);
        true
    });
    map.update(&1, |value| {
        use_everything(&map);
        payload(value.id)
    });
    map.compute(&held[1], |value| {
        use_everything(&map);
        Some(payload(value.unwrap().id))
    });
    map.retain(|_, _| {
        use_everything(&map);
        true
    });
    for _ in &*map {
        use_everything(&map);
    }
    assert_eq!(content(&map), TWO);
    // A condition is asked about what stands there, again when that has changed.
    let mut asked = Vec::new();
    map.remove_if(&1, |value| {
        asked.push(value.id);
        if asked.len() == 1 {
            map.insert(&held[0], payload(7));
        }
        true
    });
    assert_eq!((asked, content(&map)), (vec![1, 7], vec![(2, 0, 2)]));
}

fn user_code_may_panic<K: Keyed>() {
    fn panics() {
        throw("of a member")
    }
    let (map, held) = two::<K>();
    let (keys, values) = (Tally::default(), Tally::default());
    let new = || Payload::new(9, &values);
    let third = counted::<K>(3, 0, &keys);
    for on in [On::Eq, On::Hash] {
        let texts = during(on, panics, || {
            [
                thrown(|| map.get(&*held[0])),
                thrown(|| map.insert(&held[0], new())),
                thrown(|| map.try_insert(&third, new())),
                thrown(|| map.get_or_insert_with(&third, || unreachable!())),
                thrown(|| map.remove(&*held[0])),
                thrown(|| map.replace_if(&*held[0], new(), |_| true)),
                thrown(|| map.update(&*held[0], |_| unreachable!())),
                thrown(|| map.compute(&held[0], |_| unreachable!())),
                thrown(|| map.retain(|_, _| false)),
            ]
        });
        // An `Eq` of the id, by which none of these looks.
        assert_eq!(texts, [const { "of a member" }; 9], "{on:?}");
        assert_eq!((values.alive(), content(&map)), (0, TWO.into()));
    }
    let text = during(On::Clone, panics, || thrown(|| map.get(&1)));
    assert_eq!(text, "of a member");
    use_everything(&map);
    drop((held, third));
    assert_eq!((keys.alive(), map.len()), (0, 0));
}
