//! Wakers of those who wait: none is lost, none is left, and they may do everything.

use std::cell::{Cell, RefCell};
use std::hash::{Hash, Hasher};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, mpsc};
use std::task::{RawWaker, RawWakerVTable, Wake, Waker};

use weakref::{Strong, SyncSlot, WeakReferenceable};
use weakref_containers::shared::WeakKeyMap;

use super::super::single_flight::{Made, Map, does_not_hang, made, map};
use super::{Outcome, make_behind, only_ask};
use crate::support::child::test_path;
use crate::support::task::{Gate, Task, block_on};
use crate::support::{throw, thrown};

/// A waiter that is dropped, or polled with another waker, leaves none of its own behind.
#[test]
fn waiters_take_their_wakers_along() {
    let (map, gate) = (map(), Gate::new());
    let mut leader = Task::waiting(map.get_or_insert_with_async(1, || make_behind(&gate, 1)));
    let (mut first, mut second) = (Task::waiting(only_ask(&map)), Task::waiting(only_ask(&map)));
    for _ in 0..3 {
        first.waits();
        assert_eq!(first.wakers(), 1);
    }
    let other = Arc::new(Counts::default());
    assert!(first.poll_with(&Arc::clone(&other).into()).is_pending());
    assert_eq!((first.wakers(), Arc::strong_count(&other)), (0, 2));
    second.waits();
    drop(first);
    assert_eq!((second.wakers(), Arc::strong_count(&other)), (1, 1));
    gate.open();
    let object = leader.ends();
    assert_eq!((second.times_woken(), other.0.load(SeqCst)), (1, 0));
    assert!(Strong::ptr_eq(&second.ends(), &object));
}

#[derive(Default)]
struct Counts(AtomicUsize);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Wakers are user code: they may use the map, and a request for the same key, from within all they do.
#[test]
fn wakers_may_do_everything() {
    static MAP: LazyLock<Map> = LazyLock::new(map);
    static HELD: LazyLock<Strong<Made>> = LazyLock::new(|| made(7));
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |_| {
            act(0);
            RawWaker::new(ptr::null(), &VTABLE)
        },
        |_| act(1),
        |_| unreachable!("those that wait are woken by value"),
        |_| act(2),
    );
    thread_local! {
        static ACTS: Cell<[u32; 3]> = const { Cell::new([0; 3]) };
        static IS_ACTING: Cell<bool> = const { Cell::new(false) };
    }

    fn act(on: usize) {
        if IS_ACTING.replace(true) {
            return;
        }
        ACTS.set({
            let mut acts = ACTS.get();
            acts[on] += 1;
            acts
        });
        // Ready or not.
        let _polled = Task::new(MAP.try_insert_async(1, &HELD)).poll();
        MAP.insert(2, &HELD);
        assert!(MAP.remove(&2).is_some());
        IS_ACTING.set(false);
    }

    does_not_hang(test_path!(wakers_may_do_everything), || {
        // SAFETY: the functions of the table may be called on any thread with any pointer, and keep none.
        let waker = unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &VTABLE)) };
        let ends: [fn(Task<'_, Outcome>, &Gate); 3] = [
            |mut leader, gate| {
                gate.open();
                leader.ends().unwrap();
            },
            |leader, _| drop(leader),
            |_leader, _| drop(MAP.insert(1, &HELD)),
        ];
        for end in ends {
            MAP.clear();
            ACTS.set([0; 3]);
            let gate = Gate::new();
            let make = async || Ok(make_behind(&gate, 1).await);
            let leader = Task::waiting(MAP.get_or_try_insert_with_async(1, make));
            let mut waiters = [(); 3].map(|()| Task::new(only_ask(&MAP)));
            for _ in 0..2 {
                for waiter in &mut waiters {
                    assert!(waiter.poll_with(&waker).is_pending());
                }
            }
            // Each has replaced one.
            assert_eq!(ACTS.get(), [6, 0, 3]);
            let [_first, _second, third] = waiters;
            drop(third);
            assert_eq!(ACTS.get(), [6, 0, 4]);
            end(leader, &gate);
            assert_eq!(ACTS.get(), [6, 2, 4]);
        }
        drop(waker);
        assert_eq!(ACTS.get(), [6, 2, 5]);
        MAP.clear();
    });
}

/// A task that has its value drops a waker, which may be that of another that waits for the same.
#[test]
fn waker_that_polls_another_waiter_when_it_is_dropped() {
    static MAP: LazyLock<Map> = LazyLock::new(map);
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |_| RawWaker::new(ptr::null(), &VTABLE),
        |_| {},
        |_| unreachable!("those that wait are woken by value"),
        |_| {
            if let Some(mut other) = OTHER.take() {
                assert_eq!(other.ends().0, 1);
            }
        },
    );
    thread_local! {
        static OTHER: RefCell<Option<Task<'static, Strong<Made>>>> = const { RefCell::new(None) };
    }

    let test = test_path!(waker_that_polls_another_waiter_when_it_is_dropped);
    does_not_hang(test, || {
        // SAFETY: the functions of the table may be called on any thread with any pointer, and keep none.
        let waker = unsafe { Waker::from_raw(RawWaker::new(ptr::null(), &VTABLE)) };
        let gate = Gate::new();
        let mut leader = Task::waiting(MAP.get_or_insert_with_async(1, || make_behind(&gate, 1)));
        let mut first = Task::new(only_ask(&MAP));
        assert!(first.poll_with(&waker).is_pending());
        let other = Task::waiting(only_ask(&MAP));
        gate.open();
        let object = leader.ends();
        OTHER.set(Some(other));
        assert!(first.poll_with(&waker).is_ready());
        assert!(OTHER.take().is_none(), "the clone was dropped");
        drop(object);
    });
}

