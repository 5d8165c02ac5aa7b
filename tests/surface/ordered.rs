//! The map that is ordered by its keys.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicPtr, Ordering};

use weakref::{Object, Strong};
use weakref_containers::WeakValueBTreeMap;
use weakref_containers::ordered::Entry;

type Map<K = u32> = WeakValueBTreeMap<K, Object<u32>>;

fn numbered<const N: usize>() -> ([Strong<Object<u32>>; N], Map) {
    let objects: [_; N] = std::array::from_fn(|n| Strong::new(Object(u32::try_from(n).unwrap())));
    let map = objects.iter().map(|object| (object.0, object)).collect();
    (objects, map)
}

fn keys(map: &Map) -> Vec<u32> {
    map.keys().copied().collect()
}

#[test]
fn collects_and_goes_round() {
    let ([a, b, c], map) = numbered();
    assert_eq!(map, Map::from([(2, &c), (0, &a), (1, &b)]));
    assert_eq!(map, map.iter().collect::<Map>());
    assert_eq!(
        map,
        BTreeMap::from([(0, a), (1, b), (2, c)])
            .iter()
            .collect::<Map>()
    );
    assert!(map.is_empty(), "their last owner is gone");

    let ([a, b, _c], map) = numbered();
    drop(b);
    let mut iter = (&map).into_iter();
    let copy = iter.clone();
    assert_eq!(iter.next_back().unwrap().0, &2);
    assert_eq!((copy.count(), iter.count()), (2, 1));
    assert!(map.clone().into_iter().rev().map(|(key, _)| key).eq([2, 0]));
    assert!(map.clone().into_keys().eq([0, 2]));
    assert!(
        map.clone()
            .into_values()
            .map(|value| value.0)
            .rev()
            .eq([2, 0])
    );
    assert_eq!(map.snapshot().len(), 2);
    let strong = map.upgrade();
    drop(a);
    assert_eq!((strong.len(), map.len()), (2, 2));
    assert_eq!(
        format!("{:?} {:?}", map.keys(), map.range(1..)),
        "[0, 2] [(2, 2)]"
    );
}

#[test]
fn an_iterator_ends_its_borrow_at_its_last_use() {
    let ([a, _b], mut map) = numbered();
    let mut range = map.range(1..);
    assert_eq!(range.next().unwrap().0, &1);
    map.insert(5, &a);
    let mut values = map.values();
    values.next();
    map.clear();
}

#[test]
fn entries() {
    let ([a, b, c], mut map) = numbered();
    assert_eq!(map.get_or_insert(1, &c), b);
    assert_eq!(map.get_or_insert_with(1, || unreachable!()), b);
    assert_eq!(map.try_insert(1, &c).unwrap_err().insert(&a), b);
    assert_eq!(map.get(&1), Some(a.clone()));
    assert_eq!(
        map.get_or_try_insert_with(7, || Ok::<_, ()>(b.clone())),
        Ok(b.clone())
    );
    assert_eq!(map.get_or_try_insert_with(8, || Err(())), Err(()));
    let Entry::Occupied(entry) = map.entry(7) else {
        unreachable!()
    };
    assert_eq!(
        (entry.key(), entry.get(), entry.get_strong()),
        (&7, &b, b.clone())
    );
    assert_eq!(entry.remove_entry(), (7, b));
    assert_eq!(keys(&map), [0, 1, 2]);

    // Of a dead value that was not swept: its place is taken, or left.
    drop(c);
    let Entry::Vacant(entry) = map.entry(2) else {
        unreachable!()
    };
    assert_eq!(entry.key(), &2);
    assert_eq!(entry.into_key(), 2);
    map.insert(3, &Strong::new(Object(3)));
    assert_eq!(map.entry(3).or_insert(&a), a);
    assert_eq!((map.len(), keys(&map)), (3, vec![0, 1, 3]));
    map.purge();
    assert_eq!((map.len(), map.entry(0).and_modify(|_| ()).key()), (3, &0));
}

#[test]
fn an_entry_keeps_its_value_alive() {
    let ([a], mut map) = numbered();
    let Entry::Occupied(entry) = map.entry(0) else {
        unreachable!()
    };
    drop(a);
    assert_eq!(entry.get().0, 0);
    drop(entry);
    assert!(map.is_empty());
}

#[test]
fn parts_move_with_their_registrations() {
    let ([a, b, c, d], mut map) = numbered();
    drop(b);
    let mut high = map.split_off(&2);
    assert_eq!((keys(&map), keys(&high)), (vec![0], vec![2, 3]));
    drop(c);
    assert_eq!((map.len(), high.len()), (1, 1));
    map.insert(3, &a);
    map.append(&mut high);
    assert_eq!(
        (map.len(), high.len(), map.get(&3)),
        (2, 0, Some(d.clone()))
    );
    assert_eq!(Strong::weak_count(&d), 1);
    drop(d);
    assert_eq!((map.len(), keys(&map)), (1, vec![0]));
    assert_eq!(map.drain().count(), 1);
    assert!(map.is_empty() && Strong::weak_count(&a) == 0);
}

#[test]
fn extraction_stops_where_it_is_dropped() {
    let ([_a, b, _c, _d, _e], mut map) = numbered();
    drop(b);
    let mut even = map.extract_if(|key, _| key % 2 == 0);
    assert_eq!(even.next().unwrap().0, 0);
    drop(even);
    assert_eq!((map.len(), keys(&map)), (3, vec![2, 3, 4]));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        map.extract_if(|key, _| *key != 3 || panic!("three"))
            .count()
    }));
    assert!(caught.is_err());
    assert_eq!((map.len(), keys(&map)), (2, vec![3, 4]));
    leak(map.extract_if(|_, _| true));
    assert_eq!(map.len(), 0);
}

#[test]
fn joins_and_compares_with_those_of_std() {
    let ([a, b, c], map) = numbered();
    let other = Map::from([(1, &c), (9, &a)]);
    let union = &map | &other;
    assert!(union.iter().eq([
        (&0, a.clone()),
        (&1, c.clone()),
        (&2, c.clone()),
        (&9, a.clone())
    ]));
    let strong = BTreeMap::from([(1, c.clone()), (9, a.clone())]);
    assert_eq!(&map | &strong, union);
    assert_eq!(
        &strong | &map,
        Map::from([(0, &a), (1, &b), (2, &c), (9, &a)])
    );
    let mut joined = map.clone();
    joined |= &other;
    assert_eq!(joined, union);

    assert_eq!(other, strong);
    assert!(map != strong && union != strong && Map::new() != strong);
    let mut longer = strong.clone();
    longer.insert(10, b);
    assert_ne!(other, longer);
    drop((longer, strong, a));
    assert_eq!(other, BTreeMap::from([(1, c)]));
}

/// Forgets it where a leak sanitizer still finds it.
fn leak<T>(value: T) {
    static LEAKED: AtomicPtr<()> = AtomicPtr::new(std::ptr::null_mut());
    LEAKED.store(Box::into_raw(Box::new(value)).cast(), Ordering::Relaxed);
}
