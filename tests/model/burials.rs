//! R30. Deaths that take their own entries out of a free shard, without a notice, while others use the shard,
//! remove the entry, drop the owner, or die of the same shard.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;

use crate::cells::{Plain, Small};
use crate::explore::{EVERY_WAY, STALE};
use crate::owners::{Member, nothing_lingers, owner_of};

fn beside_a_writer<V: Member + 'static>(dying: Strong<V>, buried: usize) {
    let owner = owner_of::<true, _>([Some(&dying), None]);
    let writer = {
        let owner = owner.clone();
        thread::spawn(move || owner.0.write(|inside| inside.changed.write()))
    };
    drop(dying);
    writer.join().unwrap();
    nothing_lingers(owner, buried);
}

fn of_what_is_removed<V: Member + 'static>(dying: Strong<V>) {
    let owner = owner_of::<true, _>([Some(&dying), None]);
    let other = thread::spawn(move || drop(dying));
    let removed = owner.0.write(|inside| inside.entries[0].take());
    drop(removed);
    other.join().unwrap();
    owner.0.read(|inside| {
        assert!(inside.entries.iter().all(Option::is_none));
        assert_eq!(inside.graveyard.dead(), 0);
    });
}

fn whose_owner_goes<V: Member + 'static>(dying: Strong<V>) {
    let owner = owner_of::<true, _>([Some(&dying), None]);
    let other = thread::spawn(move || drop(dying));
    drop(owner);
    other.join().unwrap();
}

scenario!(
    beside_a_reader,
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of::<true, _>([Some(&dying), None]);
        let reader = {
            let owner = owner.clone();
            thread::spawn(move || {
                owner.0.read(|inside| {
                    inside.changed.read();
                    for entry in inside.entries.iter().flatten() {
                        drop(entry.upgrade());
                    }
                });
            })
        };
        drop(dying);
        reader.join().unwrap();
        nothing_lingers(owner, 2);
    },
    preemptions = Some(3),
    executions = [770, 2737, 496, 12_951],
    finds = &[
        (Bug::RelaxedBury, EVERY_WAY),
        (Bug::RelaxedReader, EVERY_WAY),
        (Bug::WriterAcquires, EVERY_WAY),
    ]
);

scenario!(
    beside_a_writer,
    || beside_a_writer(Strong::new(Small::new()), 2),
    preemptions = Some(3),
    executions = [139, 197, 156, 982],
    finds = &[
        (Bug::PendingForgotten, EVERY_WAY),
        (Bug::RelaxedBury, EVERY_WAY),
        (Bug::WriterAcquires, EVERY_WAY),
    ]
);

scenario!(
    of_two,
    || {
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        let owner = owner_of::<true, _>([Some(&first), Some(&second)]);
        let other = thread::spawn(move || drop(first));
        drop(second);
        other.join().unwrap();
        nothing_lingers(owner, 4);
    },
    preemptions = Some(2),
    executions = [109, 241, 87, 475],
    finds = &[(Bug::BuriesOne, EVERY_WAY), (Bug::RelaxedBury, EVERY_WAY),]
);

scenario!(
    of_what_is_removed,
    || of_what_is_removed(Strong::new(Small::new())),
    preemptions = Some(3),
    executions = [5253, 10_322, 1455, 64_365],
    finds = &[(Bug::RelaxedShape, STALE), (Bug::UnitNotMoved, EVERY_WAY),]
);

scenario!(
    of_one_that_stands_twice,
    || {
        let strong = Strong::new(Small::new());
        let owner = owner_of::<true, _>([Some(&strong), Some(&strong)]);
        let other = {
            let strong = strong.clone();
            thread::spawn(move || drop(strong))
        };
        drop(strong);
        other.join().unwrap();
        nothing_lingers(owner, 2);
    },
    preemptions = Some(2),
    executions = [4, 4, 4, 4],
    finds = &[(Bug::ToldLocked, EVERY_WAY)]
);

scenario!(
    owner_goes,
    || whose_owner_goes(Strong::new(Small::new())),
    preemptions = Some(3),
    executions = [2810, 6714, 995, 58_128],
    finds = &[
        (Bug::OwnerNotHeld, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY),
        (Bug::BuriedLeaves, EVERY_WAY),
    ]
);

/// Of a value that needs no drop: the notice is not counted while it is kept back.
fn plain() -> Strong<Plain<0>> {
    Strong::new(Plain::new())
}

scenario!(
    of_a_plain_one_beside_a_writer,
    || beside_a_writer(plain(), 1),
    preemptions = Some(3),
    executions = [139, 197, 156, 982],
    finds = &[
        (Bug::PendingForgotten, EVERY_WAY),
        (Bug::HeldUncounts, EVERY_WAY),
        (Bug::HeldNeverCounted, EVERY_WAY),
    ]
);

scenario!(
    of_a_plain_one_that_is_removed,
    || of_what_is_removed(plain()),
    preemptions = Some(3),
    executions = [5172, 10_146, 1434, 63_235],
    finds = &[
        (Bug::RelaxedShape, STALE),
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::HeldUncounts, EVERY_WAY),
    ]
);

scenario!(
    of_a_plain_one_whose_owner_goes,
    || whose_owner_goes(plain()),
    preemptions = Some(3),
    executions = [2807, 6682, 988, 57_937],
    finds = &[
        (Bug::OwnerNotHeld, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY),
        (Bug::BuriedLeaves, EVERY_WAY),
    ]
);
