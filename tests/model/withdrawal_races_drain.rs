//! One thread takes the notices of a graveyard out while another drops the entry of one of them:
//! the notice is reported, or withdrawn, never both; the unit is given back once.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref::watch::Graveyard;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

scenario!(
    dead_before,
    || {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Small::new());
        let entries = [graveyard.watch(&strong, 0), graveyard.watch(&strong, 1)];
        drop(strong);
        assert_eq!(graveyard.dead(), 2);
        let other = thread::spawn(move || drop(entries));
        let drained = std::iter::from_fn(|| graveyard.next_dead()).count();
        assert!(drained <= 2);
        assert_eq!(graveyard.dead(), 0);
        drop(graveyard);
        other.join().unwrap();
        assert_eq!(drops(), 1);
    },
    executions = [2942, 2942, 4732, 4936],
    finds = &[(Bug::UnitNotMoved, EVERY_WAY), (Bug::NoLock, EVERY_WAY)]
);

scenario!(
    dying_meanwhile,
    || {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Small::new());
        let entry = graveyard.watch(&strong, 7);
        let dying = thread::spawn(move || drop(strong));
        let removing = thread::spawn(move || drop(entry));
        let drained = graveyard.next_dead();
        assert!(drained.is_none_or(|notice| notice.token == 7));
        dying.join().unwrap();
        removing.join().unwrap();
        assert_eq!(graveyard.dead(), 0);
        assert_eq!(graveyard.next_dead(), None);
        drop(graveyard);
        assert_eq!(drops(), 1);
    },
    preemptions = Some(3),
    executions = [1695, 923, 947, 6832],
    finds = &[
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
        (Bug::PushOutsideLock, EVERY_WAY),
    ]
);