struct Panics;

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        throw("of a waker");
    }
}

#[test]
fn waker_that_panics_keeps_nobody_waiting() {
    for by_insertion in [false, true] {
        let (map, gate, inserted) = (map(), Gate::new(), made(7));
        let mut leader = Task::waiting(map.get_or_insert_with_async(1, || make_behind(&gate, 1)));
        let mut waiters = [(); 4].map(|()| Task::new(only_ask(&map)));
        for (index, waiter) in waiters.iter_mut().enumerate() {
            if index % 2 == 0 {
                assert!(waiter.poll_with(&Arc::new(Panics).into()).is_pending());
            } else {
                waiter.waits();
            }
        }
        let text = if by_insertion {
            thrown(|| map.insert(1, &inserted))
        } else {
            gate.open();
            thrown(|| leader.poll())
        };
        assert_eq!(text, "of a waker");
        assert_eq!(waiters.each_ref().map(Task::times_woken), [0, 1, 0, 1]);
        let objects = waiters.map(|mut waiter| waiter.ends());
        assert!(
            objects
                .iter()
                .all(|object| Strong::ptr_eq(object, &objects[0]))
        );
        assert_eq!(objects[0].0, if by_insertion { 7 } else { 1 });
    }
}

/// One panic too many would end the process.
#[test]
fn waker_that_panics_after_a_constructor_did() {
    does_not_hang(
        test_path!(waker_that_panics_after_a_constructor_did),
        || {
            let (map, gate) = (map(), Gate::new());
            let mut leader = Task::waiting(map.get_or_insert_with_async(1, async || {
                gate.passed().await;
                throw("of a constructor")
            }));
            let ask = || map.get_or_insert_with_async(1, async || made(2));
            let (mut first, mut second) = (Task::new(ask()), Task::new(ask()));
            assert!(first.poll_with(&Arc::new(Panics).into()).is_pending());
            second.waits();
            gate.open();
            assert_eq!(thrown(|| leader.poll()), "of a constructor");
            assert_eq!(second.times_woken(), 1);
            let object = second.ends();
            assert!(Strong::ptr_eq(&object, &first.ends()));
        },
    );
}

/// What a waker runs is no code of the construction that wakes it.
#[test]
fn waker_that_polls_its_task() {
    static MAP: LazyLock<Map> = LazyLock::new(map);
    static HELD: LazyLock<Strong<Made>> = LazyLock::new(|| made(7));
    thread_local! {
        static TASK: RefCell<Option<Task<'static, ()>>> = const { RefCell::new(None) };
    }

    struct Polls;
    impl Wake for Polls {
        fn wake(self: Arc<Self>) {
            let mut task = TASK.take().unwrap();
            if task.poll_with(&self.into()).is_pending() {
                TASK.set(Some(task));
            }
        }
    }

    let gate = Gate::new();
    let _overtaken = Task::waiting(MAP.get_or_insert_with_async(2, || make_behind(&gate, 2)));
    TASK.set(Some(Task::new(async {
        let ask = MAP.get_or_insert_with_async(2, async || unreachable!());
        assert_eq!(ask.await.0, 7);
        assert_eq!(only_ask(&MAP).await.0, 1);
    })));
    Arc::new(Polls).wake();
    let first = block_on(MAP.get_or_insert_with_async(1, async || {
        MAP.insert(2, &HELD);
        assert!(TASK.with_borrow(Option::is_some), "it waits for this");
        made(1)
    }));
    assert!(TASK.take().is_none());
    assert_eq!(first.0, 1);
    MAP.clear();
}

/// A key that says in its drop how often the task had been woken by then. All have one hash.
struct Telling(u32, Option<(Arc<Counts>, mpsc::Sender<usize>)>);

impl WeakReferenceable for Telling {
    type Slot = SyncSlot;
}

impl PartialEq for Telling {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Telling {}

impl Hash for Telling {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some((woken, sender)) = self.1.take() {
            sender.send(woken.0.load(SeqCst)).unwrap();
        }
    }
}

/// What the leader drops when its value is there may wait for who waited for the value.
#[test]
fn tasks_are_woken_before_the_leader_drops_anything() {
    let map = WeakKeyMap::<Telling, u32>::new();
    let (counts, gate) = (Arc::<Counts>::default(), Gate::new());
    let (sender, told) = mpsc::channel();
    let one = Strong::new(Telling(1, None));
    let two = Strong::new(Telling(2, Some((Arc::clone(&counts), sender))));
    map.insert(&two, 2);
    let mut leader = Task::waiting(map.get_or_insert_with_async(&one, async || {
        gate.passed().await;
        1
    }));
    let mut waiter = Task::new(map.get_or_insert_with_async(&one, async || unreachable!()));
    assert!(waiter.poll_with(&Arc::clone(&counts).into()).is_pending());
    drop(two);
    gate.open();
    assert_eq!(*leader.ends(), 1);
    assert_eq!(told.try_recv(), Ok(1), "the leader held it till the end");
    assert_eq!(*waiter.ends(), 1);
}
