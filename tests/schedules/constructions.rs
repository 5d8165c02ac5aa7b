//! Values that are made once for all who want them. Constructors fail by an error: while any thread unwinds, every lock
//! here is taken for poisoned.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use shuttle::sync::{Condvar, Mutex};
use shuttle::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::{WeakKeyMap, WeakValueMap};

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

impl World {
    fn new_value(&self, number: u64) -> Strong<Value> {
        Strong::new(self.values.value(number))
    }

    /// Asks for a value, which `make` makes while others look on, if there is none.
    fn ask<X>(
        &self,
        number: u64,
        make: impl FnOnce() -> Result<Strong<Value>, X>,
    ) -> Result<Strong<Value>, X> {
        self.map.get_or_try_insert_with(self.keys.key(number), || {
            thread::yield_now();
            make()
        })
    }

    /// Makes one, and says so if another does at the same time.
    fn make(&self, number: u64) -> Strong<Value> {
        let making = &self.making[usize::try_from(number).unwrap()];
        assert_eq!(making.fetch_add(1, Relaxed), 0, "one makes it");
        thread::yield_now();
        let made = self.new_value(number);
        making.fetch_sub(1, Relaxed);
        made
    }

    fn alone(&self, held: &mut Held) {
        let number = number();
        match below(7) {
            0..=2 => held.extend(self.ask(number, || Ok::<_, ()>(self.make(number)))),
            3 => held.extend(self.ask(number, || Err(()))),
            4 => held.extend(self.map.get(&number)),
            _ => drop_one(held),
        }
    }

    fn beside_insertions(&self, held: &mut Held) {
        let number = number();
        let key = || self.keys.key(number);
        match below(9) {
            0..=2 => held.extend(self.ask(number, || Ok::<_, ()>(self.new_value(number)))),
            3 => held.extend(self.ask(number, || Err(()))),
            4 => {
                let new = self.new_value(number);
                held.extend(self.map.insert(key(), &new));
                held.push(new);
            }
            5 => {
                let new = self.new_value(number);
                held.push(self.map.get_or_insert(key(), &new));
            }
            6 => held.extend(self.map.remove(&number)),
            7 => held.extend(self.map.drain().into_iter().map(|(_, value)| value)),
            _ => drop_one(held),
        }
    }

    /// Nothing is in the map but what is held, once, and then nothing.
    fn account(&self, held: Held) {
        let rows = self.keys.count();
        let entries: Vec<_> = self.map.values().collect();
        assert_eq!(
            (rows, self.map.len()),
            (entries.len(), entries.len()),
            "all are buried"
        );
        for entry in entries {
            assert!(held.iter().any(|value| Strong::ptr_eq(value, &entry)));
        }
        drop(held);
        let left = (self.map.len(), self.keys.count(), self.values.count());
        assert_eq!(left, (0, 0, 0));
    }
}

scenario!(
    alone,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((3, 5), &world, World::alone);
        for value in &held {
            let there = world.map.get(&value.number).expect("it is alive");
            assert!(Strong::ptr_eq(value, &there), "two live values of one key");
        }
        world.account(held);
    },
    finds = &[Bug::AnyEdition, Bug::AnyOfHash, Bug::FailureNotTold]
);

scenario!(
    beside_insertions,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((4, 4), &world, World::beside_insertions);
        world.account(held);
    },
    finds = &[Bug::FailureNotTold]
);

/// How many have looked for what is being made.
#[derive(Default)]
struct Looks(Mutex<usize>, Condvar);

/// A key; one that counts looks does so when it is compared, and what was compared with is what its call finds.
struct Looking(Key, Option<Arc<Looks>>);

impl PartialEq for Looking {
    fn eq(&self, other: &Self) -> bool {
        if let Some(Looks(count, more)) = self.1.as_deref() {
            *count.lock().unwrap() += 1;
            more.notify_all();
        }
        self.0 == other.0
    }
}

impl Eq for Looking {}

impl Hash for Looking {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.hash(hasher);
    }
}

type LookingMap = WeakValueMap<Looking, Value, Hashes>;

