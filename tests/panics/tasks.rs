//! Tasks that wait for one construction: whatever panics, each that still waits is woken when it ends, and can go on.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use weakref::{LocalSlot, Strong, SyncSlot};
use weakref_containers::shared::{WeakKeyMap, WeakPairMap, WeakValueMap};

use crate::items::{Build, Item, Key, Query, Refused, item, user};
use crate::scripts;
use crate::shared::Anywhere;
use crate::suite::Suite;
use crate::world::{Tag, tick};

/// What a waker points at: who is woken, and the user's code.
struct Bell {
    woken: Rc<Cell<bool>>,
    #[expect(dead_code, reason = "its end is user code")]
    tag: Tag,
}

impl Bell {
    fn waker(woken: &Rc<Cell<bool>>) -> Waker {
        let bell = Box::new(Self {
            woken: Rc::clone(woken),
            tag: Tag::new(),
        });
        // SAFETY: the table's functions take and make boxes of this type. The waker stays on this thread.
        unsafe { Waker::from_raw(RawWaker::new(Box::into_raw(bell).cast(), &TABLE)) }
    }

    /// # Safety
    ///
    /// (1) `bell` is of a waker that is alive.
    unsafe fn at<'a>(bell: *const ()) -> &'a Self {
        // SAFETY: (1): from a box that its waker frees.
        unsafe { &*bell.cast::<Self>() }
    }

    /// # Safety
    ///
    /// (1) `bell` is of a waker that ends here.
    unsafe fn end(bell: *const ()) -> Self {
        // SAFETY: (1): from a box, and nobody else frees it.
        let bell = unsafe { Box::from_raw(bell.cast::<Self>().cast_mut()) };
        *bell
    }
}

const TABLE: RawWakerVTable = RawWakerVTable::new(
    |bell| {
        tick();
        // SAFETY: the waker is alive.
        let bell = unsafe { Bell::at(bell) };
        let new = Box::new(Bell {
            woken: Rc::clone(&bell.woken),
            tag: Tag::new(),
        });
        RawWaker::new(Box::into_raw(new).cast(), &TABLE)
    },
    |bell| {
        // SAFETY: the waker ends here.
        let bell = unsafe { Bell::end(bell) };
        bell.woken.set(true);
        tick();
    },
    |bell| {
        // SAFETY: the waker is alive.
        unsafe { Bell::at(bell) }.woken.set(true);
        tick();
    },
    |bell| {
        // SAFETY: the waker ends here.
        drop(unsafe { Bell::end(bell) });
    },
);

type Future = Pin<Box<dyn std::future::Future<Output = ()>>>;

/// A task. One whose poll panicked is over.
struct Task {
    future: Option<Future>,
    woken: Rc<Cell<bool>>,
    is_polled: bool,
}

impl Task {
    fn new(future: impl std::future::Future<Output = ()> + 'static) -> Self {
        Self {
            future: Some(Box::pin(future)),
            woken: Rc::new(Cell::new(true)),
            is_polled: false,
        }
    }

    fn poll(&mut self) {
        let Some(future) = &mut self.future else {
            return;
        };
        self.woken.set(false);
        let waker = Bell::waker(&self.woken);
        self.is_polled = true;
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        self.is_polled = false;
        if polled.is_ready() {
            // Its parameters may panic too.
            drop(self.future.take());
        }
    }
}

