//! The map and the interner with a strong tier: what is in the one is in the other.

use std::sync::Arc;

use weakref::__private::Bug;
use weakref::{Object, Strong};
use weakref_containers::shared::{Interner, StrongTier, WeakValueMap};

use crate::members::{Hashes, Key, Tally, Value, below, drop_one, number, on_threads};

struct World {
    map: WeakValueMap<Key, Value, Hashes>,
    keys: Tally,
    values: Tally,
}

type Held = Vec<Strong<Value>>;

impl World {
    fn new(capacity: usize) -> Arc<Self> {
        let policy = StrongTier::entries(capacity);
        Arc::new(Self {
            map: WeakValueMap::with_strong_tier_and_hasher(policy, Hashes::default()),
            keys: Tally::default(),
            values: Tally::default(),
        })
    }

    fn insert(&self, value: &Strong<Value>) -> Option<Strong<Value>> {
        self.map.insert(self.keys.key(value.number), value)
    }

    fn step(&self, held: &mut Held) {
        let (map, number) = (&self.map, number());
        let new = || Strong::new(self.values.value(number));
        match below(12) {
            0 | 1 => held.extend(map.get(&number)),
            2 => held.extend(self.insert(&new())),
            // The same again, which another may take out meanwhile.
            3 | 4 => {
                if let Some(value) = held.first() {
                    self.insert(value);
                }
            }
            5 => held.push(map.get_or_insert_with(self.keys.key(number), new)),
            6 => drop(map.replace_if(&number, &new(), |_| true)),
            7 | 8 => held.extend(map.remove(&number)),
            9 => map.clear(),
            10 => map.clear_strong_tier(),
            _ => drop_one(held),
        }
    }

    /// Without owners, each value is kept alive by the tier, and stands in the map.
    fn account(&self) {
        let kept = self.map.strong_tier_len();
        assert_eq!((self.map.len(), self.values.count()), (kept, kept));
        assert_eq!(self.keys.count(), kept);
        self.map.clear_strong_tier();
        assert_eq!((self.keys.count(), self.values.count()), (0, 0));
    }
}

fn mixed(capacity: usize, size: (usize, usize)) {
    let world = World::new(capacity);
    drop(on_threads(size, &world, World::step));
    world.account();
}

/// Nothing is evicted: what stands in the map in the end is kept, too, though its owners have gone.
fn same_value_comes_and_goes(size: (usize, usize)) {
    let world = World::new(8);
    let value = Strong::new(world.values.value(1));
    world.insert(&value);
    drop(on_threads(size, &world, |world, _: &mut Held| {
        // A lookup would put back what was lost.
        match below(2) {
            0 => drop(world.map.remove(&1)),
            _ => {
                // Somebody's handle, if it still stands there.
                if let Some(value) = world.map.values().next() {
                    world.map.remove(&1);
                    world.insert(&value);
                }
            }
        }
    }));
    assert_eq!(world.map.strong_tier_len(), world.map.len());
    drop(value);
    world.account();
}

scenario!(
    mixed_on_three,
    || mixed(8, (3, 5)),
    finds = &[Bug::KeptUnseen]
);

scenario!(
    mixed_on_four_with_evictions,
    || mixed(1, (4, 4)),
    finds = &[Bug::KeptUnseen]
);

scenario!(
    same_value_comes_and_goes_on_three,
    || same_value_comes_and_goes((3, 3)),
    schedules = 60_000,
    finds = &[Bug::NotLetGo]
);

scenario!(
    of_an_interner,
    || {
        let policy = StrongTier::entries(2);
        let world = Arc::new((
            Interner::<Value, Hashes>::with_strong_tier_and_hasher(policy, Hashes::default()),
            Tally::default(),
        ));
        let held = on_threads((3, 6), &world, |(interner, values), held| {
            let value = Object(values.value(number()));
            let make = |value: &Object<Value>| Strong::new(Object(values.value(value.number)));
            match below(5) {
                0 | 1 => held.push(interner.intern_with(&value, make)),
                2 => drop(interner.get(&value)),
                3 => interner.clear_strong_tier(),
                _ => drop_one(held),
            }
        });
        let (interner, values) = &*world;
        for object in &held {
            assert!(Strong::ptr_eq(object, &interner.get(&**object).unwrap()));
        }
        drop(held);
        let kept = interner.strong_tier_len();
        assert_eq!((values.count(), interner.len()), (kept, kept));
        interner.clear_strong_tier();
        assert_eq!((values.count(), interner.len()), (0, 0));
    },
    finds = &[Bug::AnyCompared, Bug::AnyOfHash]
);
