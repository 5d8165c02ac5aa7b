//! The shards of shared containers are objects, too.

use weakref_containers::shared::{
    Interner, StrongTier, WeakKeyMap, WeakPairMap, WeakSet, WeakValueMap,
};

use super::*;

/// What may be in the containers of `T`: their name without path and parameters, the field, and its type.
fn parts_of<T>() -> Vec<(String, &'static str, &'static str)> {
    let leaf = Strong::new(Leaf);
    let ours = std::any::type_name::<T>();
    let rows = Strong::holders(&leaf).hidden();
    let ours = rows.iter().filter(|row| {
        let name = row.type_name();
        name.starts_with("weakref_containers::") && name.contains(ours)
    });
    let mut parts: Vec<_> = ours
        .map(|row| {
            assert_eq!(row.why(), Why::Type);
            let name = row.type_name().split('<').next().expect("one at least");
            let name = name.rsplit("::").next().expect("one at least");
            let field = row.field().expect("it is named");
            (
                name.to_owned(),
                field,
                row.field_type_name().expect("as the field"),
            )
        })
        .collect();
    parts.sort_unstable();
    parts
}

macro_rules! objects {
    ($($name:ident)*) => {$(
        #[derive(WeakReferenceable, Clone, Debug, PartialEq, Eq, Hash)]
        struct $name(u32);
    )*};
}

objects! { Watched Tiered Elsewhere Held }

#[derive(Clone, PartialEq, Eq, Hash)]
struct Number(u32);

#[test]
fn those_that_keep_nothing_alive_are_not_named() {
    let object = Strong::new(Watched(1));
    let values = WeakValueMap::from([(String::from("text"), &object)]);
    let numbers = WeakValueMap::from([(Number(1), &object)]);
    let keys = WeakKeyMap::from([(&object, vec![1])]);
    let data = WeakKeyMap::from([(&object, Number(1))]);
    let pairs = WeakPairMap::from([(&object, &object)]);
    let set = WeakSet::from([&object]);
    let words = Interner::<Watched>::new();
    let word = words.intern(&Watched(2));
    let without = WeakValueMap::<u32, Watched>::with_strong_tier(StrongTier::entries(0));
    without.insert(1, &object);
    assert_eq!(parts_of::<Watched>(), []);
    // Nor of another thread.
    let there = thread::spawn(parts_of::<Watched>).join().unwrap();
    assert_eq!(there, []);
    drop((
        values, numbers, keys, data, pairs, set, words, word, without,
    ));
}

/// Not longer than it does, however it lets go.
#[test]
fn one_whose_tier_keeps_something_alive_is_named() {
    let map = WeakValueMap::<u32, Tiered>::with_strong_tier(StrongTier::entries(2));
    assert_eq!(parts_of::<Tiered>(), []);
    let kept = std::any::type_name::<Strong<Tiered>>();
    let named = [("WeakValueMap".to_owned(), "strong_tier", kept)];
    map.insert(1, &Strong::new(Tiered(1)));
    assert_eq!(parts_of::<Tiered>(), named);
    map.remove(&1);
    assert_eq!(parts_of::<Tiered>(), []);

    for number in 0..10 {
        map.insert(number, &Strong::new(Tiered(number)));
    }
    assert_eq!((map.strong_tier_len(), parts_of::<Tiered>().len()), (2, 1));
    map.clear_strong_tier();
    assert_eq!(parts_of::<Tiered>(), []);
    map.insert(1, &Strong::new(Tiered(1)));
    map.clear();
    assert_eq!(parts_of::<Tiered>(), []);

    // One that is aside counts too, and what is used again.
    let used = Strong::new(Tiered(1));
    for number in 0..10 {
        map.insert(number, &used);
    }
    assert!(map.get(&9).is_some());
    assert_eq!(parts_of::<Tiered>(), named);
    map.clear();
    assert_eq!(parts_of::<Tiered>(), []);

    let words = Interner::<Tiered>::with_strong_tier(StrongTier::entries(2));
    assert_eq!(parts_of::<Tiered>(), []);
    words.intern(&Tiered(1));
    let kept = std::any::type_name::<Strong<Object<Tiered>>>();
    let named = [("Interner".to_owned(), "strong_tier", kept)];
    assert_eq!(parts_of::<Tiered>(), named);
    drop(words);
    assert_eq!(parts_of::<Tiered>(), []);
}

/// Nothing of it is looked at, so that any thread may tell.
#[test]
fn one_that_another_thread_made_is_named() {
    let map = thread::spawn(|| {
        let map = WeakValueMap::<u32, Elsewhere>::with_strong_tier(StrongTier::entries(2));
        map.insert(1, &Strong::new(Elsewhere(1)));
        map
    });
    let map = map.join().unwrap();
    assert_eq!(parts_of::<Elsewhere>().len(), 1);
    map.clear_strong_tier();
    assert_eq!(parts_of::<Elsewhere>(), []);
}

#[test]
fn one_that_holds_what_may_own_is_named() {
    #[derive(Clone)]
    struct Session(Strong<Held>);

    impl PartialEq for Session {
        fn eq(&self, other: &Self) -> bool {
            Strong::ptr_eq(&self.0, &other.0)
        }
    }

    impl Eq for Session {}

    impl std::hash::Hash for Session {
        fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
            Strong::id(&self.0).hash(state);
        }
    }

    let object = Strong::new(Held(1));
    let session = std::any::type_name::<Session>();
    let map = WeakKeyMap::from([(&object, Session(object.clone()))]);
    let named = [("KeyMap".to_owned(), "values", session)];
    assert_eq!(parts_of::<Held>(), named);
    drop(map);
    let map = WeakValueMap::from([(Session(object.clone()), &object)]);
    let named = [("WeakValueMap".to_owned(), "keys", session)];
    assert_eq!(parts_of::<Held>(), named);
    drop(map);
    assert_eq!(parts_of::<Held>(), []);
}
