//! Who would wait for itself is told, and nobody else.

use std::cell::{Cell, RefCell};
use std::future::{poll_fn, ready};
use std::hash::{Hash, Hasher};
use std::panic::set_hook;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, LazyLock};
use std::task::{Context, Poll, Waker};
use std::thread;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::super::OneHash;
use super::super::single_flight::{ITSELF, Made, Map, does_not_hang, made, map};
use super::{MADE, Outcome, make_behind, only_ask};
use crate::support::child::test_path;
use crate::support::task::{Gate, Task, block_on, caught, join, run_all, yield_once};
use crate::support::{rounds, thrown};

type Ask = for<'a> fn(&'a Map) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

#[test]
fn own_key_from_within_a_task_itself() {
    does_not_hang(test_path!(own_key_from_within_a_task_itself), || {
        let map = map();
        let asks: [Ask; 5] = [
            |map| Box::pin(async { drop(only_ask(map).await) }),
            |map| Box::pin(async { drop(map.try_insert_async(1, &MADE).await) }),
            |map| Box::pin(async { drop(map.get_or_insert_async(1, &MADE).await) }),
            |map| Box::pin(async { drop(map.get_or_insert_with(1, || unreachable!())) }),
            |map| {
                Box::pin(async {
                    map.get_or_insert_with(2, || block_on(only_ask(map)));
                })
            },
        ];
        for ask in asks {
            // At once, and on another thread than the one where it began.
            for is_later in [false, true] {
                let gate = Gate::new();
                let mut task = Task::new(caught(map.get_or_insert_with_async(1, async || {
                    if is_later {
                        gate.passed().await;
                    }
                    ask(&map).await;
                    made(1)
                })));
                if is_later {
                    task.waits();
                    gate.open();
                }
                let text = task.ends().unwrap_err();
                assert!(text.contains(ITSELF), "{text}");
                assert!(map.is_empty());
            }
            // Caught: the outer one goes on.
            let object = block_on(map.get_or_insert_with_async(1, async || {
                let text = caught(ask(&map)).await.unwrap_err();
                assert!(text.contains(ITSELF), "{text}");
                made(3)
            }));
            assert_eq!((object.0, map.len()), (3, 1));
        }
    });
}

/// What makes the future is code of the construction, too.
#[test]
fn own_key_before_the_first_await() {
    does_not_hang(test_path!(own_key_before_the_first_await), || {
        let map = map();
        let object = block_on(map.get_or_try_insert_with_async(1, || {
            let text = thrown(|| map.get_or_insert_with(1, || unreachable!()));
            assert!(text.contains(ITSELF), "{text}");
            ready(Ok::<_, ()>(made(1)))
        }));
        assert_eq!((object.unwrap().0, map.len()), (1, 1));
    });
}

/// A constructor goes on on another thread: what it asks for there is known to be asked for by it.
#[test]
fn own_key_after_a_change_of_threads() {
    does_not_hang(test_path!(own_key_after_a_change_of_threads), || {
        let (map, gate) = (map(), Gate::new());
        let asks = caught(map.get_or_insert_with_async(1, async || {
            gate.passed().await;
            map.get_or_insert_with(1, || unreachable!())
        }));
        let mut asks = Box::pin(asks);
        let mut context = Context::from_waker(Waker::noop());
        assert!(asks.as_mut().poll(&mut context).is_pending());
        gate.open();
        let text = thread::scope(|scope| scope.spawn(|| block_on(asks)).join().unwrap());
        assert!(text.unwrap_err().contains(ITSELF));
        assert!(map.is_empty());
    });
}

