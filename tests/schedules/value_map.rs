//! The map of weakly held values.

use std::sync::Arc;

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
}

type Held = Vec<Strong<Value>>;

impl World {
    fn new_value(&self, number: u64) -> Strong<Value> {
        Strong::new(self.values.value(number))
    }

    /// All calls but those that construct.
    fn step(&self, held: &mut Held) {
        let (map, number) = (&self.map, number());
        let key = || self.keys.key(number);
        match below(14) {
            0 => held.extend(
                map.get(&number)
                    .inspect(|value| assert_eq!(value.number, number)),
            ),
            1 => assert!(map.len() <= 3 && !map.contains_key(&7)),
            2 | 3 => {
                let new = self.new_value(number);
                held.extend(map.insert(key(), &new));
                held.push(new);
            }
            4 => {
                let new = self.new_value(number);
                let there = map.try_insert(key(), &new).err();
                held.push(there.unwrap_or(new));
            }
            5 => held.extend(map.remove(&number)),
            6 => {
                let new = self.new_value(number);
                let replaced = map.replace_if(&number, &new, |old| old.number == number);
                held.extend(replaced.map(|_| new));
            }
            7 => map.retain(|key, value| {
                assert_eq!(key.number, value.number);
                value.number != number
            }),
            8 => held.extend(map.drain().into_iter().map(|(_, value)| value)),
            9 => {
                for (key, value) in map {
                    assert_eq!(key.number, value.number);
                }
            }
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
            let is_it = |value: &Strong<Value>| Strong::ptr_eq(value, &entry);
            assert!(held.iter().any(is_it), "dead, and still there");
            assert!(is_it(&self.map.get(&entry.number).unwrap()), "one a key");
        }
        drop(held);
        let left = (self.map.len(), self.keys.count(), self.values.count());
        assert_eq!(left, (0, 0, 0));
    }
}

/// Any calls.
fn mixed(size: (usize, usize)) {
    let world = Arc::<World>::default();
    let held = on_threads(size, &world, World::step);
    world.account(held);
}

/// Without removal: who is given a value under a key has the one that stands there.
fn one_for_all(size: (usize, usize)) {
    let world = Arc::<World>::default();
    let held = on_threads(size, &world, |world, held| match below(4) {
        0 | 1 => {
            let new = world.new_value(number());
            held.push(world.map.get_or_insert(world.keys.key(new.number), &new));
        }
        2 => held.extend(world.map.get(&number())),
        _ => drop_one(held),
    });
    for value in &held {
        let there = world.map.get(&value.number).expect("it is alive");
        assert!(Strong::ptr_eq(value, &there), "two live values of one key");
    }
    world.account(held);
}

scenario!(
    mixed_on_three,
    || mixed((3, 6)),
    finds = &[Bug::AnyEdition, Bug::PendingForgotten]
);

scenario!(
    mixed_on_four,
    || mixed((4, 4)),
    finds = &[
        Bug::AnyEdition,
        Bug::PendingForgotten,
        Bug::NoWakeOfShard,
        Bug::NoWake
    ]
);

scenario!(
    one_for_all_on_three,
    || one_for_all((3, 6)),
    finds = &[Bug::AnyEdition, Bug::AnyOfHash]
);

scenario!(
    many_die_at_once,
    || {
        let world = World::default();
        let values = crate::members::NUMBERS.map(|number| world.new_value(number));
        for value in &values {
            world.map.insert(world.keys.key(value.number), value);
        }
        let threads = values.map(|value| thread::spawn(move || drop(value)));
        let new = world.new_value(4);
        world.map.insert(world.keys.key(4), &new);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(world.keys.count(), 1, "all are buried");
        world.account(vec![new]);
    },
    finds = &[Bug::PendingForgotten, Bug::BuriesOne]
);

scenario!(
    retain_spares_what_came,
    || {
        let world = Arc::<World>::default();
        let (first, second) = (world.new_value(1), world.new_value(1));
        world.map.insert(world.keys.key(1), &first);
        let other = {
            let (world, first) = (world.clone(), first.clone());
            thread::spawn(move || world.map.retain(|_, value| !Strong::ptr_eq(value, &first)))
        };
        let dying = world.new_value(9);
        world.map.insert(world.keys.key(9), &dying);
        let another = thread::spawn(move || drop(dying));
        world.map.insert(world.keys.key(1), &second);
        other.join().unwrap();
        another.join().unwrap();
        assert!(Strong::ptr_eq(&world.map.get(&1).unwrap(), &second));
        world.account(vec![first, second]);
    },
    finds = &[Bug::AnyValue, Bug::AnyEdition]
);
