//! The map of two weakly held sides, whose rows die twice.

use std::sync::Arc;

use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::WeakPairMap;

use crate::members::{Hashes, Tally, Value, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    map: WeakPairMap<Value, Value, Hashes>,
    tally: Tally,
}

/// Keys and values alike.
type Held = Vec<Strong<Value>>;

impl World {
    fn step(&self, held: &mut Held) {
        let (map, number) = (&self.map, number());
        let new = || Strong::new(self.tally.value(number));
        if held.is_empty() || below(4) == 0 {
            return held.push(new());
        }
        let (key, value) = (&held[below(held.len())], &held[below(held.len())]);
        match below(10) {
            0 => held.extend(map.get(&number)),
            1..=3 => {
                let old = map.insert(key, value);
                held.extend(old);
            }
            4 => {
                let there = map.get_or_insert_with(key, new);
                held.push(there);
            }
            5 => held.extend(map.remove(&number)),
            6 => held.extend(map.replace_if(&number, value, |_| true)),
            7 => held.extend(map.drain().into_iter().map(|(_, value)| value)),
            _ => drop_one(held),
        }
    }

    /// Nothing is in the map but what is held, once, and then nothing.
    fn account(&self, held: Held) {
        let entries: Vec<_> = self.map.iter().collect();
        assert_eq!(self.map.len(), entries.len());
        for (key, value) in entries {
            let is_held = |one: &Strong<Value>| held.iter().any(|held| Strong::ptr_eq(held, one));
            assert!(is_held(&key) && is_held(&value), "dead, and still there");
            assert!(Strong::ptr_eq(&self.map.get(&key.number).unwrap(), &value));
        }
        drop(held);
        assert_eq!((self.map.len(), self.tally.count()), (0, 0));
    }
}

scenario!(
    mixed,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((3, 6), &world, World::step);
        world.account(held);
    },
    finds = &[Bug::AnyCompared, Bug::NoWakeOfShard]
);