/// Task n makes key n out of key n + 1, and the last out of the first. Somebody is told, and then all can go on.
#[test]
fn cycle_of_tasks() {
    for tasks in [2, 3, 5] {
        let maps = [map(), map()];
        let map_of = |key: u32| &maps[key as usize % 2];
        let gate = Gate::new();
        let task = |key| {
            let next = (key + 1) % tasks;
            let (map_of, gate) = (&map_of, &gate);
            Task::waiting(caught(map_of(key).get_or_insert_with_async(
                key,
                async move || {
                    gate.passed().await;
                    let next = map_of(next).get_or_insert_with_async(next, async || made(next));
                    drop(next.await);
                    made(key)
                },
            )))
        };
        let all = (0..tasks).map(task).collect();
        gate.open();
        let texts: Vec<_> = run_all(all).into_iter().filter_map(Result::err).collect();
        assert!(!texts.is_empty() && texts.iter().all(|text| text.contains(ITSELF)));
        assert!(maps.iter().all(WeakValueMap::is_empty));
    }
}

#[test]
fn cycle_of_a_task_and_a_thread() {
    does_not_hang(test_path!(cycle_of_a_task_and_a_thread), || {
        for _ in 0..rounds(50, 2) {
            let map = map();
            let meet = Barrier::new(2);
            let both = thread::scope(|scope| {
                let (map, meet) = (&map, &meet);
                let other = scope.spawn(move || {
                    let made = caught(async {
                        map.get_or_insert_with(2, || {
                            meet.wait();
                            made(map.get_or_insert_with(1, || made(5)).0 + 1)
                        })
                    });
                    block_on(made)
                });
                let one = block_on(caught(map.get_or_insert_with_async(1, async || {
                    meet.wait();
                    let two = map.get_or_insert_with_async(2, async || made(6)).await;
                    made(two.0 + 1)
                })));
                [one, other.join().unwrap()]
            });
            let texts = both.iter().filter_map(|made| made.as_ref().err());
            assert!(texts.clone().count() > 0 && texts.clone().all(|text| text.contains(ITSELF)));
            drop(both);
            assert!(map.is_empty());
        }
    });
}

/// What begins a construction waits until that returns, whoever else it asks meanwhile, and whatever is put in.
#[test]
fn a_wait_that_ends_leaves_the_other_for_the_same() {
    /// Polls it once: it is not ready.
    async fn begins(mut future: Pin<&mut impl Future<Output = Strong<Made>>>) {
        let polls = |context: &mut Context<'_>| Poll::Ready(future.as_mut().poll(context));
        assert!(poll_fn(polls).await.is_pending());
    }

    let (map, gate, put_in) = (map(), Gate::new(), made(7));
    let mut leader = Task::new(map.get_or_insert_with_async(1, async || {
        let mut begun = pin!(map.get_or_insert_with_async(2, async || {
            gate.passed().await;
            only_ask(&map).await
        }));
        begins(begun.as_mut()).await;
        begins(pin!(
            map.get_or_insert_with_async(2, async || unreachable!())
        ))
        .await;
        begun.await
    }));
    leader.waits();
    map.insert(2, &put_in);
    gate.open();
    assert!(thrown(|| leader.poll()).contains(ITSELF));
}

/// Two requests of one task are no cycle: one waits for the other, which has its turn as well.
#[test]
fn join_of_two_requests_of_one_task() {
    let (map, runs) = (map(), Cell::new(0));
    let both = async || {
        let ask = || {
            map.get_or_insert_with_async(1, async || {
                runs.set(runs.get() + 1);
                yield_once().await;
                made(1)
            })
        };
        join(ask(), ask()).await
    };
    let [first, second] = block_on(both());
    assert!(Strong::ptr_eq(&first, &second));
    assert_eq!(runs.get(), 1);
    drop((first, second));
    let within = block_on(map.get_or_insert_with_async(2, async || {
        let [first, second] = both().await;
        assert!(Strong::ptr_eq(&first, &second));
        first
    }));
    // One object under two keys.
    assert_eq!((runs.get(), within.0, map.len()), (2, 1, 2));
}

