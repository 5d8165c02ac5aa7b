//! The lock of a shared container's shard, and the burials of those who pass through it: nothing is
//! stranded, everything is buried once, nobody waits for ever.

use loom::sync::atomic::AtomicUsize;
use loom::sync::atomic::Ordering::Relaxed;
use loom::sync::mpsc::{Receiver, channel};
use loom::sync::{Arc, Mutex};
use loom::thread;
use weakref::__private::Bug;
use weakref::watch::{Bury, Group, Shard};
use weakref::{Strong, SyncSlot};

use crate::cells::Small;
use crate::explore::{EVERY_WAY, LOADED, PLAIN, STALE};
use crate::owners::{change, look, nothing_lingers, owner_of};

scenario!(
    a_notice_and_a_reader,
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of::<false, _>([Some(&dying), None]);
        let reader = {
            let owner = owner.clone();
            thread::spawn(move || owner.0.read(look))
        };
        drop(dying);
        reader.join().unwrap();
        nothing_lingers(owner, 2);
    },
    preemptions = Some(3),
    executions = [1869, 6016, 645, 19_717],
    finds = &[
        (Bug::RelaxedShard, EVERY_WAY),
        (Bug::RelaxedEnter, EVERY_WAY),
        (Bug::SettleReleases, EVERY_WAY),
        (Bug::SettleAcquires, LOADED),
        (Bug::RelaxedAddition, EVERY_WAY),
        (Bug::RelaxedReader, EVERY_WAY),
        (Bug::WriterAcquires, EVERY_WAY),
        (Bug::BurierAcquires, PLAIN),
    ]
);

scenario!(
    a_notice_and_a_writer,
    || {
        let dying = Strong::new(Small::new());
        let owner = owner_of::<false, _>([Some(&dying), None]);
        let writer = {
            let owner = owner.clone();
            thread::spawn(move || owner.0.write(change))
        };
        drop(dying);
        writer.join().unwrap();
        nothing_lingers(owner, 2);
    },
    preemptions = Some(3),
    executions = [537, 175, 180, 1055],
    finds = &[
        (Bug::PendingForgotten, EVERY_WAY),
        (Bug::RelaxedShard, EVERY_WAY),
        (Bug::WriterReleases, LOADED),
    ]
);

/// Only the word: a counter of notices beside it, and no objects, so that it is explored to its end.
struct Bare {
    notices: Arc<AtomicUsize>,
    buried: usize,
}

impl Bury for Bare {
    type Slot = SyncSlot;
    type Entry = ();

    fn take_dead(&mut self) -> Option<()> {
        // A death only adds.
        if self.notices.fetch_add(0, Relaxed) == 0 {
            return None;
        }
        self.notices.fetch_sub(1, Relaxed);
        self.buried += 1;
        Some(())
    }

    fn has_dead(&self) -> bool {
        self.notices.load(Relaxed) != 0
    }
}

fn bare() -> (Arc<Shard<Bare>>, Arc<AtomicUsize>) {
    bare_in(Group::new())
}

fn bare_in(group: Group) -> (Arc<Shard<Bare>>, Arc<AtomicUsize>) {
    let notices = Arc::new(AtomicUsize::new(0));
    let inside = Bare {
        notices: notices.clone(),
        buried: 0,
    };
    (Arc::new(Shard::new(inside, group)), notices)
}

/// Leaves a notice, as a death does.
fn leave(shard: &Shard<Bare>, notices: &AtomicUsize) {
    notices.fetch_add(1, Relaxed);
    shard.settle();
}

fn all_buried(notices: &AtomicUsize, shard: &Shard<Bare>, buried: usize) {
    let stranded = notices.load(Relaxed);
    assert_eq!(stranded, 0, "stranded");
    assert_eq!(shard.read(|inside| inside.buried), buried);
}

