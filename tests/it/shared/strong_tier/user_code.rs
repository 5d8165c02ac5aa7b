//! Drops and the weighing of values: in which order, what they may do, and what holds when they panic.

use super::*;
use crate::support::below;

in_all_kinds!(
    order_of_drops,
    drops_may_use_the_map,
    weighing_may_use_the_map,
    removed_while_it_enters,
    weighing_may_panic,
    drops_may_panic,
    drops_of_keys_may_panic,
    keys_that_let_others_go_need_no_more_stack_than_deaths,
    keys_that_are_let_go_within_a_comparison_are_dropped_after_it,
    a_key_goes_after_its_value_though_that_is_queued,
);

/// Tells its number when it goes.
struct Told(u32, Arc<Mutex<Vec<u32>>>);

impl Drop for Told {
    fn drop(&mut self) {
        self.1.lock().unwrap().push(self.0);
    }
}

fn order_of_drops<K: Shared>() {
    let told = Arc::default();
    let new = || -> WeakValueMap<u32, Object<K, Told>, SameHash> {
        K::tiered_with(StrongTier::entries(3), SameHash::default())
    };
    let insert = |map: &WeakValueMap<_, _, _>, id| {
        let value = Object::<K, Told>::strong(Told(id, Arc::clone(&told)));
        map.insert(id, &value);
        value
    };
    let taken = || std::mem::take(&mut *told.lock().unwrap());
    let fill = |map: &_| {
        let aside = insert(map, 1);
        for id in 2..=5 {
            insert(map, id);
        }
        assert_eq!(taken(), [2]);
        map.get(&3).unwrap();
        drop(aside);
    };
    let map = new();
    fill(&map);
    map.clear_strong_tier();
    assert_eq!(taken(), [1, 4, 5, 3]);
    fill(&map);
    drop(map);
    assert_eq!(taken(), [1, 4, 5, 3]);
}

type AtDrop = Rc<dyn Fn(u32)>;

thread_local! {
    static AT_DROP: RefCell<Option<AtDrop>> = const { RefCell::new(None) };
}

/// A key that calls what the thread has set when it goes.
#[derive(PartialEq, Eq, Hash)]
struct Chained(u32);

impl Drop for Chained {
    fn drop(&mut self) {
        let at_drop = AT_DROP.with_borrow(Clone::clone);
        if let Some(at_drop) = at_drop {
            at_drop(self.0);
        }
    }
}

