//! What runs inside of what: burials within comparisons and within constructors.

use core::hash::{Hash, Hasher};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use weakref::{LocalObject, Object, Strong, WeakReferenceable};

use super::{Shares, WeakValueMap};

type Code = Box<dyn Fn()>;
type AtDrop = Rc<dyn Fn(u32)>;

thread_local! {
    static AT_EQ: RefCell<Option<Code>> = const { RefCell::new(None) };
    static AT_DROP: RefCell<Option<AtDrop>> = const { RefCell::new(None) };
}

/// Calls what the thread has set when it is compared, once, and when it is dropped.
struct Key(u32);

impl Eq for Key {}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        if let Some(code) = AT_EQ.take() {
            code();
        }
        self.0 == other.0
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        let code = AT_DROP.with_borrow(Clone::clone);
        if let Some(code) = code {
            code(self.0);
        }
    }
}

/// More than there are shards, so that some stand in the one that is read and some in others. Fewer under Miri, which takes
/// a second for each.
const MANY: u32 = if cfg!(miri) { 12 } else { 64 };

fn filled<V: WeakReferenceable + From<u32>>() -> (Rc<WeakValueMap<Key, V>>, Vec<Strong<V>>)
where
    V::Slot: Shares<Key, V>,
{
    let map = Rc::new(WeakValueMap::new());
    let values = (0..MANY)
        .map(|number| {
            let value = Strong::new(V::from(number));
            map.insert(Key(number), &value);
            value
        })
        .collect();
    (map, values)
}

fn keys_outlive_the_comparison<V: WeakReferenceable + From<u32>>(depth: u32)
where
    V::Slot: Shares<Key, V>,
{
    let (map, values) = filled::<V>();
    let kept: Vec<_> = values[..2].to_vec();
    let dropped = Rc::new(Cell::new(0));
    let drops = {
        let (map, dropped) = (Rc::clone(&map), Rc::clone(&dropped));
        move |number| {
            if number >= MANY {
                return;
            }
            // A change, which is refused within a comparison.
            let value = Strong::new(V::from(number));
            map.insert(Key(number + MANY), &value);
            map.remove(&number);
            dropped.set(dropped.get() + 1);
        }
    };
    let compares = {
        let (map, dropped, values) = (Rc::clone(&map), Rc::clone(&dropped), Cell::new(values));
        move || {
            AT_DROP.set(Some(Rc::new(drops.clone())));
            drop(values.take());
            assert_eq!((map.len(), dropped.get()), (2, 0));
        }
    };
    let compares: Code = if depth == 0 {
        Box::new(compares)
    } else {
        let (map, compares) = (Rc::clone(&map), Cell::new(Some(Box::new(compares))));
        Box::new(move || {
            AT_EQ.set(compares.take().map(|code| code as Code));
            assert!(map.contains(1));
        })
    };
    AT_EQ.set(Some(compares));
    assert!(map.contains(0));
    assert!(dropped.get() >= MANY - 2);
    AT_DROP.set(None);
    assert_eq!(map.len(), 2);
    drop(kept);
    assert_eq!(map.len(), 0);
}

impl core::borrow::Borrow<u32> for Key {
    fn borrow(&self) -> &u32 {
        &self.0
    }
}

trait Contains {
    /// By the key itself, whose `Eq` is asked.
    fn contains(&self, number: u32) -> bool;
}

impl<V: WeakReferenceable> Contains for WeakValueMap<Key, V> {
    fn contains(&self, number: u32) -> bool {
        let key = core::mem::ManuallyDrop::new(Key(number));
        self.contains_key(&*key)
    }
}

#[test]
fn keys_that_are_buried_within_a_comparison_are_dropped_after_it() {
    for depth in 0..2 {
        keys_outlive_the_comparison::<Object<u32>>(depth);
        keys_outlive_the_comparison::<LocalObject<u32>>(depth);
    }
}

/// As the documentation says.
#[test]
#[cfg_attr(miri, ignore = "so many panics take minutes")]
fn keys_that_are_buried_within_a_constructor_are_its_code() {
    let (map, values) = filled::<Object<u32>>();
    let refused = Rc::new(Cell::new(0));
    let drops = {
        let (map, refused) = (Rc::clone(&map), Rc::clone(&refused));
        move |number| {
            if number >= MANY {
                return;
            }
            let asks = || map.get_or_insert_with(Key(MANY), || unreachable!("it is being made"));
            let key_is_made = catch_unwind(AssertUnwindSafe(asks)).is_err();
            refused.set(refused.get() + u32::from(key_is_made));
        }
    };
    let made = map.get_or_insert_with(Key(MANY), || {
        AT_DROP.set(Some(Rc::new(drops)));
        drop(values);
        AT_DROP.set(None);
        Strong::new(Object(MANY))
    });
    assert_eq!((refused.get(), map.len(), made.0), (MANY, 1, MANY));
}
