//! Values that are made from the keys that a call takes.

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use weakref::{LocalObject, Object, Strong};
use weakref_containers::{WeakValueBTreeMap, WeakValueMap, shared};

/// Counts its clones.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u32, Rc<Cell<u32>>);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        self.1.set(self.1.get() + 1);
        Self(self.0, Rc::clone(&self.1))
    }
}

/// What a map does with a key that is new, with one that is there, and with one whose value has died: what it makes, and
/// how many clones.
macro_rules! made {
    ($map:ty) => {{
        let clones = Rc::new(Cell::new(0));
        let key = |number| Key(number, Rc::clone(&clones));
        let map = &mut <$map>::new();
        let double = |key: &Key| Strong::new(LocalObject(2 * key.0));
        let seven = map.get_or_insert_with_key(key(7), double);
        let first = clones.get();
        let same = map.get_or_insert_with_key(key(7), |_| unreachable!("it is alive"));
        assert!(Strong::ptr_eq(&seven, &same));
        assert_eq!((**seven, clones.get() - first), (14, 0));
        drop((seven, same));
        let again = map.get_or_insert_with_key(key(7), double);
        assert_eq!((**again, clones.get()), (14, 2 * first));
        assert_eq!((map.len(), map.get(&key(7)).as_ref()), (1, Some(&again)));
        // Two are there: of the map, and this.
        assert_eq!(Rc::strong_count(&clones), 2);
        first
    }};
}

#[test]
fn a_value_is_made_from_the_key_that_is_taken() {
    assert_eq!(made!(WeakValueMap<Key, LocalObject<u32>>), 0);
    assert_eq!(made!(WeakValueBTreeMap<Key, LocalObject<u32>>), 0);
    // It has its key before there is a value.
    assert_eq!(made!(shared::WeakValueMap<Key, LocalObject<u32>>), 1);
}

#[test]
fn a_shared_map_makes_it_as_it_makes_any() {
    let map = shared::WeakValueMap::<u32, Object<u32>>::new();
    let itself = || {
        map.get_or_insert_with_key(7, |key| {
            map.get_or_insert_with_key(*key, |_| unreachable!("it is being made"))
        })
    };
    let thrown = catch_unwind(AssertUnwindSafe(itself)).expect_err("it waits for itself");
    let said = thrown.downcast_ref::<String>().map(String::as_str);
    let said = said.or(thrown.downcast_ref::<&str>().copied());
    assert!(said.is_some_and(|said| said.starts_with("weakref: ")));

    // A value that is inserted meanwhile is the result.
    let other = Strong::new(Object(9));
    let result = map.get_or_insert_with_key(7, |key| {
        map.insert(*key, &other);
        Strong::new(Object(*key))
    });
    assert!(Strong::ptr_eq(&result, &other));
}
