//! R30. Deaths that take their own entries out of a free shard, without a notice, while others use the shard,
//! remove the entry, drop the owner, or die of the same shard.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::{Burial, Bury, Graveyard, Group, Shard, Wake, Watched};
use weakref::{Strong, SyncSlot, WeakReferenceable};

use crate::cells::{Small, drops};
use crate::explore::{EVERY_WAY, STALE};

/// What is inside: two places, and something that is changed.
struct Inside {
    entries: [Option<Watched<Small>>; 2],
    graveyard: Graveyard<SyncSlot>,
    changed: Small,
}

/// Dead entries: they count as a drop.
type Dead = ([Option<Watched<Small>>; 2], Small);

impl Bury for Inside {
    type Slot = SyncSlot;
    type Entry = Dead;

    fn take_dead(&mut self) -> Option<Dead> {
        self.changed.write();
        let notice = self.graveyard.next_dead()?;
        let entry = self.entries[usize::try_from(notice.token).unwrap()].take();
        Some(([entry, None], Small::new()))
    }

    fn has_dead(&self) -> bool {
        self.graveyard.has_notices()
    }
}

impl Inside {
    /// Takes both entries out if they are of one object, and one of them is told of.
    fn take_buried(&mut self, burial: &mut Burial<'_>) -> Option<Dead> {
        self.changed.write();
        let place = usize::try_from(burial.notice().token).unwrap();
        let entry = self.entries[place].as_ref()?;
        if !self.graveyard.bury(entry, burial) {
            return None;
        }
        let id = entry.id();
        let dead = self
            .entries
            .each_mut()
            .map(|entry| entry.take_if(|entry| entry.id() == id));
        Some((dead, Small::new()))
    }
}

struct Owner(Shard<Inside>);

impl WeakReferenceable for Owner {
    type Slot = SyncSlot;
}

impl Wake for Owner {
    fn wake(&self) {
        self.0.settle();
    }

    fn bury(&self, burial: &mut Burial<'_>) {
        self.0.bury(|inside| inside.take_buried(burial));
    }
}

fn owner_of(referents: [Option<&Strong<Small>>; 2]) -> Strong<Owner> {
    Strong::new_cyclic(|this| {
        let mut graveyard = Graveyard::waking(this);
        let mut token = 0;
        let entries = referents.map(|referent| {
            token += 1;
            Some(graveyard.watch(referent?, token - 1))
        });
        let inside = Inside {
            entries,
            graveyard,
            changed: Small::new(),
        };
        Owner(Shard::new(inside, Group::new()))
    })
}

/// Whether nothing is left, without having touched the lock before.
fn nothing_lingers(owner: Strong<Owner>, buried: usize) {
    assert_eq!(drops(), buried, "drops");
    owner.0.read(|inside| {
        assert!(inside.entries.iter().all(Option::is_none));
        assert_eq!(inside.graveyard.dead(), 0);
    });
    drop(owner);
}

scenario!(
    beside_a_reader,
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of([Some(&dying), None]);
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
    executions = [378, 733, 323, 3525],
    finds = &[
        (Bug::RelaxedBury, EVERY_WAY),
        (Bug::RelaxedReader, EVERY_WAY),
        (Bug::WriterAcquires, EVERY_WAY),
    ]
);

scenario!(
    beside_a_writer,
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of([Some(&dying), None]);
        let writer = {
            let owner = owner.clone();
            thread::spawn(move || owner.0.write(|inside| inside.changed.write()))
        };
        drop(dying);
        writer.join().unwrap();
        nothing_lingers(owner, 2);
    },
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
        let owner = owner_of([Some(&first), Some(&second)]);
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
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of([Some(&dying), None]);
        let other = thread::spawn(move || drop(dying));
        let removed = owner.0.write(|inside| inside.entries[0].take());
        drop(removed);
        other.join().unwrap();
        owner.0.read(|inside| {
            assert!(inside.entries.iter().all(Option::is_none));
            assert_eq!(inside.graveyard.dead(), 0);
        });
    },
    preemptions = Some(3),
    executions = [1611, 4954, 1376, 31_120],
    finds = &[(Bug::RelaxedShape, STALE), (Bug::UnitNotMoved, EVERY_WAY),]
);

scenario!(
    of_one_that_stands_twice,
    || {
        let strong = Strong::new(Small::new());
        let owner = owner_of([Some(&strong), Some(&strong)]);
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
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of([Some(&dying), None]);
        let other = thread::spawn(move || drop(dying));
        drop(owner);
        other.join().unwrap();
    },
    preemptions = Some(3),
    executions = [944, 3235, 972, 26_663],
    finds = &[
        (Bug::OwnerNotHeld, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY),
        (Bug::BuriedLeaves, EVERY_WAY),
    ]
);
