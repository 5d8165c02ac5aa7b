//! What each step makes of each word, on one thread.

use core::mem::forget;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use super::*;
use crate::slot::SyncSlot;

/// A container in which so many are dead.
struct Dead(u32);

impl Bury for Dead {
    type Slot = SyncSlot;
    type Entry = ();

    fn take_dead(&mut self) -> Option<()> {
        self.0 = self.0.checked_sub(1)?;
        Some(())
    }
}

fn shard(word: u64, dead: u32) -> Shard<Dead> {
    let shard = Shard::new(Dead(dead), Group::new());
    shard.word.store(word, Relaxed);
    shard
}

/// What a step returns, and the word that it leaves.
fn after<R>(word: u64, step: impl FnOnce(&Shard<Dead>) -> R) -> (R, u64) {
    let shard = shard(word, 0);
    let result = step(&shard);
    (result, shard.word.load(Relaxed))
}

/// Somebody is inside in each way, with each of the flags.
const HELD: [u64; 9] = [
    WRITER,
    WRITER | PENDING,
    WRITER | WAITERS,
    READER,
    READER | PENDING,
    (2 * READER) | WAITERS,
    // Those who look whether somebody is inside (G6).
    WRITER | READER,
    WRITER | READER | PENDING,
    WRITER | (2 * READER) | WAITERS,
];

#[test]
fn a_writer_enters_where_nobody_is() {
    let enter = |word| after(word, |shard| shard.try_enter(WRITER, false));
    for word in [0, PENDING, WAITERS, PENDING | WAITERS] {
        assert_eq!(enter(word), (Ok(()), word | WRITER));
    }
    for word in HELD {
        assert_eq!(enter(word), (Err(word), word));
    }
}

#[test]
fn a_reader_enters_where_no_writer_is() {
    for polite in [true, false] {
        let enter = |word| after(word, |shard| shard.try_enter(READER, polite));
        for word in [0, PENDING, READER, (2 * READER) | PENDING] {
            assert_eq!(enter(word), (Ok(()), word + READER));
        }
        for word in [WRITER, WRITER | READER, WRITER | PENDING | WAITERS] {
            assert_eq!(enter(word), (Err(word), word));
        }
        // One that reads already does not wait for a writer that waits.
        for word in [WAITERS, READER | WAITERS] {
            let entered = if polite {
                (Err(word), word)
            } else {
                (Ok(()), word + READER)
            };
            assert_eq!(enter(word), entered);
        }
    }
}

#[test]
fn a_reader_adds_its_unit_before_it_looks() {
    let enter = |word| after(word, Shard::enter_shared).1;
    for word in [0, PENDING, READER, READER | PENDING] {
        assert_eq!(enter(word), word + READER);
    }
    // It gives its unit back, as the last, and then comes again.
    assert_eq!(enter(WAITERS), READER);
    assert_eq!(enter(WAITERS | PENDING), READER);
    // Beside a writer that waits it stays, if it reads another.
    let other = shard(0, 0);
    other.read(|_| assert_eq!(enter(WAITERS | READER), WAITERS | (2 * READER)));
}

