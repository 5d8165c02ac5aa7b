//! The sets of weakly held members, by value and by identity.

use std::sync::Arc;

use shuttle::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref_containers::shared::{IdentityWeakSet, WeakSet};

use crate::members::{Hashes, Tally, Value, below, drop_one, number, on_threads};

#[derive(Default)]
struct World {
    set: WeakSet<Value, Hashes>,
    identity: IdentityWeakSet<Value>,
    values: Tally,
}

type Held = Vec<Strong<Value>>;

impl World {
    fn new_value(&self, number: u64) -> Strong<Value> {
        Strong::new(self.values.value(number))
    }

    fn step(&self, held: &mut Held) {
        let (set, number) = (&self.set, number());
        match below(12) {
            0 => held.extend(set.get(&number)),
            1 | 2 => {
                let new = self.new_value(number);
                held.extend(set.replace(&new));
                held.push(new);
            }
            3 => held.push(set.get_or_insert_with(&number, |&number| self.new_value(number))),
            4 => held.extend(set.take(&number)),
            5 => set.retain(|member| member.number != number),
            6 => held.extend(set.drain()),
            7 => held.extend(set.iter().next()),
            8 => {
                for member in &*held {
                    self.identity.insert(member);
                }
            }
            9 => {
                let removed = held.first().map(|member| self.identity.take(member));
                held.extend(removed.flatten());
            }
            _ => drop_one(held),
        }
    }

    /// Nothing is in the sets but what is held, once, and then nothing.
    fn account(&self, held: Held) {
        let members: Vec<_> = self.set.iter().collect();
        assert_eq!(self.set.len(), members.len());
        for member in members.into_iter().chain(self.identity.iter()) {
            let is_it = |value: &Strong<Value>| Strong::ptr_eq(value, &member);
            assert!(held.iter().any(is_it), "dead, and still there");
        }
        for member in &self.set {
            assert!(Strong::ptr_eq(
                &self.set.get(&member.number).unwrap(),
                &member
            ));
        }
        drop(held);
        assert_eq!(
            (self.set.len(), self.identity.len(), self.values.count()),
            (0, 0, 0)
        );
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

scenario!(
    equal_members_come_as_one_dies,
    || {
        let world = Arc::<World>::default();
        let dying = world.new_value(1);
        world.set.insert(&dying);
        let drops_it = thread::spawn(move || drop(dying));
        let others = [(); 2].map(|()| {
            let world = world.clone();
            thread::spawn(move || {
                let member = world.new_value(1);
                drop(world.set.replace(&member));
                member
            })
        });
        drops_it.join().unwrap();
        let held = others.map(|other| other.join().unwrap()).to_vec();
        assert_eq!(world.set.len(), 1, "one for equal members");
        world.account(held);
    },
    finds = &[Bug::AnyCompared]
);
