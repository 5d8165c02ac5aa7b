//! One object per value.

use std::sync::Arc;

use weakref::__private::Bug;
use weakref::{Object, Strong};
use weakref_containers::shared::Interner;

use crate::members::{Hashes, Tally, Value, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    interner: Interner<Value, Hashes>,
    values: Tally,
}

impl World {
    fn step(&self, held: &mut Vec<Strong<Object<Value>>>) {
        let value = || Object(self.values.value(number()));
        match below(5) {
            0 | 1 => {
                let value = value();
                let make =
                    |value: &Object<Value>| Strong::new(Object(self.values.value(value.number)));
                held.push(self.interner.intern_with(&value, make));
            }
            2 => held.extend(self.interner.get(&value())),
            _ => drop_one(held),
        }
    }
}

fn run(size: (usize, usize)) {
    let world = Arc::<World>::default();
    let held = on_threads(size, &world, World::step);
    let objects: Vec<_> = world.interner.iter().collect();
    assert_eq!(objects.len(), world.interner.len());
    for object in &held {
        let equal = || objects.iter().filter(|other| **other == *object);
        assert!(Strong::ptr_eq(equal().next().unwrap(), object));
        assert_eq!(equal().count(), 1, "one object per value");
    }
    drop((objects, held));
    assert_eq!((world.interner.len(), world.values.count()), (0, 0));
}

scenario!(
    three_threads,
    || run((3, 8)),
    finds = &[Bug::AnyCompared, Bug::AnyOfHash]
);

scenario!(
    four_threads,
    || run((4, 5)),
    finds = &[Bug::AnyCompared, Bug::AnyOfHash]
);
