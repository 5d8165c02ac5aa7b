//! `Eq`, `Hash`, drops and closures that use the map they are called by, and that panic.

use super::*;

in_all_kinds!(
    eq_and_hash_may_do_everything,
    drops_and_closures_may_do_everything,
    user_code_may_panic,
);

/// Uses a map in every way, and leaves it as it was.
fn use_everything<K: Keyed>(map: &Map<K>) {
    let before = content(map);
    let (new, other) = (member::<K>(100, 0), member::<K>(101, 0));
    let (one, two) = (value::<K>(1), value::<K>(2));
    assert!(map.insert(&new, &one).is_none());
    assert!(map.try_insert(&new, &two).is_err());
    assert_eq!(map.get_or_insert(&other, &two).id, 2);
    assert_eq!(map.get(&100).unwrap().id, 1);
    assert!(map.replace_if(&100, &two, |_| true).is_some());
    assert_eq!(map.len(), before.len() + 2);
    assert!(map.remove_if(&101, |_| false).is_none());
    assert_eq!(map.extract_if(|key, _| key.id == 101).count(), 1);
    assert_eq!(map.get_or_insert_with(&other, || value(3)).id, 3);
    map.retain(|key, _| key.id < 100);
    let drained = map.drain();
    assert_eq!((drained.len(), map.len()), (before.len(), 0));
    for (key, value) in &drained {
        map.insert(key, value);
    }
    drop(drained);
    assert_eq!(content(map), before);
}

fn two<K: Keyed>() -> (Rc<Map<K>>, Held<K>) {
    let (map, held) = (Rc::new(map()), pairs([1, 2]));
    fill(&map, &held);
    (map, held)
}

const TWO: [(u32, u32, u32); 2] = [(1, 0, 1), (2, 0, 2)];

fn eq_and_hash_may_do_everything<K: Keyed>() {
    for on in [On::Eq, On::Hash] {
        let (map, held) = two::<K>();
        let [(first, of_first), (second, of_second)] = &held[..] else {
            unreachable!()
        };
        let (inner, uses) = (Rc::clone(&map), Rc::new(Cell::new(0)));
        let counted = Rc::clone(&uses);
        let action = move || {
            counted.set(counted.get() + 1);
            assert!(counted.get() < 20, "begins anew for ever");
            use_everything(&inner);
        };
        during(on, action, || {
            let calls: [&dyn Fn(); 7] = [
                &|| assert_eq!(map.get(&**second).unwrap().id, 2),
                &|| assert_eq!(map.insert(first, of_first).unwrap().id, 1),
                &|| assert_eq!(map.try_insert(second, of_first).unwrap_err().id, 2),
                &|| assert_eq!(map.get_or_insert_with(second, || unreachable!()).id, 2),
                &|| assert!(map.replace_if(&**second, of_second, |_| true).is_some()),
                &|| assert_eq!(map.remove(&**first).unwrap().id, 1),
                &|| assert!(map.insert(first, of_first).is_none()),
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

fn drops_and_closures_may_do_everything<K: Keyed>() {
    for on in [On::KeyDrop, On::ValueDrop] {
        let (map, held) = two::<K>();
        let inner = Rc::clone(&map);
        let reports = told(|| {
            during(
                on,
                move || use_everything(&inner),
                || {
                    let (key, of_key) = (member(3, 0), value(3));
                    map.insert(&key, &of_key);
                    drop(key);
                    let key = member(3, 0);
                    map.insert(&key, &of_key);
                    drop(of_key);
                    map.get_or_insert_with(&key, || value(4));
                    map.replace_if(&1, &held[0].1, |_| true);
                    map.retain(|_, _| true);
                },
            );
        });
        assert_eq!((reports, content(&map)), (vec![], TWO.into()));
    }
    let (map, held) = two::<K>();
    let third = member(3, 0);
    let made = map.get_or_insert_with(&third, || {
        // The one that is being made is not there yet.
        assert_absent!(map, &3);
        use_everything(&map);
        value(3)
    });
    map.replace_if(&3, &made, |_| {
        use_everything(&map);
        true
    });
    map.remove_if(&3, |_| {
        use_everything(&map);
        true
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
            map.insert(&held[0].0, &held[1].1);
        }
        true
    });
    assert_eq!((asked, content(&map)), (vec![1, 2], vec![(2, 0, 2)]));
    // The same value under an equal key: nothing new to ask about.
    let (equal, mut times) = (member(2, 1), 0);
    let removed = map.remove_if(&2, |value| {
        times += 1;
        map.insert(&equal, value);
        true
    });
    assert_eq!((removed.is_some(), times, map.len()), (true, 1, 0));
}

fn user_code_may_panic<K: Keyed>() {
    fn panics() {
        throw("of a member")
    }
    let (map, held) = two::<K>();
    let (key, of_key) = &held[0];
    let third = member::<K>(3, 0);
    for on in [On::Eq, On::Hash] {
        let texts = during(on, panics, || {
            [
                thrown(|| map.get(&**key)),
                thrown(|| map.insert(key, of_key)),
                thrown(|| map.try_insert(&third, of_key)),
                thrown(|| map.get_or_insert_with(&third, || unreachable!())),
                thrown(|| map.remove(&**key)),
                thrown(|| map.replace_if(&**key, of_key, |_| true)),
                thrown(|| map.retain(|_, _| false)),
            ]
        });
        assert_eq!(texts, [const { "of a member" }; 7], "{on:?}");
        assert_eq!(content(&map), TWO);
    }
    // Drops of referents: their own, and out of the call that drops the last handle. The entry is gone.
    for on in [On::KeyDrop, On::ValueDrop] {
        let (key, of_key) = (member::<K>(4, 0), value::<K>(4));
        map.insert(&key, &of_key);
        let reports = told(|| {
            let text = during(on, panics, || {
                thrown(|| {
                    if on == On::KeyDrop {
                        drop(key);
                    } else {
                        drop(of_key);
                    }
                })
            });
            assert_eq!(text, "of a member");
        });
        assert_eq!(
            (reports, content(&map)),
            (Vec::<(Source, String)>::new(), TWO.into())
        );
    }
    use_everything(&map);
    drop(held);
    assert!(map.is_empty());
}