fn keys_that_let_others_go_need_no_more_stack_than_deaths<K: Shared>() {
    let capacity = if cfg!(miri) { 8 } else { 2_000 };
    let policy = StrongTier::entries(capacity as usize);
    let map: Rc<WeakValueMap<Chained, Object<K, Payload>, _>> =
        Rc::new(K::tiered_with(policy, OneHash));
    for id in 0..capacity {
        map.insert(Chained(id), &value(id));
    }
    let (depth, deepest, dropped) = (Cell::new(0), Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let counts = (Rc::clone(&deepest), Rc::clone(&dropped));
    let inner = Rc::clone(&map);
    AT_DROP.set(Some(Rc::new(move |id| {
        depth.set(depth.get() + 1);
        counts.0.set(depth.get().max(counts.0.get()));
        counts.1.set(counts.1.get() + 1);
        if id < capacity {
            inner.insert(Chained(id + capacity), &value(id));
        }
        depth.set(depth.get() - 1);
    })));
    map.insert(Chained(3 * capacity), &value(0));
    AT_DROP.set(None);
    // What the shard of their one hash has of the capacity.
    assert!((1..500).contains(&deepest.get()), "as deep as deaths nest");
    assert!(dropped.get() >= capacity / 8);
    assert_eq!(map.len(), map.strong_tier_len());
}

fn keys_that_are_let_go_within_a_comparison_are_dropped_after_it<K: Shared>() {
    let map = Rc::new(map::<K>(4));
    let other: WeakValueMap<Chained, Object<K, Payload>, SameHash> =
        K::tiered_with(StrongTier::entries(1), SameHash::default());
    let kept = value(9);
    map.insert(Key::of(1), &kept);
    other.insert(Chained(1), &value(1));
    let inner = Rc::clone(&map);
    let again = kept.clone();
    AT_DROP.set(Some(Rc::new(move |_| {
        drop(inner.insert(Key::of(9), &again));
    })));
    let other = Rc::new(other);
    let lets_go = {
        let (map, other) = (Rc::clone(&map), Rc::clone(&other));
        move || {
            other.insert(Chained(2), &value(2));
            assert!(!map.contains_key(&Key::of(9)));
        }
    };
    during(On::Eq, lets_go, || map.get(&Key::of(1)).unwrap());
    AT_DROP.set(None);
    assert!(map.contains_key(&Key::of(9)));
    assert_eq!(other.len(), 1);
}

fn a_key_goes_after_its_value_though_that_is_queued<K: Shared>() {
    struct Deep(RefCell<Option<Box<dyn FnMut() + Send + Sync>>>);

    impl Drop for Deep {
        fn drop(&mut self) {
            let mut code = self.0.take().unwrap();
            below(if cfg!(miri) { 0 } else { 400 }, &mut *code);
        }
    }

    let told: Arc<Mutex<Vec<u32>>> = Arc::default();
    let map: Arc<WeakValueMap<Chained, Object<SyncSmall, Told>, SameHash>> = Arc::new(
        SyncSmall::tiered_with(StrongTier::entries(1), SameHash::default()),
    );
    let insert = {
        let (map, told) = (Arc::clone(&map), Arc::clone(&told));
        move |id: u32| {
            let value = Object::<SyncSmall, Told>::strong(Told(id, Arc::clone(&told)));
            map.insert(Chained(id), &value);
        }
    };
    insert(1);
    let keys = Arc::clone(&told);
    AT_DROP.set(Some(Rc::new(move |id| keys.lock().unwrap().push(100 + id))));
    let deep = move || insert(2);
    drop(Object::<K, Deep>::strong(Deep(RefCell::new(Some(
        Box::new(deep),
    )))));
    assert_eq!(*told.lock().unwrap(), [1, 101]);
    AT_DROP.set(None);
    assert_eq!(map.len(), 1);
}

fn drops_may_use_the_map<K: Shared>() {
    let map = Rc::new(map::<K>(2));
    let calls = Rc::new(Cell::new(0));
    // Once: its own dead are buried after it, and their drops are drops, too.
    let once = || {
        let (map, calls) = (Rc::clone(&map), Rc::clone(&calls));
        let first = Cell::new(true);
        move || {
            if !first.replace(false) {
                return;
            }
            calls.set(calls.get() + 1);
            pass(&map, [50]);
            assert_eq!(map.get(&Key::of(50)).unwrap().id, 50);
            assert!(map.remove(&Key::of(50)).is_some());
            assert_eq!(map.get_or_insert_with(Key::of(51), || value(51)).id, 51);
            map.clear_strong_tier();
            assert_eq!(map.strong_tier_len(), 0);
        }
    };
    let killing: [fn(&Map<K, SameHash>); 5] = [
        |map| pass(map, [3]),
        |map| map.clear_strong_tier(),
        |map| drop(map.remove(&Key::of(1))),
        |map| drop(map.get_or_insert_with(Key::of(4), || value(4))),
        |map| map.clear(),
    ];
    for kill in killing {
        for on in [On::ValueDrop, On::KeyDrop] {
            pass(&map, [1, 2]);
            during(on, once(), || kill(&map));
            map.clear();
            assert_eq!((map.len(), map.strong_tier_len()), (0, 0));
        }
    }
    assert_eq!(calls.get(), 10);
}

/// Weighs nothing, and does what [`during`] says.
fn weigh<K: Shared>(_: &Object<K, Payload>) -> u64 {
    Hook::run(On::Weigh);
    1
}

fn weighing<K: Shared>(capacity: u64) -> Rc<Map<K, SameHash>> {
    let policy = StrongTier::weight(capacity, weigh::<K>);
    Rc::new(K::tiered_with(policy, SameHash::default()))
}

fn weighing_may_use_the_map<K: Shared>() {
    let map = weighing::<K>(2);
    let inner = Rc::clone(&map);
    let use_it = move || {
        pass(&inner, 20..=22);
        assert!(inner.get(&Key::of(22)).is_some());
        assert!(inner.remove(&Key::of(22)).is_some());
    };
    during(On::Weigh, use_it, || pass(&map, [1, 2]));
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![2, 21], 2));
    // A value that another call entered meanwhile has one handle.
    let inner = Rc::clone(&map);
    let held = value(1);
    map.insert(Key::of(1), &held);
    map.clear_strong_tier();
    let enter = move || drop(inner.get(&Key::of(1)));
    during(On::Weigh, enter, || drop(map.get(&Key::of(1))));
    assert_eq!((Strong::strong_count(&held), map.strong_tier_len()), (2, 1));
    drop(held);
    pass(&map, [7]);
    assert_eq!(ids(&map), [1, 7], "it was weighed twice, and counts once");
}

