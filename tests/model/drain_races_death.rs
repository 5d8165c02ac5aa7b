//! A container takes the notice of a death out that is still under way, and gives up at once what the
//! notice was about: the entry, and then the graveyard, while the death still has the slot locked.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref::watch::Graveyard;

use crate::cells::{OneEntry, Small, drops, watched, watched_by_a_node};
use crate::explore::{EVERY_WAY, Hints, ORDERED, Ways};

/// A load of one thread hides another's here.
const NOT_LOAD_FIRST: Ways = &[Hints::Plain, Hints::ReadModifyWrite, Hints::Shadowed];

/// The dying thread has the only handle; the entry and the container go as soon as one looked.
fn race((mut graveyard, strong, entry): OneEntry) {
    let dying = thread::spawn(move || drop(strong));
    let drained = graveyard.next_dead();
    assert!(drained.is_none_or(|notice| notice.token == 7));
    assert!(drained.is_none() || graveyard.dead() == 0);
    drop(entry);
    drop(graveyard);
    dying.join().unwrap();
    assert_eq!(drops(), 1);
}

scenario!(
    inline,
    || race(watched()),
    preemptions = Some(3),
    executions = [734, 444, 336, 3499],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::CountedAfterPush, NOT_LOAD_FIRST),
        (Bug::RelaxedTake, NOT_LOAD_FIRST),
        (Bug::RelaxedPush, NOT_LOAD_FIRST),
        (Bug::TakenForAMoment, ORDERED),
        (Bug::PushOutsideLock, EVERY_WAY),
    ]
);

scenario!(
    of_a_node,
    || race(watched_by_a_node()),
    preemptions = Some(3),
    executions = [734, 885, 291, 3912],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::CountedAfterPush, NOT_LOAD_FIRST),
        (Bug::RelaxedTake, NOT_LOAD_FIRST),
        (Bug::RelaxedPush, NOT_LOAD_FIRST),
    ]
);

scenario!(
    of_both,
    || {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Small::new());
        let mut entries = [0, 1].map(|token| Some(graveyard.watch(&strong, token)));
        let dying = thread::spawn(move || drop(strong));
        if let Some(notice) = graveyard.next_dead() {
            // While the death still walks over its list.
            let place = usize::try_from(notice.token).unwrap();
            drop(entries[place].take());
        }
        drop(entries);
        drop(graveyard);
        dying.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [2502, 3922, 1014, 18_083],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::TakenForAMoment, ORDERED),
    ]
);
