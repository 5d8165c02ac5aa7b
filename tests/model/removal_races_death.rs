//! A container removes an entry, and goes, while the entry's object dies: the removal is in time,
//! or the notice takes the entry's weak unit over, or it was drained before.

use loom::thread;
use weakref::__private::Bug;
use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef};

use crate::cells::{Capture, Small, calls, drops, watched};
use crate::explore::{EVERY_WAY, STALE};

scenario!(
    inline,
    || {
        let (mut graveyard, strong, entry) = watched();
        let other = thread::spawn(move || drop(strong));
        drop(entry);
        assert_eq!(graveyard.dead(), 0);
        assert_eq!(graveyard.next_dead(), None);
        drop(graveyard);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    preemptions = Some(6),
    executions = [4216, 6269, 5680, 97_837],
    finds = &[
        (Bug::PushOutsideLock, EVERY_WAY),
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::RelaxedUnlock, STALE),
    ]
);

scenario!(
    second_container,
    || {
        let (mut first, mut second) = (Graveyard::new(), Graveyard::new());
        let strong = Strong::new(Small::new());
        let kept = first.watch(&strong, 1);
        let entry = second.watch(&strong, 2);
        let other = thread::spawn(move || drop(strong));
        drop(entry);
        assert_eq!(second.next_dead(), None);
        drop(second);
        other.join().unwrap();
        assert_eq!(first.next_dead().map(|notice| notice.token), Some(1));
        drop(kept);
        assert_eq!(drops(), 1);
    },
    preemptions = Some(6),
    executions = [4216, 13_814, 5002, 125_411],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);

scenario!(
    carried_by_a_callback,
    || {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Small::new());
        let mut capture = Capture::new();
        WeakRef::with_callback(&strong, move |_| capture.call()).forget();
        let entry = graveyard.watch(&strong, 7);
        let other = thread::spawn(move || drop(strong));
        drop(entry);
        drop(graveyard);
        other.join().unwrap();
        assert_eq!((calls(), drops()), (1, 2));
    },
    preemptions = Some(5),
    executions = [4127, 9571, 6842, 381_190],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);