/// The removal finds nothing to take out of the tier, which the value enters after that.
fn removed_while_it_enters<K: Shared>() {
    let map = weighing::<K>(2);
    let values = Tally::default();
    let inner = Rc::clone(&map);
    let remove = move || drop(inner.remove(&Key::of(1)));
    during(On::Weigh, remove.clone(), || {
        map.insert(Key::of(1), &counted(1, &values));
        assert_eq!((values.alive(), map.strong_tier_len()), (0, 0));
        map.get_or_insert_with(Key::of(1), || counted(1, &values));
        assert_eq!((values.alive(), map.strong_tier_len()), (0, 0));
    });
    let held = counted(1, &values);
    map.insert(Key::of(1), &held);
    map.clear_strong_tier();
    during(On::Weigh, remove, || {
        assert!(map.get(&Key::of(1)).is_some());
    });
    drop(held);
    assert_eq!((values.alive(), map.len()), (0, 0));
}

fn weighing_may_panic<K: Shared>() {
    let map = weighing::<K>(2);
    pass(&map, [1, 2]);
    let held = value(3);
    let text = during(
        On::Weigh,
        || throw("heavy"),
        || thrown(|| map.insert(Key::of(3), &held)),
    );
    assert_eq!(text, "heavy");
    assert_eq!((ids(&map), map.strong_tier_len()), (vec![1, 2, 3], 2));
    assert_eq!(Strong::strong_count(&held), 1);
}

fn drops_may_panic<K: Shared>() {
    let values = Tally::default();
    let fill = |map: &Map<K, SameHash>| {
        for id in 1..=4 {
            map.insert(Key::of(id), &counted(id, &values));
        }
    };
    let once = || {
        let first = Cell::new(true);
        move || {
            if first.replace(false) {
                throw("drop");
            }
        }
    };
    let map = map::<K>(4);
    fill(&map);
    let cleared = during(On::ValueDrop, once(), || thrown(|| map.clear_strong_tier()));
    assert_eq!((&cleared[..], values.alive(), map.len()), ("drop", 0, 0));
    fill(&map);
    let entered = during(On::ValueDrop, once(), || thrown(|| pass(&map, [5])));
    assert_eq!((&entered[..], ids(&map)), ("drop", vec![2, 3, 4, 5]));
    let dropped = during(On::ValueDrop, once(), || thrown(|| drop(map)));
    assert_eq!((&dropped[..], values.alive()), ("drop", 0));
}

fn drops_of_keys_may_panic<K: Shared>() {
    let calls: [fn(&Map<K, SameHash>); 4] = [
        |map| drop(map.remove(&Key::of(1))),
        |map| drop(map.insert(Key::of(1), &value(2))),
        |map| map.retain(|_, _| false),
        |map| map.clear(),
    ];
    for call in calls {
        let (map, values) = (map::<K>(2), Tally::default());
        map.insert(Key::of(1), &counted(1, &values));
        let first = Cell::new(true);
        let once = move || {
            if first.replace(false) {
                throw("drop");
            }
        };
        let text = during(On::KeyDrop, once, || thrown(|| call(&map)));
        assert_eq!((&text[..], values.alive()), ("drop", 0));
        assert_eq!(map.len(), map.strong_tier_len());
    }
}
