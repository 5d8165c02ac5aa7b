//! Calls that block a thread while further out on its stack a constructor runs, of which their code is no part.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Barrier, LazyLock};
use std::task::Wake;
use std::thread;

use weakref::Strong;

use super::super::single_flight::{ITSELF, Made, Map, does_not_hang, made, map};
use super::{MADE, Outcome, make_behind};
use crate::support::child::test_path;
use crate::support::task::{Gate, Task, block_on};
use crate::support::{rounds, text_of, thrown};

static MAP: LazyLock<Map> = LazyLock::new(map);

struct Calls(fn());

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

/// Makes `key`, for which a task waits whose waker is `call`.
fn wake(key: u32, call: fn()) {
    let gate = Gate::new();
    let mut leader = Task::waiting(MAP.get_or_insert_with_async(key, || make_behind(&gate, key)));
    let mut waiter = Task::new(MAP.get_or_insert_with_async(key, async || unreachable!()));
    assert!(waiter.poll_with(&Arc::new(Calls(call)).into()).is_pending());
    gate.open();
    drop(leader.ends());
}

fn awaited() -> Strong<Made> {
    block_on(MAP.get_or_insert_with_async(1, async || unreachable!()))
}

fn ask() -> Strong<Made> {
    MAP.get_or_insert_with(1, || unreachable!())
}

/// Nobody else can go on with the constructor.
#[test]
fn waker_that_asks_for_the_key_that_is_made_further_out() {
    let test = test_path!(waker_that_asks_for_the_key_that_is_made_further_out);
    does_not_hang(test, || {
        let calls: [fn(); 4] = [
            || drop(ask()),
            || drop(MAP.try_insert(1, &MADE)),
            || drop(MAP.get_or_insert_with(3, ask)),
            || wake(3, || drop(ask())),
        ];
        for call in calls {
            for is_deep in [false, true] {
                let wakes = || {
                    wake(2, call);
                    made(1)
                };
                let said = thrown(|| {
                    MAP.get_or_insert_with(1, || {
                        if is_deep {
                            MAP.get_or_insert_with(4, wakes)
                        } else {
                            wakes()
                        }
                    })
                });
                assert!(said.contains(ITSELF), "{said}");
                assert!(MAP.is_empty());
            }
        }
    });
}

/// As the one before, where the task awaits the key within a constructor that keeps the waker from returning.
#[test]
fn waker_whose_constructor_awaits_the_key_that_is_made_further_out() {
    fn lead() {
        drop(MAP.get_or_insert_with(3, awaited));
    }

    fn lead_in_a_task() {
        let lead = async || MAP.get_or_insert_with(3, awaited);
        drop(Task::new(MAP.get_or_insert_with_async(5, lead)).poll());
    }

    let test = test_path!(waker_whose_constructor_awaits_the_key_that_is_made_further_out);
    does_not_hang(test, || {
        for call in [lead, lead_in_a_task] {
            let said = thrown(|| {
                MAP.get_or_insert_with(1, || {
                    wake(2, call);
                    made(1)
                })
            });
            assert!(said.contains(ITSELF), "{said}");
            assert!(MAP.is_empty());
        }
    });
}

/// One waits in a waker, which keeps its constructor from going on, and the other for that.
#[test]
fn cycle_through_a_waker_that_blocks() {
    static MEET: Barrier = Barrier::new(2);

    fn waits_for_3() {
        MEET.wait();
        drop(MAP.get_or_insert_with(3, || made(6)));
    }

    does_not_hang(test_path!(cycle_through_a_waker_that_blocks), || {
        for _ in 0..rounds(50, 2) {
            let text = thread::scope(|scope| {
                let other = scope.spawn(|| {
                    let waits_for_1 = || {
                        MEET.wait();
                        MAP.get_or_insert_with(1, || made(5))
                    };
                    outcome(|| MAP.get_or_insert_with(3, waits_for_1))
                });
                let one = outcome(|| {
                    MAP.get_or_insert_with(1, || {
                        wake(2, waits_for_3);
                        made(1)
                    })
                });
                one.or(other.join().unwrap())
            });
            assert!(text.expect("one is told").contains(ITSELF));
            assert!(MAP.is_empty());
        }
    });
}

/// The text of a panic, if there is one.
fn outcome(call: impl FnOnce() -> Strong<Made>) -> Option<String> {
    catch_unwind(AssertUnwindSafe(call)).err().map(text_of)
}

/// What another construction drops is its code, and within this one all the same.
#[test]
fn drop_of_another_constructor_asks_for_the_key_that_is_made_further_out() {
    struct Asks(fn() -> Strong<Made>);
    impl Drop for Asks {
        fn drop(&mut self) {
            SAID.set(thrown(self.0));
        }
    }

    thread_local! {
        static SAID: RefCell<String> = const { RefCell::new(String::new()) };
    }

    let test = test_path!(drop_of_another_constructor_asks_for_the_key_that_is_made_further_out);
    does_not_hang(test, || {
        let asks: [fn() -> Strong<Made>; 3] = [ask, awaited, || MAP.get_or_insert_with(3, awaited)];
        for ask in asks {
            let other = Task::waiting(MAP.get_or_try_insert_with_async(2, async move || {
                let _asks = Asks(ask);
                pending::<Outcome>().await
            }));
            let object = MAP.get_or_insert_with(1, || {
                drop(other);
                made(1)
            });
            let said = SAID.take();
            assert!(said.contains(ITSELF), "{said}");
            assert_eq!((object.0, MAP.len()), (1, 1));
        }
    });
}

/// It is asked to give up its wait, and is not refused for it.
#[test]
fn what_awaits_a_key_is_dropped_by_its_constructor() {
    thread_local! {
        static OTHER: RefCell<Option<Task<'static, Strong<Made>>>> = const { RefCell::new(None) };
    }

    let test = test_path!(what_awaits_a_key_is_dropped_by_its_constructor);
    does_not_hang(test, || {
        let gate = Gate::new();
        let mut leads = Task::waiting(MAP.get_or_insert_with_async(1, async || {
            let value = make_behind(&gate, 1).await;
            drop(OTHER.take());
            value
        }));
        let awaits = async || {
            MAP.get_or_insert_with_async(1, async || unreachable!())
                .await
        };
        OTHER.set(Some(Task::waiting(MAP.get_or_insert_with_async(2, awaits))));
        gate.open();
        let value = leads.ends();
        assert_eq!((value.0, MAP.len()), (1, 1));
    });
}

/// Who waits for something else waits.
#[test]
fn waker_that_blocks_until_another_thread_has_made_something() {
    static MEET: Barrier = Barrier::new(2);

    fn waits_for_3() {
        MEET.wait();
        assert_eq!(MAP.get_or_insert_with(3, || unreachable!()).0, 3);
    }

    let test = test_path!(waker_that_blocks_until_another_thread_has_made_something);
    does_not_hang(test, || {
        let _kept = thread::scope(|scope| {
            let other = scope.spawn(|| {
                MAP.get_or_insert_with(3, || {
                    MEET.wait();
                    super::linger();
                    made(3)
                })
            });
            let one = MAP.get_or_insert_with(1, || {
                wake(2, waits_for_3);
                made(1)
            });
            assert_eq!(one.0, 1);
            other.join().unwrap()
        });
    });
}
