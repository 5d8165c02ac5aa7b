//! Tasks that wait for constructions beside threads that do, and that are dropped at any of their polls.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::Poll;

use shuttle::future::{block_on, yield_now};
use shuttle::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

use crate::members::{Hashes, Key, Tally, Value, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    map: WeakValueMap<Key, Value, Hashes>,
    keys: Tally,
    values: Tally,
    /// Constructions under way, of each number.
    making: [AtomicUsize; 10],
}

type Held = Vec<Strong<Value>>;

/// That one makes a value, as long as this exists.
struct Making<'a>(&'a AtomicUsize);

impl<'a> Making<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        assert_eq!(count.fetch_add(1, Relaxed), 0, "one makes it");
        Self(count)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Runs a task to its end, or drops it after so many polls.
fn run<T>(task: impl Future<Output = T>, mut polls: usize) -> Option<T> {
    let mut task = pin!(task);
    block_on(poll_fn(|context| match task.as_mut().poll(context) {
        Poll::Ready(result) => Poll::Ready(Some(result)),
        Poll::Pending if polls == 0 => Poll::Ready(None),
        Poll::Pending => {
            if polls < usize::MAX {
                polls -= 1;
                context.waker().wake_by_ref();
            }
            Poll::Pending
        }
    }))
}

impl World {
    fn making(&self, number: u64) -> Making<'_> {
        Making::new(&self.making[usize::try_from(number).unwrap()])
    }

    fn value(&self, number: u64) -> Strong<Value> {
        Strong::new(self.values.value(number))
    }

    async fn ask(&self, number: u64) -> Strong<Value> {
        let make = || async {
            let making = self.making(number);
            yield_now().await;
            let value = self.value(number);
            drop(making);
            value
        };
        let key = self.keys.key(number);
        self.map.get_or_insert_with_async(key, make).await
    }

    async fn fail(&self, number: u64) -> Result<Strong<Value>, ()> {
        let make = || async {
            let _making = self.making(number);
            yield_now().await;
            Err(())
        };
        let key = self.keys.key(number);
        self.map.get_or_try_insert_with_async(key, make).await
    }

    fn step(&self, held: &mut Held) {
        let number = number();
        let key = || self.keys.key(number);
        match below(9) {
            0 | 1 => held.extend(run(self.ask(number), usize::MAX)),
            2 | 3 => held.extend(run(self.ask(number), below(3))),
            4 => held.extend(run(self.fail(number), below(3)).and_then(Result::ok)),
            5 => held.push(self.map.get_or_insert_with(key(), || {
                let _making = self.making(number);
                thread::yield_now();
                self.value(number)
            })),
            6 => {
                let new = self.value(number);
                held.extend(run(self.map.get_or_insert_async(key(), &new), below(3)));
            }
            _ => drop_one(held),
        }
    }
}

scenario!(
    mixed,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((3, 5), &world, World::step);
        for value in &held {
            let there = world.map.get(&value.number).expect("it is alive");
            assert!(Strong::ptr_eq(value, &there), "two live values of one key");
        }
        assert_eq!(world.keys.count(), world.map.len(), "all are buried");
        drop(held);
        let left = (world.map.len(), world.keys.count(), world.values.count());
        assert_eq!(left, (0, 0, 0));
    },
    finds = &[
        Bug::AnyEdition,
        Bug::AnyOfHash,
        Bug::FailureNotTold,
        Bug::TasksNotWoken
    ]
);
