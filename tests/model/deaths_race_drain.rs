//! Two objects die on two threads while their container drains the graveyard: each notice arrives
//! once, with the token it was made with, and the count is right when nobody dies.

use loom::thread;
use weakref::__private::Bug;
use weakref::Strong;
use weakref::watch::Graveyard;

use crate::cells::{Small, drops};
use crate::explore::EVERY_WAY;

scenario!(
    passive_with_two_objects,
    || {
        let mut graveyard = Graveyard::new();
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        let mut entries = [
            Some(graveyard.watch(&first, 0)),
            Some(graveyard.watch(&second, 1)),
        ];
        let first = thread::spawn(move || drop(first));
        let second = thread::spawn(move || drop(second));
        let mut bury = |graveyard: &mut Graveyard<_>| {
            let notice = graveyard.next_dead()?;
            let place = usize::try_from(notice.token).unwrap();
            let entry = entries[place].take().expect("buried once");
            assert_eq!(entry.id(), notice.id);
            assert!(entry.upgrade().is_none());
            Some(())
        };
        let mut buried = usize::from(bury(&mut graveyard).is_some());
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(graveyard.dead(), 2 - buried);
        while bury(&mut graveyard).is_some() {
            buried += 1;
        }
        assert_eq!((buried, drops(), graveyard.dead()), (2, 2, 0));
    },
    preemptions = Some(3),
    executions = [1114, 62, 346, 6676],
    finds = &[(Bug::PushOverwrites, EVERY_WAY)]
);

scenario!(
    passive_with_a_removal,
    || {
        let mut graveyard = Graveyard::new();
        let (first, second) = (Strong::new(Small::new()), Strong::new(Small::new()));
        let removed = graveyard.watch(&first, 0);
        let kept = graveyard.watch(&second, 1);
        let first = thread::spawn(move || drop(first));
        let second = thread::spawn(move || drop(second));
        drop(removed);
        let buried = graveyard.next_dead();
        assert!(buried.is_none_or(|notice| notice.token == 1));
        first.join().unwrap();
        second.join().unwrap();
        assert_eq!(graveyard.dead(), usize::from(buried.is_none()));
        drop((kept, graveyard));
        assert_eq!(drops(), 2);
    },
    preemptions = Some(3),
    executions = [6978, 6439, 2537, 44_689],
    finds = &[
        (Bug::PushOutsideLock, EVERY_WAY),
        (Bug::UnitNotMoved, EVERY_WAY),
        (Bug::NoLock, EVERY_WAY),
    ]
);
