//! What iterators and entries say of themselves: how much is left, and in `Debug`.

use std::fmt::Debug;

use weakref::{Object, Strong};
use weakref_containers::{
    WeakKeyMap, WeakList, WeakPairMap, WeakSet, WeakValueBTreeMap, WeakValueMap, shared,
};

type Number = Strong<Object<u32>>;

fn numbers() -> [Number; 3] {
    [0, 1, 2].map(|number| Strong::new(Object(number)))
}

/// All three are alive: at every step so many are said to be left at most as there are.
#[track_caller]
fn counts_down<I: Iterator + Debug>(mut iter: I) {
    assert_ne!(format!("{iter:?}"), "");
    for left in (0..=3).rev() {
        let (least, most) = iter.size_hint();
        assert!(least == 0 || least == left, "{least} or more, of {left}");
        assert_eq!(most, Some(left));
        assert_eq!(iter.next().is_some(), left > 0);
    }
}

macro_rules! count_down {
    ($made:expr, $($iter:ident($($given:tt)*)),*) => {
        $( counts_down($made.$iter($($given)*)); )*
    };
}

#[test]
fn iterators_say_how_much_is_left() {
    let [a, b, c] = &numbers();
    let pairs = [(a, b), (b, c), (c, a)];
    macro_rules! count_down_values {
        ($($made:expr),*) => {$(
            count_down!(
                $made,
                iter(),
                keys(),
                values(),
                weak_values(),
                into_iter(),
                into_keys(),
                into_values(),
                drain(),
                extract_if(|_, _| true)
            );
        )*};
    }
    count_down_values!(
        WeakValueMap::from([(0, a), (1, b), (2, c)]),
        WeakValueBTreeMap::from([(0, a), (1, b), (2, c)])
    );
    count_down!(
        WeakKeyMap::from([(a, 0), (b, 1), (c, 2)]),
        iter(),
        iter_mut(),
        keys(),
        weak_keys(),
        values(),
        values_mut(),
        into_iter(),
        into_keys(),
        into_values(),
        drain(),
        extract_if(|_, _| true)
    );
    count_down!(
        WeakPairMap::from(pairs),
        iter(),
        keys(),
        weak_keys(),
        values(),
        weak_values(),
        into_iter(),
        into_keys(),
        into_values(),
        drain(),
        extract_if(|_, _| true)
    );
    count_down!(
        WeakSet::from([a, b, c]),
        iter(),
        weak_iter(),
        into_iter(),
        drain(),
        extract_if(|_| true)
    );
    count_down!(
        WeakList::from_iter([a, b, c]),
        iter(),
        weak_iter(),
        keys(),
        into_iter(),
        drain(),
        extract_if(|_| true)
    );
}

#[test]
fn entries_show_their_key_and_what_stands_there() {
    let [a, b, c] = &numbers();
    let mut values = WeakValueMap::from([(1, a)]);
    assert_eq!(
        [1, 2].map(|key| format!("{:?}", values.entry(key))),
        [
            "Entry(OccupiedEntry { key: 1, value: 0, .. })",
            "Entry(VacantEntry(2))"
        ]
    );
    assert_eq!(
        [1, 2].map(|key| format!("{:?}", values.entry_ref(&key))),
        [
            "EntryRef(OccupiedEntry { key: 1, value: 0, .. })",
            "EntryRef(VacantEntryRef(2))"
        ]
    );
    let mut keys = WeakKeyMap::from([(b, 'b')]);
    assert_eq!(
        [b, c].map(|key| format!("{:?}", keys.entry(key))),
        [
            "Entry(OccupiedEntry { key: 1, value: 'b', .. })",
            "Entry(VacantEntry(2))"
        ]
    );
    let mut pairs = WeakPairMap::from([(b, c)]);
    assert_eq!(
        [b, c].map(|key| format!("{:?}", pairs.entry(key))),
        [
            "Entry(OccupiedEntry { key: 1, value: 2, .. })",
            "Entry(VacantEntry(2))"
        ]
    );
    let mut ordered = WeakValueBTreeMap::from([(1, a)]);
    assert_eq!(
        [1, 2].map(|key| format!("{:?}", ordered.entry(key))),
        [
            "Entry(OccupiedEntry { key: 1, value: 0, .. })",
            "Entry(VacantEntry(2))"
        ]
    );
}

#[test]
fn the_algebra_of_sets_says_how_much_may_come() {
    let [a, b, c] = &numbers();
    let (left, right) = (WeakSet::from([a, b]), WeakSet::from([b, c]));
    let said = |iter: &dyn Iterator<Item = Number>| iter.size_hint();
    assert_eq!(said(&left.intersection(&right)), (0, Some(2)));
    assert_eq!(said(&left.difference(&right)), (0, Some(2)));
    assert_eq!(said(&left.union(&right)), (0, Some(4)));
    assert_eq!(said(&left.symmetric_difference(&right)), (0, Some(4)));
    for shown in [
        format!("{:?}", left.intersection(&right)),
        format!("{:?}", left.difference(&right)),
        format!("{:?}", left.union(&right)),
        format!("{:?}", left.symmetric_difference(&right)),
    ] {
        assert_ne!(shown, "");
    }
}

#[test]
fn walks_of_shared_containers_say_their_names() {
    let [a, b, _] = &numbers();
    let values = shared::WeakValueMap::from([(0, a)]);
    let keys = shared::WeakKeyMap::from([(a, 0)]);
    let pairs = shared::WeakPairMap::from([(a, b)]);
    let set = shared::WeakSet::from([a]);
    let shown = [
        format!("{:?}", values.iter()),
        format!("{:?}", keys.iter()),
        format!("{:?}", pairs.iter()),
        format!("{:?}", set.iter()),
    ];
    assert_eq!(
        shown.map(|text| text.ends_with("Iter { .. }")),
        [true; 4],
        "they would have to lock to say more"
    );
}
