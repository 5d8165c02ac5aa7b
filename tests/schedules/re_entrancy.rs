//! Keys and values whose drops use the map that they die in.

use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Weak};

use weakref::__private::Bug;
use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use crate::members::{Hashes, Tally, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    map: WeakValueMap<Key, Value, Hashes>,
    keys: Tally,
    values: Tally,
}

/// What both have: the drop of one that was not made in a drop does something.
struct Busy {
    number: u64,
    world: Option<Weak<World>>,
    _counted: Tally,
}

struct Key(Busy);

#[derive(WeakReferenceable)]
struct Value(#[expect(dead_code, reason = "drops")] Busy);

impl Drop for Busy {
    fn drop(&mut self) {
        let world = self.world.as_ref().and_then(Weak::upgrade);
        let Some(World { map, keys, values }) = world.as_deref() else {
            return;
        };
        let number = number();
        match below(5) {
            0 => drop(map.get(&number)),
            1 => drop(map.remove(&self.number)),
            2 => {
                let new = Strong::new(Value(Busy::new(number, values, None)));
                drop(map.insert(Key(Busy::new(number, keys, None)), &new));
            }
            3 => drop(map.drain()),
            _ => assert!(map.len() <= 3),
        }
    }
}

impl Busy {
    fn new(number: u64, tally: &Tally, world: Option<Weak<World>>) -> Self {
        Self {
            number,
            world,
            _counted: tally.clone(),
        }
    }
}

impl Borrow<u64> for Key {
    fn borrow(&self) -> &u64 {
        &self.0.number
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0.number == other.0.number
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.0.number.hash(hasher);
    }
}

fn step(world: &Arc<World>, held: &mut Vec<Strong<Value>>) {
    let number = number();
    let busy = |tally| Busy::new(number, tally, Some(Arc::downgrade(world)));
    let new = || Strong::new(Value(busy(&world.values)));
    let key = Key(busy(&world.keys));
    match below(6) {
        0 | 1 => {
            let new = new();
            drop(world.map.insert(key, &new));
            held.push(new);
        }
        2 => held.push(world.map.get_or_insert_with(key, new)),
        3 => held.extend(world.map.remove(&number)),
        _ => drop_one(held),
    }
}

scenario!(
    mixed,
    || {
        let world = Arc::<World>::default();
        let held = on_threads((3, 4), &Arc::new(world.clone()), step);
        let rows = world.keys.count();
        assert_eq!(rows, world.map.len(), "all are buried");
        drop(held);
        let left = (world.map.len(), world.keys.count(), world.values.count());
        assert_eq!(left, (0, 0, 0));
    },
    finds = &[Bug::AnyEdition, Bug::BuriesOne, Bug::NoWakeOfShard]
);