#[test]
fn a_reader_waits_for_a_writer() {
    for reads_another in [false, true] {
        let (held, other) = (shard(WRITER | PENDING, 1), shard(0, 0));
        thread::scope(|scope| {
            scope.spawn(|| {
                let read = || held.read(|dead| assert_eq!(dead.0, 0));
                if reads_another {
                    other.read(|_| read());
                } else {
                    read();
                }
            });
            while held.word.load(Relaxed) & WAITERS == 0 {
                thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(held.word.load(Relaxed), WRITER | PENDING | WAITERS);
            drop(Alone(&held));
        });
        assert_eq!(held.word.load(Relaxed), 0);
    }
}

#[test]
fn the_last_reader_does_what_was_left() {
    let give_back = |word| after(word, Shard::give_unit_back);
    for word in [0, PENDING, WAITERS, PENDING | WAITERS] {
        assert_eq!(give_back(word | READER), (word != 0, word));
        // Others are inside, who will.
        for other in [READER, WRITER, WRITER | READER] {
            let before = (word | READER) + other;
            assert_eq!(give_back(before), (false, before - READER));
        }
    }
}

#[test]
fn waiters_are_let_in_where_nobody_is() {
    let let_in = |word| after(word, Shard::let_waiters_in).1;
    for word in [0, PENDING] {
        assert_eq!(let_in(word | WAITERS), word);
        assert_eq!(let_in(word), word);
    }
    for word in HELD {
        assert_eq!(let_in(word), word);
    }
}

#[test]
fn what_is_pending_is_begun_where_nobody_is() {
    let lock = |word| after(word, |shard| shard.lock_pending().map(forget).is_some());
    for word in [0, WAITERS] {
        assert_eq!(lock(word | PENDING), (true, word | WRITER));
        assert_eq!(lock(word), (false, word));
    }
    for word in HELD {
        assert_eq!(lock(word), (false, word));
    }
}

#[test]
fn a_writer_leaves_unless_something_is_pending() {
    let unlock = |word| after(word, |shard| Alone(shard).unlock().map_err(forget).is_ok());
    for reader in [0, READER] {
        assert_eq!(unlock(WRITER | reader), (true, reader));
        assert_eq!(unlock(WRITER | WAITERS | reader), (true, reader));
        let pending = WRITER | PENDING | reader;
        assert_eq!(unlock(pending), (false, WRITER | reader));
        let waited_for = pending | WAITERS;
        assert_eq!(unlock(waited_for), (false, WRITER | WAITERS | reader));

        let leave = |word, pending| after(word, |shard| Alone(shard).leave(pending)).1;
        assert_eq!(leave(WRITER | reader, 0), reader);
        assert_eq!(leave(WRITER | reader, PENDING), PENDING | reader);
        assert_eq!(leave(waited_for, 0), PENDING | reader);
    }
}

#[test]
fn settling_buries_or_leaves_a_word_with_who_is_inside() {
    for word in HELD {
        let shard = shard(word, 2);
        shard.settle();
        assert_eq!(shard.word.load(Relaxed), word | PENDING);
        assert_eq!(shard.inside.into_inner().0, 2);
    }
    for word in [0, PENDING, WAITERS, PENDING | WAITERS] {
        let shard = shard(word, 2);
        shard.settle();
        assert_eq!(shard.word.load(Relaxed), 0);
        assert_eq!(shard.inside.into_inner().0, 0);
    }
}

/// What the word is while the dead are taken out.
struct Within {
    shard: Weak<Shard<Self>>,
    words: Vec<u64>,
}

impl Bury for Within {
    type Slot = SyncSlot;
    type Entry = ();

    fn take_dead(&mut self) -> Option<()> {
        let shard = self.shard.upgrade().expect("it stands");
        self.words.push(shard.word.load(Relaxed));
        None
    }
}

#[test]
fn who_waits_is_not_forgotten_by_who_settles() {
    for word in [0, PENDING, WAITERS, PENDING | WAITERS] {
        let shard = Arc::new_cyclic(|shard| {
            let (shard, words) = (shard.clone(), Vec::new());
            Shard::new(Within { shard, words }, Group::new())
        });
        shard.word.store(word, Relaxed);
        shard.settle();
        let within = WRITER | (word & WAITERS);
        shard.look(|inside| assert_eq!(inside.words, [within]));
    }
}

#[test]
fn a_death_buries_its_own_where_nobody_is() {
    let bury = |word| {
        let shard = shard(word, 1);
        let buried = shard.bury(Dead::take_dead);
        (
            buried,
            shard.word.load(Relaxed),
            shard.inside.into_inner().0,
        )
    };
    assert_eq!(bury(0), (true, 0, 0));
    for word in [PENDING, WAITERS].into_iter().chain(HELD) {
        assert_eq!(bury(word), (false, word, 1));
    }
    let nothing = after(0, |shard| shard.bury(|_| None));
    assert_eq!(nothing, (false, 0));
}

#[test]
fn what_is_inside_is_not_shown() {
    let shown = format!("{:?}", shard(WRITER, 0));
    assert!(shown.starts_with("Shard { group: Group(") && shown.ends_with("), .. }"));
}

#[test]
fn a_write_only_by_who_reads_is_survived() {
    let (shard, other) = (shard(0, 1), shard(0, 0));
    let writes = |shard: &Shard<Dead>| {
        std::panic::catch_unwind(core::panic::AssertUnwindSafe(|| shard.write_only(|_| ()))).is_ok()
    };
    shard.read(|_| assert!(!writes(&shard) && writes(&other)));
    assert!(writes(&shard));
    assert_eq!(shard.word.load(Relaxed), 0);
    assert_eq!(shard.inside.into_inner().0, 1, "that is left to the next");
}