/// A constructor that has given up waiting does not wait: the one that it waited for may wait for it.
#[test]
fn waiting_ends_with_the_waiter() {
    let (map, gate) = (map(), Gate::new());
    let ask_for_2 = || map.get_or_insert_with_async(2, async || unreachable!());
    let outer = Gate::new();
    let mut second = Task::waiting(map.get_or_insert_with_async(2, async || {
        outer.passed().await;
        made(only_ask(&map).await.0 + 1)
    }));
    let mut first = Task::waiting(map.get_or_insert_with_async(1, async || {
        Task::waiting(ask_for_2());
        // Twice, of which one stays for a while.
        let waits = Task::waiting(ask_for_2());
        Task::waiting(ask_for_2());
        drop(waits);
        make_behind(&gate, 1).await
    }));
    outer.open();
    second.waits();
    gate.open();
    let objects = [first.ends(), second.ends()];
    assert_eq!(objects.map(|object| object.0), [1, 2]);
}

/// Its waiter has not been polled since: it waits no more all the same.
#[test]
fn waiting_of_a_task_ends_with_an_insertion() {
    let (map, gate, inserted) = (map(), Gate::new(), made(7));
    let mut first = Task::waiting(map.get_or_insert_with_async(1, async || {
        gate.passed().await;
        map.insert(1, &inserted);
        let second = map
            .get_or_insert_with_async(2, async || unreachable!())
            .await;
        made(second.0)
    }));
    let ask = async || made(only_ask(&map).await.0 + 1);
    let mut second = Task::waiting(map.get_or_insert_with_async(2, ask));
    gate.open();
    first.waits();
    let second = second.ends();
    assert_eq!((second.0, first.ends().0), (8, 7));
}

/// A construction that was begun in another one is waited for by whoever polls it, who need not be that one.
#[test]
fn construction_that_is_handed_out() {
    let (map, gate, handed_out) = (&map(), &Gate::new(), &RefCell::new(None));
    let inner = move || async move {
        yield_once().await;
        made(only_ask(map).await.0 + 1)
    };
    let outer = move || async move {
        handed_out.replace(Some(Task::waiting(map.get_or_insert_with_async(2, inner))));
        make_behind(gate, 1).await
    };
    let mut first = Task::waiting(map.get_or_insert_with_async(1, outer));
    let mut second = handed_out.take().unwrap();
    second.waits();
    gate.open();
    let objects = [first.ends(), second.ends()];
    assert_eq!(objects.map(|object| object.0), [1, 2]);
}

/// What a constructor's future drops is dropped by the construction, however it ends.
#[test]
fn drop_of_a_constructor_asks_for_its_key() {
    struct Asks<'a>(&'a Map, &'a RefCell<Vec<String>>);
    impl Drop for Asks<'_> {
        fn drop(&mut self) {
            let Self(map, texts) = self;
            let mut texts = texts.borrow_mut();
            texts.push(thrown(|| map.get_or_insert_with(1, || made(2))));
            texts.push(thrown(|| Task::new(only_ask(map)).poll()));
        }
    }

    /// Keeps what it holds until it is dropped.
    struct Keeps<'a>(&'a Gate, #[expect(dead_code, reason = "dropped")] Asks<'a>);
    impl Future for Keeps<'_> {
        type Output = Outcome;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Outcome> {
            pin!(self.0.passed()).poll(context).map(|()| Ok(made(1)))
        }
    }

    does_not_hang(test_path!(drop_of_a_constructor_asks_for_its_key), || {
        for is_cancelled in [false, true] {
            let (map, gate, texts) = (map(), Gate::new(), RefCell::default());
            let make = || Keeps(&gate, Asks(&map, &texts));
            let mut leader = Task::waiting(map.get_or_try_insert_with_async(1, make));
            if !is_cancelled {
                gate.open();
                assert_eq!(leader.ends().unwrap().0, 1);
            }
            drop(leader);
            let texts = texts.take();
            assert_eq!(texts.len(), 2);
            assert!(texts.iter().all(|text| text.contains(ITSELF)), "{texts:?}");
            assert!(map.is_empty());
        }
    });
}