/// One makes a value, when two others have begun to wait for it; they ask `makes` if it fails.
fn while_others_wait(
    make: impl FnOnce() -> Result<Strong<Value>, ()>,
    makes: fn(&Tally) -> Strong<Value>,
    tally: &Tally,
) {
    let (map, looks) = (Arc::<LookingMap>::default(), Arc::<Looks>::default());
    let mut others = Vec::new();
    let ours = map.get_or_try_insert_with(Looking(tally.key(1), None), || {
        others.extend((0..2).map(|_| {
            let (map, tally) = (map.clone(), tally.clone());
            let key = Looking(tally.key(1), Some(looks.clone()));
            thread::spawn(move || map.get_or_insert_with(key, || makes(&tally)))
        }));
        let Looks(count, more) = &*looks;
        drop(
            more.wait_while(count.lock().unwrap(), |count| *count < 2)
                .unwrap(),
        );
        make()
    });
    drop(ours);
    let theirs: Vec<_> = others
        .into_iter()
        .map(|other| other.join().unwrap())
        .collect();
    assert!(Strong::ptr_eq(&theirs[0], &theirs[1]));
    drop(theirs);
    assert_eq!((map.len(), tally.count()), (0, 0));
}

scenario!(
    its_maker_drops_it,
    || {
        let tally = Tally::default();
        let make = || Ok(Strong::new(tally.value(1)));
        while_others_wait(make, |_| unreachable!("it is being made"), &tally);
    },
    finds = &[Bug::LandingNotKept]
);

scenario!(
    its_maker_fails,
    || while_others_wait(
        || Err(()),
        |tally| Strong::new(tally.value(1)),
        &Tally::default()
    ),
    finds = &[Bug::FailureNotTold, Bug::AnyEdition]
);

scenario!(
    another_is_put_in,
    || {
        let world = Arc::<World>::default();
        let new = world.new_value(1);
        let threads = [(); 2].map(|()| {
            let world = world.clone();
            thread::spawn(move || world.ask(1, || Ok::<_, ()>(world.new_value(1))).unwrap())
        });
        let replaced = world.map.insert(world.keys.key(1), &new);
        let mut held = threads.map(|thread| thread.join().unwrap()).to_vec();
        assert!(Strong::ptr_eq(&world.map.get(&1).unwrap(), &new));
        for value in &held {
            // It was asked for before the other came, or after.
            let is_it = |other: &Strong<Value>| Strong::ptr_eq(value, other);
            assert!(is_it(&new) || replaced.as_ref().is_some_and(is_it));
        }
        held.push(new);
        held.extend(replaced);
        world.account(held);
    },
    finds = &[Bug::NotOvertaken]
);

/// Of a map with values of its own.
#[derive(Default)]
struct Owned {
    map: WeakKeyMap<Value, Key, Hashes>,
    keys: Tally,
    values: Tally,
    making: [AtomicUsize; 10],
}

impl Owned {
    fn step(&self, held: &mut Held) {
        if held.is_empty() || below(4) == 0 {
            return held.push(Strong::new(self.keys.value(number())));
        }
        let key = &held[below(held.len())];
        let making = &self.making[usize::try_from(key.number).unwrap()];
        let make = || {
            assert_eq!(making.fetch_add(1, Relaxed), 0, "one makes it");
            thread::yield_now();
            making.fetch_sub(1, Relaxed);
            self.values.key(key.number)
        };
        match below(6) {
            0..=2 => assert_eq!(self.map.get_or_insert_with(key, make).number, key.number),
            3 => drop(self.map.get_or_try_insert_with(key, || Err(()))),
            _ => drop_one(held),
        }
    }
}

scenario!(
    under_weak_keys,
    || {
        let world = Arc::<Owned>::default();
        let held = on_threads((3, 6), &world, Owned::step);
        let rows = world.values.count();
        assert_eq!(rows, world.map.len(), "all are buried");
        for key in world.map.keys() {
            assert!(held.iter().any(|held| Strong::ptr_eq(held, &key)));
        }
        drop(held);
        let left = (world.map.len(), world.keys.count(), world.values.count());
        assert_eq!(left, (0, 0, 0));
    },
    finds = &[Bug::AnyCompared, Bug::FailureNotTold]
);
