//! Several shards that are read at a time. A burial in one of them must not find that its thread still reads another.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bury::{drop_owed, keep, name, resume};
use super::call::{Call, READING};
use super::{Bury, Shard};
use crate::sync::{Bug, seeded};

impl<T: Bury> Shard<T> {
    /// As [`Shard::read`], of several shards of one group at a time, some of which may be the same.
    ///
    /// What is to be buried in them is buried when all of them are left.
    ///
    /// # Panics
    ///
    /// As [`Shard::read`], and if they are of different groups.
    pub fn read_many<const N: usize, R>(shards: [&Self; N], read: impl FnOnce([&T; N]) -> R) -> R {
        let Some((first, others)) = shards.split_first() else {
            return read(shards.map(|_| unreachable!("there is none")));
        };
        // Otherwise the thread would count as a reader of one group only.
        let is_of_group = |other: &&Self| other.group == first.group;
        assert!(
            others.iter().all(is_of_group),
            "weakref: shards of different groups were read at a time"
        );
        // Enters as any reader does. From then on this thread reads, and lets no writer go first.
        first.enter_shared();
        let reading = Call::new(first.group.0);
        reading.enter(&READING);
        let mut many = Many {
            shards,
            entered: 1,
            reading: &reading,
        };
        for shard in others {
            shard.enter_shared();
            many.entered += 1;
        }
        // SAFETY: 1, each was entered, and `many` gives the units back after that.
        let result = read(shards.map(|shard| unsafe { shard.inside() }));
        // As in `read`.
        drop(many);
        result
    }
}

/// The shards that a call reads at the same time. They are left one after the other; only then is the work done that
/// was left to their units.
struct Many<'s, T: Bury, const N: usize> {
    shards: [&'s Shard<T>; N],
    /// The first so many were entered.
    entered: usize,
    /// In the chain, until this takes it off.
    reading: &'s Call,
}

impl<T: Bury, const N: usize> Drop for Many<'_, T, N> {
    fn drop(&mut self) {
        let mut is_last = [false; N];
        let entered = self.shards.iter().take(self.entered);
        for (shard, is_last) in entered.zip(&mut is_last) {
            *is_last = shard.give_unit_back() && !seeded(Bug::StepsBackBlindly);
        }
        self.reading.leave(&READING);
        let left_last = || {
            let all = self.shards.iter().zip(is_last);
            all.filter_map(|(shard, is_last)| is_last.then_some(shard))
        };
        // All units are given back first: an entry that is buried in one shard may wait for a thread that waits for
        // another shard.
        if !seeded(Bug::BuriesBeforeWaking) {
            left_last().for_each(|shard| shard.let_waiters_in());
        }
        let mut first = None;
        for shard in left_last() {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| shard.leave_last())) {
                keep(&mut first, payload, name::<T>);
            }
        }
        if let Some(owed) = self.reading.take_owed() {
            drop_owed(owed, &mut first);
        }
        resume(first, name::<T>);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::sync::atomic::Ordering::Relaxed;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Mutex;
    use std::sync::mpsc::{Receiver, channel};
    use std::thread;
    use std::time::Duration;

    use super::super::{Bury, Group, Shard, WAITERS};
    use crate::slot::SyncSlot;

    /// Its drop waits for another thread.
    struct Row(Mutex<Receiver<()>>);

    impl Drop for Row {
        fn drop(&mut self) {
            let comes = self.0.get_mut().expect("nobody panicked");
            let came = comes.recv_timeout(Duration::from_secs(60));
            came.expect("the other thread comes in");
        }
    }

    struct Rows(Option<Row>);

    impl Bury for Rows {
        type Slot = SyncSlot;
        type Entry = Row;

        fn take_dead(&mut self) -> Option<Row> {
            self.0.take()
        }
    }

    #[test]
    fn a_panic_for_shards_of_different_groups_is_survived() {
        let group = Group::new();
        let [first, second] = [(); 2].map(|()| Shard::new(Rows(None), group));
        let other = Shard::new(Rows(None), Group::new());
        for shards in [[&first, &second, &other], [&other, &first, &first]] {
            let read = || Shard::read_many(shards, |_| ());
            assert!(catch_unwind(AssertUnwindSafe(read)).is_err());
        }
        for shard in [&first, &second, &other] {
            assert!(!shard.is_read_here());
            shard.write(|rows| assert!(rows.0.is_none()));
        }
    }

    #[test]
    fn what_is_buried_in_one_may_wait_for_who_waits_for_another() {
        let group = Group::new();
        let (came, comes) = channel();
        let buries = Shard::new(Rows(Some(Row(Mutex::new(comes)))), group);
        let is_awaited = Shard::new(Rows(None), group);
        thread::scope(|scope| {
            Shard::read_many([&buries, &is_awaited], |_| {
                buries.settle();
                scope.spawn(|| {
                    is_awaited.write(|_| ());
                    came.send(()).expect("it is waited for");
                });
                while is_awaited.word.load(Relaxed) & WAITERS == 0 {
                    thread::yield_now();
                }
            });
        });
        assert!(buries.look(|rows| rows.0.is_none()));
    }
}