scenario!(
    word_two_notices_and_a_reader,
    || {
        let (shard, notices) = bare();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (shard, notices) = (shard.clone(), notices.clone());
                thread::spawn(move || leave(&shard, &notices))
            })
            .collect();
        shard.read(|_| ());
        for other in others {
            other.join().unwrap();
        }
        all_buried(&notices, &shard, 2);
    },
    preemptions = Some(2),
    executions = [4082, 4082, 323, 7023],
    finds = &[(Bug::LookBeforeFlag, STALE)]
);

scenario!(
    word_two_notices_and_a_writer,
    || {
        let (shard, notices) = bare();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let (shard, notices) = (shard.clone(), notices.clone());
                thread::spawn(move || leave(&shard, &notices))
            })
            .collect();
        shard.write(|_| ());
        for other in others {
            other.join().unwrap();
        }
        all_buried(&notices, &shard, 2);
    },
    preemptions = Some(2),
    executions = [3557, 3557, 448, 10_230],
    finds = &[
        (Bug::LookBeforeFlag, STALE),
        (Bug::PendingForgotten, EVERY_WAY),
        (Bug::BuriesOne, EVERY_WAY),
    ]
);

scenario!(
    word_a_notice_and_two_readers,
    || {
        let (shard, notices) = bare();
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let shard = shard.clone();
                thread::spawn(move || shard.read(|_| ()))
            })
            .collect();
        leave(&shard, &notices);
        for reader in readers {
            reader.join().unwrap();
        }
        all_buried(&notices, &shard, 1);
    },
    preemptions = Some(3),
    executions = [20_023, 20_023, 3060, 75_138],
    finds = &[(Bug::RelaxedShard, EVERY_WAY)]
);

scenario!(
    word_a_notice_a_writer_and_a_reader,
    || {
        let (shard, notices) = bare();
        let writer = {
            let shard = shard.clone();
            thread::spawn(move || shard.write(|_| ()))
        };
        // Its unit may be all that the death finds, after the writer in whose way it was has gone.
        let reader = {
            let shard = shard.clone();
            thread::spawn(move || shard.look(|_| ()))
        };
        leave(&shard, &notices);
        writer.join().unwrap();
        reader.join().unwrap();
        all_buried(&notices, &shard, 1);
    },
    preemptions = Some(2),
    executions = [5033, 5033, 354, 13_248],
    finds = &[(Bug::StepsBackBlindly, EVERY_WAY)]
);

scenario!(
    word_notices_in_two_shards_read_at_a_time,
    || {
        let group = Group::new();
        let (one, in_one) = bare_in(group);
        let (other, in_other) = bare_in(group);
        let reader = {
            let (one, other) = (one.clone(), other.clone());
            thread::spawn(move || Shard::read_many([&*one, &*other], |_| ()))
        };
        let dying = {
            let (other, in_other) = (other.clone(), in_other.clone());
            thread::spawn(move || leave(&other, &in_other))
        };
        leave(&one, &in_one);
        reader.join().unwrap();
        dying.join().unwrap();
        all_buried(&in_one, &one, 1);
        all_buried(&in_other, &other, 1);
    },
    preemptions = Some(2),
    executions = [714, 714, 212, 1808],
    finds = &[(Bug::StepsBackBlindly, EVERY_WAY)]
);

scenario!(
    word_writers_and_a_reader_wait,
    || {
        let (shard, notices) = bare();
        let writer = {
            let shard = shard.clone();
            thread::spawn(move || shard.write(|inside| inside.buried += 1))
        };
        let reader = {
            let shard = shard.clone();
            thread::spawn(move || shard.read(|inside| assert!(inside.buried <= 2)))
        };
        shard.write(|inside| inside.buried += 1);
        writer.join().unwrap();
        reader.join().unwrap();
        all_buried(&notices, &shard, 2);
    },
    preemptions = Some(2),
    executions = [4126, 4126, 306, 9405],
    finds = &[
        (Bug::NoWakeOfShard, EVERY_WAY),
        (Bug::RelaxedShard, EVERY_WAY),
    ]
);

