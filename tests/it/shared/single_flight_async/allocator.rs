//! The allocator is user code, which may drop those who wait, and poll others: it is called while nothing of theirs is
//! locked.

use std::cell::RefCell;
use std::sync::LazyLock;

use weakref::Strong;

use super::super::single_flight::{Made, Map, does_not_hang, made, map};
use super::{make_behind, only_ask};
use crate::support::alloc;
use crate::support::child::test_path;
use crate::support::task::{Gate, Task, yield_once};

static MAP: LazyLock<Map> = LazyLock::new(map);

thread_local! {
    static TASKS: RefCell<Vec<Task<'static, Strong<Made>>>> = const { RefCell::new(Vec::new()) };
}

/// In the middle of another's poll or drop, a waiter takes its waker along, and one leaves its own.
#[test]
fn waiters_that_the_allocator_makes_and_drops() {
    fn at_each() {
        drop(TASKS.with_borrow_mut(Vec::pop));
        let waiter = Task::waiting(only_ask(&MAP));
        TASKS.with_borrow_mut(|tasks| tasks.push(waiter));
    }

    let test = test_path!(waiters_that_the_allocator_makes_and_drops);
    does_not_hang(test, || {
        let gate = Gate::new();
        let mut leader = Task::waiting(MAP.get_or_insert_with_async(1, || make_behind(&gate, 1)));
        let waiters = alloc::at_each(at_each, || {
            let all = (0..40).map(|number| (number, Task::waiting(only_ask(&MAP))));
            let mut waiters: Vec<_> = all.collect();
            waiters.retain(|(number, _)| number % 3 == 0);
            waiters
        });
        let mut last = TASKS.take().pop().expect("one was left");
        gate.open();
        let object = leader.ends();
        for mut waiter in waiters.into_iter().map(|(_, waiter)| waiter) {
            assert_eq!(waiter.times_woken(), 1);
            assert!(Strong::ptr_eq(&waiter.ends(), &object));
        }
        assert_eq!(last.times_woken(), 1);
        assert!(Strong::ptr_eq(&last.ends(), &object));
    });
}

/// While a construction begins to wait for another one, a third begins that too, and gives up.
#[test]
fn constructions_that_the_allocator_polls_and_drops() {
    static OUTER: LazyLock<Map> = LazyLock::new(map);

    fn at_each() {
        if let Some(mut task) = TASKS.with_borrow_mut(Vec::pop) {
            task.waits();
        }
    }

    let test = test_path!(constructions_that_the_allocator_polls_and_drops);
    does_not_hang(test, || {
        let gate = Gate::new();
        let mut leader = Task::waiting(MAP.get_or_insert_with_async(1, || make_behind(&gate, 1)));
        // Begun before: to enter one locks the map.
        let begin = |key| {
            Task::waiting(OUTER.get_or_insert_with_async(key, async || {
                yield_once().await;
                made(only_ask(&MAP).await.0)
            }))
        };
        let mut waiters: Vec<_> = (0..20).map(begin).collect();
        TASKS.set((20..220).map(begin).collect());
        alloc::at_each(at_each, || waiters.iter_mut().for_each(Task::waits));
        assert!(TASKS.take().len() < 180, "each was called for some");
        gate.open();
        let _object = leader.ends();
        for mut waiter in waiters {
            assert_eq!((waiter.times_woken(), waiter.ends().0), (2, 1));
        }
        assert!(OUTER.is_empty());
    });
}
