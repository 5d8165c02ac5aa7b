//! The map of weakly held keys, whose values go with them.

use std::collections::HashSet;
use std::sync::Arc;

use shuttle::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::WeakKeyMap;

use crate::members::{Hashes, Key, Tally, Value, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    map: WeakKeyMap<Value, Key, Hashes>,
    keys: Tally,
    values: Tally,
}

/// Keys: some stand in the map, some equal those.
type Held = Vec<Strong<Value>>;

impl World {
    fn step(&self, held: &mut Held) {
        let (map, number) = (&self.map, number());
        let value = || self.values.key(number);
        if held.is_empty() || below(4) == 0 {
            return held.push(Strong::new(self.keys.value(number)));
        }
        let key = &held[below(held.len())];
        let same = |value: &Key| assert_eq!(value.number, number);
        match below(11) {
            0 => drop(map.get(&number).inspect(same)),
            1 | 2 => drop(map.insert(key, self.values.key(key.number))),
            3 => drop(map.get_or_insert(key, self.values.key(key.number))),
            4 => drop(map.remove(&number).map(|value| same(&value))),
            5 => drop(map.replace_if(&number, value(), |_| true)),
            6 => drop(map.update(&number, |old| self.values.key(old.number))),
            7 => map.retain(|key, value| {
                assert_eq!(key.number, value.number);
                key.number != number
            }),
            8 => drop(map.drain()),
            _ => drop_one(held),
        }
    }

    /// Nothing is in the map but what is held, once, and then nothing.
    fn account(&self, held: Held) {
        let rows = self.values.count();
        let entries: Vec<_> = self.map.keys().collect();
        assert_eq!(
            (rows, self.map.len()),
            (entries.len(), entries.len()),
            "all are buried"
        );
        let numbers: HashSet<_> = entries.iter().map(|key| key.number).collect();
        assert_eq!(numbers.len(), entries.len(), "one for equal keys");
        for entry in entries {
            let is_it = |key: &Strong<Value>| Strong::ptr_eq(key, &entry);
            assert!(held.iter().any(is_it), "dead, and still there");
            assert_eq!(self.map.get(&entry.number).unwrap().number, entry.number);
        }
        drop(held);
        let left = (self.map.len(), self.keys.count(), self.values.count());
        assert_eq!(left, (0, 0, 0));
    }
}

scenario!(
    mixed,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((3, 6), &world, World::step);
        world.account(held);
    },
    finds = &[Bug::AnyCompared, Bug::PendingForgotten, Bug::NoWakeOfShard]
);

scenario!(
    equal_keys_come_as_one_dies,
    || {
        let world = Arc::<World>::default();
        let dying = Strong::new(world.keys.value(1));
        world.map.insert(&dying, world.values.key(1));
        let drops_it = thread::spawn(move || drop(dying));
        let others = [(); 2].map(|()| {
            let world = world.clone();
            thread::spawn(move || {
                let key = Strong::new(world.keys.value(1));
                drop(world.map.insert(&key, world.values.key(1)));
                key
            })
        });
        drops_it.join().unwrap();
        let held = others.map(|other| other.join().unwrap()).to_vec();
        assert_eq!(world.map.len(), 1, "one for equal keys");
        world.account(held);
    },
    finds = &[Bug::AnyCompared, Bug::DeadReplaced]
);