scenario!(
    a_reader_reads_again_while_a_writer_waits,
    || {
        let (shard, notices) = bare();
        let writer = {
            let shard = shard.clone();
            thread::spawn(move || shard.write(|inside| inside.buried += 1))
        };
        shard.read(|_| shard.read(|inside| assert!(inside.buried <= 1)));
        writer.join().unwrap();
        all_buried(&notices, &shard, 1);
    },
    preemptions = Some(5),
    executions = [629, 629, 129, 1640],
    finds = &[(Bug::NoWakeOfShard, EVERY_WAY)]
);

/// What is buried reads, changes and settles the shard it stood in, whose word alone it shares.
struct Nested {
    notices: Arc<AtomicUsize>,
    buried: usize,
    /// Its drops are no part of the model.
    shard: std::sync::Weak<Shard<Self>>,
}

struct Uses(std::sync::Weak<Shard<Nested>>);

impl Drop for Uses {
    fn drop(&mut self) {
        let shard = self.0.upgrade().expect("who buries holds it");
        shard.write(|inside| inside.buried += 1);
    }
}

impl Bury for Nested {
    type Slot = SyncSlot;
    type Entry = Uses;

    fn take_dead(&mut self) -> Option<Uses> {
        if self.notices.fetch_add(0, Relaxed) == 0 {
            return None;
        }
        self.notices.fetch_sub(1, Relaxed);
        Some(Uses(self.shard.clone()))
    }
}

scenario!(
    word_what_is_buried_uses_the_shard,
    || {
        let notices = Arc::new(AtomicUsize::new(0));
        let shard = std::sync::Arc::new_cyclic(|shard| {
            let inside = Nested {
                notices: notices.clone(),
                buried: 0,
                shard: shard.clone(),
            };
            Shard::new(inside, Group::new())
        });
        let other = {
            let (shard, notices) = (shard.clone(), notices.clone());
            thread::spawn(move || {
                notices.fetch_add(1, Relaxed);
                shard.settle();
            })
        };
        // Two at a time, the second of which a burial inside the first leaves alone.
        notices.fetch_add(2, Relaxed);
        shard.settle();
        other.join().unwrap();
        assert_eq!(notices.load(Relaxed), 0, "stranded");
        shard.read(|inside| assert_eq!(inside.buried, 3));
    },
    preemptions = Some(2),
    executions = [2065, 2065, 364, 14_433],
    finds = &[(Bug::BuriesOne, EVERY_WAY), (Bug::RelaxedBurial, EVERY_WAY)]
);

/// What is buried waits for another thread.
struct Awaiting(Option<Awaits>);

struct Awaits(Mutex<Receiver<()>>);

impl Drop for Awaits {
    fn drop(&mut self) {
        self.0.lock().unwrap().recv().unwrap();
    }
}

impl Bury for Awaiting {
    type Slot = SyncSlot;
    type Entry = Awaits;

    fn take_dead(&mut self) -> Option<Awaits> {
        self.0.take()
    }
}

scenario!(
    word_what_is_buried_in_one_waits_for_a_writer_of_another,
    || {
        let group = Group::new();
        let other = Arc::new(Shard::new(Awaiting(None), group));
        let (came, comes) = channel();
        let one = Shard::new(Awaiting(Some(Awaits(Mutex::new(comes)))), group);
        let writer = {
            let other = other.clone();
            thread::spawn(move || {
                other.write(|_| ());
                came.send(()).unwrap();
            })
        };
        Shard::read_many([&one, &*other], |_| one.settle());
        writer.join().unwrap();
        one.look(|inside| assert!(inside.0.is_none(), "stranded"));
    },
    preemptions = Some(3),
    executions = [77, 77, 32, 134],
    finds = &[(Bug::BuriesBeforeWaking, EVERY_WAY)]
);
