//! Containers that go with all they hold while their members die, by whichever thread leaves last.

use std::sync::Arc;

use shuttle::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::{IdentityWeakSet, WeakPairMap, WeakValueMap};

use crate::members::{Hashes, Key, Tally, Value, below};

#[derive(Default)]
struct World {
    map: WeakValueMap<Key, Value, Hashes>,
    pairs: WeakPairMap<Value, Value, Hashes>,
    set: IdentityWeakSet<Value>,
}

scenario!(
    last_one_out,
    || {
        let (keys, values) = (Tally::default(), Tally::default());
        let world = Arc::<World>::default();
        let held: Vec<_> = [1, 2, 9]
            .map(|number| Strong::new(values.value(number)))
            .into();
        for value in &held {
            world.map.insert(keys.key(value.number), value);
            world.pairs.insert(value, &held[0]);
            world.set.insert(value);
        }
        let threads: Vec<_> = held
            .into_iter()
            .map(|value| {
                let (world, keys) = (Arc::clone(&world), keys.clone());
                thread::spawn(move || {
                    let other = world.map.get(&9);
                    if below(2) == 0 {
                        drop(world.map.insert(keys.key(2), &value));
                    }
                    if below(2) == 0 {
                        drop(value);
                        drop(world);
                    } else {
                        drop(world);
                        drop(value);
                    }
                    drop(other);
                })
            })
            .collect();
        drop(world);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!((keys.count(), values.count()), (0, 0));
    },
    finds = &[Bug::NoWake]
);
