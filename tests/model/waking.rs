//! Graveyards that wake their owner: the notice of a death is kept back while callbacks run, and the
//! owner, the entry and the graveyard may go meanwhile.

use loom::sync::Mutex;
use loom::thread;
use weakref::__private::Bug;
use weakref::watch::{Graveyard, Wake, Watched};
use weakref::{Strong, SyncSlot, WeakReferenceable};

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

/// A container of two places that buries when it is woken.
struct Owner(Mutex<Inside>);

struct Inside {
    entries: [Option<Watched<Small>>; 2],
    graveyard: Graveyard<SyncSlot>,
}

impl WeakReferenceable for Owner {
    type Slot = SyncSlot;
}

impl Wake for Owner {
    fn wake(&self) {
        let mut inside = self.0.lock().unwrap();
        while let Some(notice) = inside.graveyard.next_dead() {
            let place = usize::try_from(notice.token).unwrap();
            // None if it was taken out just now, and is about to be dropped.
            let entry = inside.entries[place].take();
            assert!(entry.is_none_or(|entry| !entry.is_alive()));
        }
    }
}

impl Owner {
    fn of(referents: [Option<&Strong<Small>>; 2]) -> Strong<Self> {
        Strong::new_cyclic(|this| {
            let mut graveyard = Graveyard::waking(this);
            let mut token = 0;
            let entries = referents.map(|referent| {
                token += 1;
                Some(graveyard.watch(referent?, token - 1))
            });
            Self(Mutex::new(Inside { entries, graveyard }))
        })
    }

    fn entries(&self) -> usize {
        self.0.lock().unwrap().entries.iter().flatten().count()
    }
}

scenario!(
    two_objects,
    || {
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        let owner = Owner::of([Some(&first), Some(&second)]);
        let other = thread::spawn(move || drop(first));
        drop(second);
        other.join().unwrap();
        assert_eq!((owner.entries(), drops()), (0, 2), "nothing lingers");
    },
    preemptions = Some(2),
    executions = [555, 1001, 142, 1970],
    finds = &[(Bug::PushOverwrites, EVERY_WAY)]
);

scenario!(
    one_object_twice,
    || {
        let strong = Strong::new(Small::new());
        let owner = Owner::of([Some(&strong), Some(&strong)]);
        let other = thread::spawn(move || drop(strong));
        let removed = owner.0.lock().unwrap().entries[1].take();
        drop(removed);
        other.join().unwrap();
        assert_eq!((owner.entries(), drops()), (0, 1));
    },
    preemptions = Some(3),
    executions = [13_289, 23_198, 1128, 110_188],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);

scenario!(
    owner_goes,
    || {
        let strong = Strong::new(Small::new());
        let owner = Owner::of([Some(&strong), None]);
        let other = thread::spawn(move || drop(strong));
        drop(owner);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [2811, 6704, 994, 58_056],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::GraveNotCounted, EVERY_WAY),
    ]
);

scenario!(
    removal,
    || {
        let strong = Strong::new(Small::new());
        let owner = Owner::of([Some(&strong), None]);
        let other = thread::spawn(move || drop(strong));
        let removed = owner.0.lock().unwrap().entries[0].take();
        drop(removed);
        other.join().unwrap();
        assert_eq!((owner.entries(), drops()), (0, 1));
        assert_eq!(owner.0.lock().unwrap().graveyard.dead(), 0);
    },
    preemptions = Some(3),
    executions = [2472, 4206, 763, 26_976],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);