/// Waits once: it is woken at once, and is polled again.
async fn once() {
    let mut is_first = true;
    std::future::poll_fn(move |context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

struct Kit<M> {
    tasks: Vec<Task>,
    map: Rc<M>,
    kept: Vec<Box<dyn std::any::Any>>,
}

impl<M> Kit<M> {
    /// Polls each in turn until all are done, or until none can go on.
    fn run(&mut self) {
        for _ in 0..8 {
            for task in &mut self.tasks {
                if task.woken.get() {
                    task.poll();
                }
            }
        }
    }
}

/// The script: all are polled, so that the later ones wait for the first; then all run to their ends.
fn act<M>(kit: &mut Kit<M>) {
    for task in &mut kit.tasks {
        task.poll();
    }
    kit.run();
}

fn check<M>(kit: &mut Kit<M>) {
    for task in &mut kit.tasks {
        if task.is_polled {
            // Its poll panicked. What leads and is given up wakes the others.
            drop(task.future.take());
        }
    }
    kit.run();
    let hang = kit
        .tasks
        .iter()
        .filter(|task| task.future.is_some())
        .count();
    assert_eq!(hang, 0, "tasks that hang");
    kit.kept.clear();
}

type Values<S> = WeakValueMap<Key, Item<S>, Build>;

fn values<S: Anywhere>() -> Kit<Values<S>> {
    let map = Rc::new(Values::<S>::with_hasher(Build::new()));
    let tasks = (0..4)
        .map(|number| {
            let map = Rc::clone(&map);
            Task::new(async move {
                let make = user(move || async move {
                    once().await;
                    tick();
                    item(number)
                });
                drop(map.get_or_insert_with_async(Key::new(5), make).await);
            })
        })
        .collect();
    Kit {
        tasks,
        map,
        kept: Vec::new(),
    }
}

/// The first is refused, the second leads then; the third and the fourth have a value.
fn refused<S: Anywhere>() -> Kit<Values<S>> {
    let mut kit = values::<S>();
    let map = Rc::clone(&kit.map);
    kit.tasks[0] = Task::new(async move {
        let make = user(|| async {
            once().await;
            tick();
            Err(Refused(Tag::new()))
        });
        drop(map.get_or_try_insert_with_async(Key::new(5), make).await);
    });
    let there = item::<S>(60);
    for index in 2..4 {
        let (map, value) = (Rc::clone(&kit.map), there.clone());
        kit.tasks[index] = Task::new(async move {
            if index == 2 {
                drop(map.try_insert_async(Key::new(5), &value).await);
            } else {
                drop(map.get_or_insert_async(Key::new(5), &value).await);
            }
        });
    }
    kit
}

/// Another inserts while it is made.
fn overtaken<S: Anywhere>() -> Kit<Values<S>> {
    let mut kit = values::<S>();
    let map = Rc::clone(&kit.map);
    kit.tasks[0] = Task::new(async move {
        let within = Rc::clone(&map);
        let make = user(move || async move {
            once().await;
            let value = item(61);
            drop(within.insert(Key::new(5), &value));
            let made = item(60);
            // Before the result is in its place: what a panic of this drop does to it is the constructor's own affair.
            drop(value);
            made
        });
        drop(map.get_or_insert_with_async(Key::new(5), make).await);
    });
    kit
}

fn check_values<S: Anywhere>(kit: &mut Kit<Values<S>>) {
    check(kit);
    assert_eq!(kit.map.len(), 0, "nobody has a value");
    let value = item(1);
    drop(kit.map.insert(Key::new(5), &value));
    assert!(kit.map.remove(&Query(5)).is_some());
}

type Keys<S> = WeakKeyMap<Item<S>, Key, Build>;

fn keys<S: Anywhere>() -> Kit<Keys<S>> {
    let map = Rc::new(Keys::<S>::with_hasher(Build::new()));
    let key = item::<S>(5);
    let tasks = (0..4)
        .map(|number| {
            let (map, key): (_, Strong<Item<S>>) = (Rc::clone(&map), key.clone());
            Task::new(async move {
                match number {
                    0 => {
                        let make = user(|| async {
                            once().await;
                            Err(Refused(Tag::new()))
                        });
                        drop(map.get_or_try_insert_with_async(&key, make).await);
                    }
                    1 => {
                        let make = user(|| async {
                            once().await;
                            Key::new(60)
                        });
                        drop(map.get_or_insert_with_async(&key, make).await);
                    }
                    2 => drop(map.try_insert_async(&key, Key::new(61)).await),
                    _ => drop(map.get_or_insert_async(&key, Key::new(62)).await),
                }
            })
        })
        .collect();
    Kit {
        tasks,
        map,
        kept: vec![Box::new(key)],
    }
}

type Pairs<S> = WeakPairMap<Item<S>, Item<S>, Build>;

fn pairs<S: Anywhere>() -> Kit<Pairs<S>> {
    let map = Rc::new(Pairs::<S>::with_hasher(Build::new()));
    let (key, value) = (item::<S>(5), item::<S>(6));
    let tasks = (0..4)
        .map(|number| {
            let (map, key, value) = (Rc::clone(&map), key.clone(), value.clone());
            Task::new(async move {
                match number {
                    0 => {
                        let make = user(|| async {
                            once().await;
                            Err(Refused(Tag::new()))
                        });
                        drop(map.get_or_try_insert_with_async(&key, make).await);
                    }
                    1 => {
                        let make = user(|| async {
                            once().await;
                            item(60)
                        });
                        drop(map.get_or_insert_with_async(&key, make).await);
                    }
                    2 => drop(map.try_insert_async(&key, &value).await),
                    _ => drop(map.get_or_insert_async(&key, &value).await),
                }
            })
        })
        .collect();
    Kit {
        tasks,
        map,
        kept: vec![Box::new((key, value))],
    }
}

fn all<S: Anywhere>(subject: &'static str) {
    let mut suite = Suite::new(subject);
    scripts! { suite, Kit<Values<S>>, [values::<S>, refused::<S>, overtaken::<S>], check_values::<S>;
        "run" => |k| act(k);
        "last first" => |k| { k.tasks.reverse(); act(k); };
        "leader given up" => |k| { for task in &mut k.tasks { task.poll(); } drop(k.tasks.remove(0)); k.run(); };
        "waiter given up" => |k| { for task in &mut k.tasks { task.poll(); } drop(k.tasks.pop()); k.run(); };
        "waiters polled again" => |k| { for _ in 0..2 { for task in &mut k.tasks[1..] { task.poll(); } k.tasks[0].poll(); } k.run(); };
        "overtaken by an insertion" => |k| { for task in &mut k.tasks { task.poll(); } let value = item(7); drop(k.map.insert(Key::new(5), &value)); k.run(); };
        "cleared meanwhile" => |k| { for task in &mut k.tasks { task.poll(); } k.map.clear(); k.run(); };
    }
    scripts! { suite, Kit<Keys<S>>, [keys::<S>], check;
        "run keys" => |k| act(k);
        "keys, leader given up" => |k| { for task in &mut k.tasks { task.poll(); } drop(k.tasks.remove(0)); k.run(); };
    }
    scripts! { suite, Kit<Pairs<S>>, [pairs::<S>], check;
        "run pairs" => |k| act(k);
        "pairs, leader given up" => |k| { for task in &mut k.tasks { task.poll(); } drop(k.tasks.remove(0)); k.run(); };
    }
    suite.finish(15);
}

#[test]
fn of_sync() {
    all::<SyncSlot>("tasks and sync objects");
}

#[test]
fn of_local() {
    all::<LocalSlot>("tasks and local objects");
}