/// Nobody else can go on with it: to block would be for ever.
#[test]
fn call_that_blocks_the_only_thread() {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Local(u32);

    does_not_hang(test_path!(call_that_blocks_the_only_thread), || {
        let (map, gate) = (WeakValueMap::<u32, Local>::new(), &Gate::new());
        let ask = |id| {
            map.get_or_insert_with_async(1, async move || {
                gate.passed().await;
                Strong::new(Local(id))
            })
        };
        let (mut leader, mut waiter) = (Task::waiting(ask(1)), Task::waiting(ask(2)));
        let text = thrown(|| map.get_or_insert_with(1, || unreachable!()));
        assert!(text.contains("blocks the thread"), "{text}");
        gate.open();
        let (first, second) = (leader.ends(), waiter.ends());
        assert!(Strong::ptr_eq(&first, &second) && first.0 == 1);
        assert!(Strong::ptr_eq(
            &map.get_or_insert_with(1, || unreachable!()),
            &first
        ));
        drop((first, second));
        assert!(map.is_empty());
    });
}

/// The hook runs where the panic is: nowhere within a lock, neither of what is made nor of those who wait.
#[test]
#[cfg_attr(miri, ignore = "the hook is everybody's")]
fn the_panic_hook_may_ask_for_what_is_being_made() {
    static MAP: LazyLock<Map> = LazyLock::new(map);
    static HOOKS: AtomicUsize = AtomicUsize::new(0);
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Local;
    thread_local! {
        static LOCAL: WeakValueMap<u32, Local> = WeakValueMap::new();
    }

    let test = test_path!(the_panic_hook_may_ask_for_what_is_being_made);
    does_not_hang(test, || {
        let gate = &Gate::new();
        let _made = Task::waiting(MAP.get_or_insert_with_async(1, || make_behind(gate, 1)));
        LOCAL.with(|local| {
            let _made = Task::waiting(local.get_or_insert_with_async(1, async || {
                gate.passed().await;
                Strong::new(Local)
            }));
            set_hook(Box::new(|_| {
                Task::new(only_ask(&MAP)).waits();
                LOCAL.with(|local| {
                    Task::new(local.get_or_insert_with_async(1, async || unreachable!())).waits();
                });
                HOOKS.fetch_add(1, SeqCst);
            }));
            let said = thrown(|| {
                MAP.get_or_insert_with(2, || MAP.get_or_insert_with(2, || unreachable!()))
            });
            assert!(said.contains(ITSELF), "{said}");
            let said = thrown(|| local.get_or_insert_with(1, || unreachable!()));
            assert!(said.contains("blocks the thread"), "{said}");
        });
        assert_eq!(HOOKS.load(SeqCst), 2);
    });
}

