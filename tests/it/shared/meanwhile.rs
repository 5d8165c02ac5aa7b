//! What happens between the look of a call and its change, by the user's code that runs there: what was found has to
//! stand there still.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use weakref::{Object, Strong, WeakReferenceable};
use weakref_containers::shared::{WeakPairMap, WeakValueMap};

use super::OneHash;
use crate::support::task::{Gate, Task};

thread_local! {
    /// What the next comparison of equal ones does.
    static AT_EQ: Cell<Option<fn()>> = const { Cell::new(None) };
    static ASKS: RefCell<Option<Task<'static, Strong<Value>>>> = const { RefCell::new(None) };
    static MAKES: RefCell<Option<Task<'static, Strong<Value>>>> = const { RefCell::new(None) };
}

/// Compared when nothing is locked.
#[derive(WeakReferenceable)]
struct Key(u32);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        let is_equal = self.0 == other.0;
        if is_equal && let Some(act) = AT_EQ.take() {
            act();
        }
        is_equal
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Its drop does what it says: the object is dead then, and its row stands still.
#[derive(WeakReferenceable)]
struct Value(u32, fn());

impl Drop for Value {
    fn drop(&mut self) {
        (self.1)();
    }
}

fn value(id: u32) -> Strong<Value> {
    Strong::new(Value(id, || ()))
}

type Map = WeakPairMap<Key, Value, OneHash>;

#[test]
fn a_value_that_is_replaced_in_its_place_is_asked_about_anew() {
    let map = WeakValueMap::new();
    let [first, second] = [1, 2].map(|id| Strong::new(Object(id)));
    map.insert(1, &first);
    let mut asked = Vec::new();
    let removed = map.remove_if(&1, |value| {
        asked.push(value.0);
        if Strong::ptr_eq(value, &first) {
            assert!(map.replace_if(&1, &second, |_| true).is_some());
        }
        true
    });
    assert!(removed.is_some_and(|removed| Strong::ptr_eq(&removed, &second)));
    assert_eq!(asked, [1, 2]);
}

#[test]
fn a_value_that_comes_in_the_place_of_a_dead_one_stays() {
    static MAP: LazyLock<Map> = LazyLock::new(|| Map::with_hasher(OneHash));
    static KEY: LazyLock<Strong<Key>> = LazyLock::new(|| Strong::new(Key(1)));
    static CAME: LazyLock<Strong<Value>> = LazyLock::new(|| value(2));
    thread_local! {
        static IS_REFUSED: Cell<bool> = const { Cell::new(false) };
    }
    let dies = Strong::new(Value(1, || {
        AT_EQ.set(Some(|| assert!(MAP.insert(&KEY, &CAME).is_none())));
        let there = MAP.try_insert(&KEY, &value(3));
        IS_REFUSED.set(there.is_err_and(|there| Strong::ptr_eq(&there, &CAME)));
    }));
    MAP.insert(&KEY, &dies);
    drop(dies);
    assert!(IS_REFUSED.get());
    assert!(MAP.get(&**KEY).is_some_and(|there| there.0 == 2));
}

#[test]
fn what_is_being_made_in_the_place_of_a_dead_one_is_made_once() {
    static MAP: LazyLock<Map> = LazyLock::new(|| Map::with_hasher(OneHash));
    static KEY: LazyLock<Strong<Key>> = LazyLock::new(|| Strong::new(Key(1)));
    static GATE: Gate = Gate::new();
    fn begin() {
        MAKES.set(Some(Task::waiting(MAP.get_or_insert_with_async(
            &KEY,
            async || {
                GATE.passed().await;
                value(2)
            },
        ))));
    }
    let dies = Strong::new(Value(1, || {
        AT_EQ.set(Some(begin));
        let asks = MAP.get_or_insert_with_async(&KEY, async || unreachable!("it is being made"));
        ASKS.set(Some(Task::waiting(asks)));
    }));
    MAP.insert(&KEY, &dies);
    drop(dies);
    GATE.open();
    let made = MAKES.take().expect("it began").ends();
    assert!(Strong::ptr_eq(
        &made,
        &ASKS.take().expect("it waits").ends()
    ));
    assert!(
        MAP.get(&**KEY)
            .is_some_and(|there| Strong::ptr_eq(&there, &made))
    );
}

#[test]
fn what_is_being_made_in_the_place_of_a_live_one_stays() {
    let (map, gate) = (Map::with_hasher(OneHash), Gate::new());
    let (key, first) = (Strong::new(Key(1)), value(1));
    map.insert(&key, &first);
    let mut makes = None;
    let removed = map.remove_if(&*key, |found| {
        assert!(Strong::ptr_eq(found, &first));
        assert!(map.remove(&*key).is_some());
        makes = Some(Task::waiting(map.get_or_insert_with_async(
            &key,
            async || {
                gate.passed().await;
                value(2)
            },
        )));
        true
    });
    assert!(removed.is_none(), "it was removed before");
    gate.open();
    let made = makes.expect("it was asked").ends();
    assert!(
        map.get(&*key)
            .is_some_and(|there| Strong::ptr_eq(&there, &made))
    );
    assert_eq!(map.len(), 1);
}

#[test]
fn what_is_there_since_it_was_being_made_is_replaced() {
    static MAP: LazyLock<Map> = LazyLock::new(|| Map::with_hasher(OneHash));
    static KEY: LazyLock<Strong<Key>> = LazyLock::new(|| Strong::new(Key(1)));
    thread_local! {
        static MADE: RefCell<Option<Strong<Value>>> = const { RefCell::new(None) };
    }
    static GATE: Gate = Gate::new();
    MAKES.set(Some(Task::waiting(MAP.get_or_insert_with_async(
        &KEY,
        async || {
            GATE.passed().await;
            value(1)
        },
    ))));
    GATE.open();
    AT_EQ.set(Some(|| {
        MADE.set(MAKES.take().map(|mut makes| makes.ends()));
    }));
    let replaced = MAP.insert(&KEY, &value(2));
    assert!(replaced.is_some_and(|replaced| replaced.0 == 1));
    assert!(MADE.take().is_some());
}

/// Each waits for the other, but for what is put in before one of them begins to.
#[test]
fn what_has_ended_meanwhile_closes_no_cycle() {
    static MAP: LazyLock<Map> = LazyLock::new(|| Map::with_hasher(OneHash));
    static KEYS: LazyLock<[Strong<Key>; 2]> = LazyLock::new(|| [0, 1].map(Key).map(Strong::new));
    static PUT_IN: LazyLock<Strong<Value>> = LazyLock::new(|| value(7));
    let gate = Gate::new();
    let ask = |which: usize| MAP.get_or_insert_with_async(&KEYS[which], async || unreachable!());
    let mut first = Task::waiting(MAP.get_or_insert_with_async(&KEYS[0], async || {
        gate.passed().await;
        AT_EQ.set(Some(|| assert!(MAP.insert(&KEYS[1], &PUT_IN).is_none())));
        ask(1).await
    }));
    let mut second = Task::waiting(MAP.get_or_insert_with_async(&KEYS[1], async || ask(0).await));
    gate.open();
    assert!(Strong::ptr_eq(&first.ends(), &PUT_IN));
    assert!(Strong::ptr_eq(&second.ends(), &PUT_IN));
}
