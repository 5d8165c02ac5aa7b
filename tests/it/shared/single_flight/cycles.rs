//! Constructions that would wait for themselves, and those that only look so.

use super::*;
use crate::support::below;

#[test]
fn own_key_from_within_itself() {
    does_not_hang(test_path!(own_key_from_within_itself), || {
        let map = map();
        let asks: [fn(&Map); 3] = [
            |map| drop(map.get_or_insert_with(1, || made(2))),
            |map| drop(map.try_insert(1, &made(2))),
            |map| drop(map.get_or_insert(1, &made(2))),
        ];
        for ask in asks {
            let text = thrown(|| {
                map.get_or_insert_with(1, || {
                    ask(&map);
                    made(1)
                })
            });
            assert!(text.contains(ITSELF), "{text}");
            assert!(map.is_empty());
        }
        // Through another key, and caught: the outer one goes on.
        let object = map.get_or_insert_with(1, || {
            let text =
                thrown(|| map.get_or_insert_with(2, || map.get_or_insert_with(1, || made(1))));
            assert!(text.contains(ITSELF), "{text}");
            made(3)
        });
        assert_eq!((object.0, map.len()), (3, 1));
    });
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local;

#[test]
fn own_key_from_within_itself_on_one_thread() {
    does_not_hang(test_path!(own_key_from_within_itself_on_one_thread), || {
        let map = WeakValueMap::<u32, Local>::new();
        let text = thrown(|| {
            map.get_or_insert_with(1, || map.get_or_insert_with(1, || Strong::new(Local)))
        });
        assert!(text.contains(ITSELF), "{text}");
        let object = map.get_or_insert_with(1, || Strong::new(Local));
        assert_eq!(map.len(), 1);
        drop(object);
        assert!(map.is_empty());
    });
}

/// Thread n makes key n out of key n + 1, and the last out of the first. Somebody is told, and then all can go on.
fn ring(threads: u32) {
    for _ in 0..rounds(50, 2) {
        // Two maps: a cycle may go through several.
        let maps = [map(), map()];
        let map_of = |key: u32| &maps[key as usize % 2];
        let meet = Barrier::new(threads as usize);
        let texts: Vec<_> = thread::scope(|scope| {
            let spawn = |key| {
                let (map_of, meet) = (&map_of, &meet);
                scope.spawn(move || {
                    let next = (key + 1) % threads;
                    let inner = || {
                        meet.wait();
                        let _next = map_of(next).get_or_insert_with(next, || made(next));
                        made(key)
                    };
                    let outer = || map_of(key).get_or_insert_with(key, inner);
                    catch_unwind(AssertUnwindSafe(outer))
                        .map_err(|payload| *payload.downcast::<&'static str>().unwrap())
                        .err()
                })
            };
            let all: Vec<_> = (0..threads).map(spawn).collect();
            all.into_iter()
                .filter_map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(!texts.is_empty() && texts.iter().all(|text| text.contains(ITSELF)));
        assert!(maps.iter().all(WeakValueMap::is_empty));
    }
}

#[test]
fn cycle_of_two_threads() {
    does_not_hang(test_path!(cycle_of_two_threads), || ring(2));
}

#[test]
fn cycle_of_three_threads() {
    does_not_hang(test_path!(cycle_of_three_threads), || ring(3));
}

/// As a ring of three, but each thread comes to the next key through constructions of keys of its own.
#[test]
fn cycle_of_threads_through_constructions_within() {
    does_not_hang(
        test_path!(cycle_of_threads_through_constructions_within),
        || {
            const THREADS: u32 = 3;
            for _ in 0..rounds(50, 2) {
                let map = map();
                let meet = Barrier::new(THREADS as usize);
                let outcomes = thread::scope(|scope| {
                    let spawn = |key: u32| {
                        let (map, meet) = (&map, &meet);
                        let own = move |step: u32| 10 * (key + 1) + step;
                        let innermost = move || {
                            meet.wait();
                            let next = (key + 1) % THREADS;
                            let _next = map.get_or_insert_with(next, || made(next));
                            made(own(2))
                        };
                        let middle = move || {
                            let _own = map.get_or_insert_with(own(2), innermost);
                            made(own(1))
                        };
                        let outer = move || {
                            let _own = map.get_or_insert_with(own(1), middle);
                            made(key)
                        };
                        scope.spawn(move || {
                            catch_unwind(AssertUnwindSafe(|| map.get_or_insert_with(key, outer)))
                                .map_err(|payload| *payload.downcast::<&'static str>().unwrap())
                        })
                    };
                    let all: Vec<_> = (0..THREADS).map(spawn).collect();
                    let join = |thread: thread::ScopedJoinHandle<'_, _>| thread.join().unwrap();
                    all.into_iter().map(join).collect::<Vec<_>>()
                });
                let texts: Vec<_> = outcomes
                    .iter()
                    .filter_map(|made| made.as_ref().err())
                    .collect();
                assert!(!texts.is_empty() && texts.iter().all(|text| text.contains(ITSELF)));
                drop(outcomes);
                assert!(map.is_empty());
            }
        },
    );
}

/// Others have the inserted value, but the outer constructor waits for the inner one's code all the same.
#[test]
fn own_key_from_within_one_that_others_ended() {
    does_not_hang(
        test_path!(own_key_from_within_one_that_others_ended),
        || {
            let map = map();
            let inserted = made(7);
            let object = map.get_or_insert_with(1, || {
                let inner = map.get_or_insert_with(2, || {
                    map.insert(2, &inserted);
                    let text = thrown(|| map.get_or_insert_with(1, || made(2)));
                    assert!(text.contains(ITSELF), "{text}");
                    made(3)
                });
                assert!(Strong::ptr_eq(&inner, &inserted));
                made(1)
            });
            assert_eq!((object.0, map.len()), (1, 2));
        },
    );
}

/// A key whose drop does something.
struct Acts(u32, Option<Box<dyn Fn() + Send + Sync>>);

impl PartialEq for Acts {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Acts {}

impl Hash for Acts {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Drop for Acts {
    fn drop(&mut self) {
        if let Some(action) = &self.1 {
            action();
        }
    }
}

/// Enters two entries and lets the values die: the first one's key runs `action` when it is buried, which leaves the second
/// dead and unburied. That one's key runs `next`.
fn bury_one_of_two(
    map: &WeakValueMap<Acts, Made, OneHash>,
    action: impl Fn() + Send + Sync + 'static,
    next: impl Fn() + Send + Sync + 'static,
) {
    let second = made(101);
    map.insert(Acts(101, Some(Box::new(next))), &second);
    let dying = Mutex::new(Some(second));
    // So far below the first death that its own is queued.
    let buried = move || {
        below(400, &mut || drop(dying.lock().unwrap().take()));
        action();
    };
    let first = made(100);
    map.insert(Acts(100, Some(Box::new(buried))), &first);
    drop(first);
}

/// Of an entry that died unburied, whose successor is made: it is dropped when that stands in its place.
#[test]
#[cfg_attr(miri, ignore = "the stack is not measured there")]
fn drop_of_what_was_there_asks_for_the_key() {
    static MAP: LazyLock<WeakValueMap<Acts, Made, OneHash>> =
        LazyLock::new(|| WeakValueMap::with_hasher(OneHash));
    does_not_hang(test_path!(drop_of_what_was_there_asks_for_the_key), || {
        let (tell, told) = mpsc::channel();
        let ask = || MAP.get_or_insert_with(Acts(101, None), || made(1));
        let inner = move || tell.send(ask().0).unwrap();
        bury_one_of_two(&MAP, move || assert_eq!(ask().0, 1), inner);
        assert!(told.iter().eq([1]));
        assert!(MAP.is_empty());
    });
}

/// What dies meanwhile is buried when all know how a construction has ended. Its key asks for one that has waited for
/// this construction: it gets that, unless who waited was faster and buries it, in the midst of making just that.
#[test]
#[cfg_attr(miri, ignore = "the stack is not measured there")]
fn burial_at_the_end_of_a_construction() {
    static MAP: LazyLock<WeakValueMap<Acts, Made, OneHash>> =
        LazyLock::new(|| WeakValueMap::with_hasher(OneHash));
    does_not_hang(test_path!(burial_at_the_end_of_a_construction), || {
        for fails in [false, true] {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let (ended, has_ended) = mpsc::channel();
            let (tell, told) = mpsc::channel();
            let first = thread::spawn(move || {
                let first = MAP.get_or_try_insert_with(Acts(1, None), || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    if fails { Err(()) } else { Ok(made(1)) }
                });
                ended.send(()).unwrap();
                first
            });
            is_started.recv().unwrap();
            let (asks, is_asking) = mpsc::channel();
            let second = thread::spawn(move || {
                MAP.get_or_insert_with(Acts(2, None), || {
                    asks.send(()).unwrap();
                    let first = MAP.get_or_insert_with(Acts(1, None), || made(3));
                    made(first.0 + 1)
                })
            });
            is_asking.recv().unwrap();
            linger();
            let has_ended = Mutex::new(has_ended);
            bury_one_of_two(
                &MAP,
                move || {
                    go_on.send(()).unwrap();
                    has_ended.lock().unwrap().recv().unwrap();
                },
                move || {
                    let ask = || MAP.get_or_insert_with(Acts(2, None), || made(4)).0;
                    let asked = catch_unwind(ask).map_err(text_of);
                    tell.send(asked).unwrap();
                },
            );
            let (told, value) = (told.iter().collect::<Vec<_>>(), if fails { 4 } else { 2 });
            assert!(
                matches!(&told[..], [Ok(number)] if *number == value)
                    || matches!(&told[..], [Err(text)] if text.contains(ITSELF)),
                "{told:?}"
            );
            let (first, second) = (first.join().unwrap(), second.join().unwrap());
            assert_eq!((first.is_err(), second.0), (fails, value));
            drop((first, second));
            assert!(MAP.is_empty());
        }
    });
}

/// Keys in one order need no cycle: nobody is told of one.
#[test]
fn chains_of_keys_are_no_cycle() {
    does_not_hang(test_path!(chains_of_keys_are_no_cycle), || {
        fn chain(map: &Map, key: u32) -> Strong<Made> {
            map.get_or_insert_with(key, || {
                let next = (key < 5).then(|| chain(map, key + 1));
                thread::yield_now();
                drop(next);
                made(key)
            })
        }
        let map = map();
        thread::scope(|scope| {
            for first in 0..4 {
                let map = &map;
                scope.spawn(move || {
                    for _ in 0..rounds(500, 3) {
                        assert_eq!(chain(map, first).0, first);
                    }
                });
            }
        });
        assert!(map.is_empty());
    });
}

/// An `Eq` cannot wait for a construction: its leader waits for the comparison to end.
#[test]
fn eq_that_asks_for_what_is_being_made() {
    does_not_hang(test_path!(eq_that_asks_for_what_is_being_made), || {
        struct Asks(u32, Option<&'static WeakValueMap<Asks, Made, OneHash>>);
        impl PartialEq for Asks {
            fn eq(&self, other: &Self) -> bool {
                if let Some(map) = self.1.or(other.1) {
                    map.get_or_insert_with(Asks(1, None), || made(2));
                }
                self.0 == other.0
            }
        }
        impl Eq for Asks {}
        impl Hash for Asks {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        static MAP: LazyLock<WeakValueMap<Asks, Made, OneHash>> =
            LazyLock::new(|| WeakValueMap::with_hasher(OneHash));
        let object = thread::scope(|scope| {
            let (started, is_started) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel::<()>();
            let leader = scope.spawn(move || {
                MAP.get_or_insert_with(Asks(1, None), || {
                    started.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    made(1)
                })
            });
            is_started.recv().unwrap();
            let text = thrown(|| MAP.get(&Asks(1, Some(&MAP))));
            assert!(
                text.contains("changed while it compared its keys"),
                "{text}"
            );
            go_on.send(()).unwrap();
            leader.join().unwrap()
        });
        assert_eq!((object.0, MAP.len()), (1, 1));
    });
}

/// Makes `key` out of all that are below it. The innermost constructor asks for `outermost`.
fn nest(map: &WeakValueMap<u32, Made>, key: u32, outermost: u32) -> Strong<Made> {
    map.get_or_insert_with(key, || {
        if key == 0 {
            let text = thrown(|| map.get_or_insert_with(outermost, || made(7)));
            assert!(text.contains(ITSELF), "{text}");
            return made(0);
        }
        made(nest(map, key - 1, outermost).0 + 1)
    })
}

/// Each costs what one costs, however deep: this took minutes once.
#[test]
fn constructors_nest_deep() {
    does_not_hang(test_path!(constructors_nest_deep), || {
        let depth = u32::try_from(rounds(3_000, 20)).unwrap();
        let thread = thread::Builder::new().stack_size(512 << 20);
        let thread = thread.spawn(move || {
            let map = WeakValueMap::new();
            assert_eq!(nest(&map, depth, depth).0, depth);
            assert!(map.is_empty());
        });
        thread.unwrap().join().unwrap();
    });
}