/// An `Eq` cannot wait for a construction, whose leader waits for the comparison to end.
#[test]
fn eq_that_awaits_what_is_being_made() {
    struct Awaits(u32, Option<&'static WeakValueMap<Awaits, Made, OneHash>>);
    impl PartialEq for Awaits {
        fn eq(&self, other: &Self) -> bool {
            if let Some(map) = self.1.or(other.1) {
                block_on(map.get_or_insert_with_async(Awaits(1, None), async || unreachable!()));
            }
            self.0 == other.0
        }
    }
    impl Eq for Awaits {}
    impl Hash for Awaits {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    static MAP: LazyLock<WeakValueMap<Awaits, Made, OneHash>> =
        LazyLock::new(|| WeakValueMap::with_hasher(OneHash));
    does_not_hang(test_path!(eq_that_awaits_what_is_being_made), || {
        let gate = Gate::new();
        let make = || make_behind(&gate, 1);
        let mut leader = Task::waiting(MAP.get_or_insert_with_async(Awaits(1, None), make));
        let text = thrown(|| MAP.get(&Awaits(1, Some(&MAP))));
        assert!(
            text.contains("changed while it compared its keys"),
            "{text}"
        );
        gate.open();
        assert_eq!(leader.ends().0, 1);
    });
}

/// It may not change the map, which stays whole: the construction fails, and the next one replaces what is left of it.
#[test]
fn eq_that_gives_up_or_ends_a_construction() {
    type Leader = Task<'static, Strong<Made>>;
    struct Acts(u32, Option<fn(Leader)>);
    impl PartialEq for Acts {
        fn eq(&self, other: &Self) -> bool {
            if let Some(act) = self.1.or(other.1)
                && let Some(leader) = LEADER.take()
            {
                act(leader);
            }
            self.0 == other.0
        }
    }
    impl Eq for Acts {}
    impl Hash for Acts {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    static MAP: LazyLock<WeakValueMap<Acts, Made, OneHash>> =
        LazyLock::new(|| WeakValueMap::with_hasher(OneHash));
    thread_local! {
        static LEADER: RefCell<Option<Leader>> = const { RefCell::new(None) };
    }

    does_not_hang(test_path!(eq_that_gives_up_or_ends_a_construction), || {
        let lead = || {
            let make = || async {
                yield_once().await;
                made(1)
            };
            let leader = Task::waiting(MAP.get_or_insert_with_async(Acts(1, None), make));
            LEADER.set(Some(leader));
            Task::waiting(MAP.get_or_insert_with_async(Acts(1, None), async || made(2)))
        };

        let mut waiter = lead();
        assert!(MAP.get(&Acts(1, Some(drop))).is_none());
        assert_eq!((MAP.len(), waiter.times_woken()), (0, 1));
        let object = waiter.ends();
        assert_eq!((object.0, MAP.len()), (2, 1));
        drop(object);

        let mut waiter = lead();
        let end = |mut leader: Leader| drop(leader.poll());
        let text = thrown(|| MAP.get(&Acts(1, Some(end))));
        assert!(
            text.contains("changed while it compared its keys"),
            "{text}"
        );
        assert_eq!((MAP.len(), waiter.times_woken()), (0, 1));
        // Others may replace it, too.
        let inserted = made(3);
        assert!(MAP.insert(Acts(1, None), &inserted).is_none());
        assert!(Strong::ptr_eq(&waiter.ends(), &inserted));
        assert_eq!(MAP.len(), 1);
        drop(inserted);
        assert!(MAP.is_empty());
    });
}

type Nested<'a> = Pin<Box<dyn Future<Output = Strong<Made>> + 'a>>;

/// Makes `key` out of all that are below it, in tasks that poll each other. The innermost asks for `outermost`.
fn nest(map: &WeakValueMap<u32, Made>, key: u32, outermost: u32) -> Nested<'_> {
    Box::pin(map.get_or_insert_with_async(key, move || async move {
        if key == 0 {
            let asks = map.get_or_insert_with_async(outermost, async || made(7));
            let text = thrown(|| block_on(asks));
            assert!(text.contains(ITSELF), "{text}");
            let text = thrown(|| map.get_or_insert_with(outermost, || made(7)));
            assert!(text.contains(ITSELF), "{text}");
            return made(0);
        }
        made(nest(map, key - 1, outermost).await.0 + 1)
    }))
}

/// As `constructors_nest_deep`.
#[test]
fn constructors_of_tasks_nest_deep() {
    does_not_hang(test_path!(constructors_of_tasks_nest_deep), || {
        let depth = u32::try_from(rounds(3_000, 20)).unwrap();
        let thread = thread::Builder::new().stack_size(1 << 30);
        let thread = thread.spawn(move || {
            let map = WeakValueMap::new();
            assert_eq!(block_on(nest(&map, depth, depth)).0, depth);
            assert!(map.is_empty());
        });
        thread.unwrap().join().unwrap();
    });
}
