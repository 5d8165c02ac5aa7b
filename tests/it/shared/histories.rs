//! What threads were answered is what one thread could have been, in an order that respects who came before whom
//! (Wing and Gong's search): random histories of two and three threads on two keys, deaths included.

use std::collections::HashSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

use super::{Mark, OneHash, Tally};
use crate::support::rounds;

#[derive(WeakReferenceable)]
struct Numbered(u32, #[expect(dead_code, reason = "counts")] Mark);

type Map = WeakValueMap<u32, Numbered, OneHash>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Get,
    Contains,
    Remove,
    Insert(u32),
    Replace(u32),
    GetOrInsert(u32),
    GetOrFail,
    /// Gives a handle of that value up.
    Drop(u32),
}

/// What was done, between which two moments, and whose handle came out.
#[derive(Clone, Copy, Debug)]
struct Event {
    key: u32,
    step: Step,
    from: u64,
    to: u64,
    got: Option<u32>,
}

struct Thread<'a> {
    map: &'a Map,
    clock: &'a AtomicU64,
    next_id: &'a AtomicU32,
    tally: &'a Tally,
    random: u64,
    held: Vec<(u32, Strong<Numbered>)>,
    events: Vec<Event>,
}

impl Thread<'_> {
    fn pick(&mut self, count: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.random >> 33) % count
    }

    fn new_value(&self) -> Strong<Numbered> {
        let id = self.next_id.fetch_add(1, SeqCst);
        Strong::new(Numbered(id, self.tally.mark()))
    }

    fn step(&mut self) {
        let key = u32::from(self.pick(4) == 0);
        let pick = self.pick(9);
        let (map, new) = (self.map, self.new_value());
        let id = new.0;
        let from = self.clock.fetch_add(1, SeqCst);
        let (step, got) = match pick {
            0 => (Step::Get, map.get(&key)),
            1 => {
                let there = map.contains_key(&key);
                let to = self.clock.fetch_add(1, SeqCst);
                let got = there.then_some(0);
                let step = Step::Contains;
                return self.events.push(Event {
                    key,
                    step,
                    from,
                    to,
                    got,
                });
            }
            2 => (Step::Remove, map.remove(&key)),
            3 => (Step::Replace(id), map.replace_if(&key, &new, |_| true)),
            4 => (Step::Insert(id), map.insert(key, &new)),
            5 => (
                Step::GetOrFail,
                map.get_or_try_insert_with(key, || Err(())).ok(),
            ),
            6 => {
                let made = map.get_or_insert_with(key, || {
                    thread::yield_now();
                    new.clone()
                });
                (Step::GetOrInsert(id), Some(made))
            }
            _ => {
                if self.held.is_empty() {
                    return;
                }
                let which = self.pick(self.held.len() as u64);
                let (key, handle) = self.held.swap_remove(usize::try_from(which).unwrap());
                let step = Step::Drop(handle.0);
                // Not the time of the new value's making.
                let from = self.clock.fetch_add(1, SeqCst);
                drop(handle);
                let to = self.clock.fetch_add(1, SeqCst);
                return self.events.push(Event {
                    key,
                    step,
                    from,
                    to,
                    got: None,
                });
            }
        };
        // The handle that what was put in keeps it alive by.
        let keeps = match step {
            Step::Insert(_) => true,
            Step::Replace(_) => got.is_some(),
            _ => false,
        };
        if keeps {
            self.held.push((key, new));
        } else {
            drop(new);
        }
        let to = self.clock.fetch_add(1, SeqCst);
        let id = got.as_ref().map(|value| value.0);
        self.held.extend(got.map(|value| (key, value)));
        self.events.push(Event {
            key,
            step,
            from,
            to,
            got: id,
        });
    }
}

/// Runs a history, and checks at its end that everything is gone.
fn record(seed: u64, threads: u64, steps: usize) -> Vec<Event> {
    let (map, tally) = (Map::with_hasher(OneHash), Tally::default());
    let (clock, next_id) = (AtomicU64::new(0), AtomicU32::new(1));
    let meet = Barrier::new(usize::try_from(threads).unwrap());
    let events = thread::scope(|scope| {
        let run = |number: u64| {
            let mut thread = Thread {
                map: &map,
                clock: &clock,
                next_id: &next_id,
                tally: &tally,
                random: (seed * 8 + number).wrapping_mul(0x9e37_79b9_7f4a_7c15),
                held: Vec::new(),
                events: Vec::new(),
            };
            let meet = &meet;
            scope.spawn(move || {
                meet.wait();
                for _ in 0..steps {
                    thread.step();
                }
                // All are held until all are done, so that the last deaths are no part of the history.
                meet.wait();
                assert_eq!(thread.map.len(), thread.map.iter().count());
                meet.wait();
                thread.events
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!((tally.alive(), map.len(), map.iter().count()), (0, 0, 0));
    events
}

/// Whether the events, which are of one key, have an order.
fn is_linearizable(events: &[Event]) -> bool {
    /// Handles of `id` that are held when the events of `done` are over.
    fn handles(events: &[Event], done: u64, id: u32) -> i32 {
        let mut count = 0;
        for (index, event) in events.iter().enumerate() {
            if done & (1 << index) == 0 {
                continue;
            }
            match event.step {
                Step::Contains => continue,
                Step::Drop(dropped) if dropped == id => count -= 1,
                Step::Insert(new) if new == id => count += 1,
                Step::Replace(new) if new == id && event.got.is_some() => count += 1,
                _ => {}
            }
            count += i32::from(event.got == Some(id));
        }
        count
    }

    /// Whether a call that found `id` before its last handle went may still hold it at `now`: calls hold what
    /// they look at until they return.
    fn lingers(events: &[Event], done: u64, id: u32, now: u64) -> bool {
        let drops = events
            .iter()
            .enumerate()
            .filter(|(index, event)| done & (1 << index) != 0 && event.step == Step::Drop(id));
        let last = drops.map(|(_, event)| event.to).max().unwrap_or(0);
        events.iter().any(|event| {
            !matches!(event.step, Step::Drop(_) | Step::Contains)
                && event.from < last
                && event.to > now
        })
    }

    fn search(
        events: &[Event],
        done: u64,
        current: Option<u32>,
        failed: &mut HashSet<(u64, Option<u32>)>,
    ) -> bool {
        if done.count_ones() as usize == events.len() {
            return true;
        }
        if failed.contains(&(done, current)) {
            return false;
        }
        let open = |index: usize| done & (1 << index) == 0;
        let left = || events.iter().enumerate().filter(|(index, _)| open(*index));
        // Only one that began before every other that is left ended may be next.
        let first_end = left()
            .map(|(_, event)| event.to)
            .min()
            .expect("not all are done");
        let candidates: Vec<_> = left()
            .filter(|(_, event)| event.from <= first_end)
            .collect();
        let found = candidates.into_iter().any(|(index, event)| {
            let is_held = current.is_some_and(|id| handles(events, done, id) > 0);
            let may_linger = current.is_some_and(|id| lingers(events, done, id, event.from));
            let seen = [current.filter(|_| is_held || may_linger), None];
            let seen = if is_held || !may_linger {
                &seen[..1]
            } else {
                &seen[..]
            };
            seen.iter().any(|&current| {
                let next = match (event.step, event.got) {
                    (Step::Drop(_), _) => Some(current),
                    (Step::Contains, got) => {
                        (got.is_some() == current.is_some()).then_some(current)
                    }
                    (Step::GetOrInsert(new), Some(got)) if got == new => {
                        current.is_none().then_some(Some(new))
                    }
                    (_, got) if got != current => None,
                    (Step::Get | Step::GetOrFail | Step::GetOrInsert(_), _) => Some(current),
                    (Step::Remove, _) => Some(None),
                    (Step::Insert(new), _) => Some(Some(new)),
                    (Step::Replace(new), got) => Some(got.map(|_| new)),
                };
                next.is_some_and(|next| search(events, done | 1 << index, next, failed))
            })
        });
        if !found {
            failed.insert((done, current));
        }
        found
    }

    search(events, 0, None, &mut HashSet::new())
}

fn check(threads: u64, steps: usize, histories: usize) {
    let mut longest = 0;
    for seed in 0..histories as u64 {
        let events = record(seed, threads, steps);
        for key in 0..2 {
            let mut events: Vec<_> = events
                .iter()
                .copied()
                .filter(|event| event.key == key)
                .collect();
            events.sort_by_key(|event| event.from);
            longest = longest.max(events.len());
            assert!(is_linearizable(&events), "{seed}: {events:#?}");
        }
    }
    assert!(
        longest >= steps,
        "histories are long enough to say something: {longest}"
    );
}

#[test]
fn histories_of_two_threads_are_linearizable() {
    check(2, 10, rounds(3000, 12));
}

#[test]
fn histories_of_three_threads_are_linearizable() {
    check(3, 6, rounds(3000, 8));
}

/// The search says no to what cannot have happened.
#[test]
fn search_tells_right_from_wrong() {
    let event = |step, from, to, got| Event {
        key: 0,
        step,
        from,
        to,
        got,
    };
    let insert = event(Step::Insert(1), 0, 1, None);
    assert!(is_linearizable(&[insert, event(Step::Get, 2, 3, Some(1))]));
    assert!(!is_linearizable(&[insert, event(Step::Get, 2, 3, None)]));
    // At the same time: either way.
    let during = event(Step::Insert(1), 0, 5, None);
    assert!(is_linearizable(&[during, event(Step::Get, 2, 3, None)]));
    // Two take out what was put in once.
    let both = [
        event(Step::Remove, 2, 5, Some(1)),
        event(Step::Insert(2), 3, 6, Some(1)),
    ];
    assert!(!is_linearizable(&[insert, both[0], both[1]]));
    // Two make an object of one key, and both hold it.
    let first = event(Step::GetOrInsert(1), 0, 5, Some(1));
    assert!(!is_linearizable(&[
        first,
        event(Step::GetOrInsert(2), 1, 6, Some(2))
    ]));
    // What nobody holds any more is dead.
    let drop = event(Step::Drop(1), 2, 3, None);
    assert!(is_linearizable(&[
        insert,
        drop,
        event(Step::Get, 4, 5, None)
    ]));
    assert!(!is_linearizable(&[
        insert,
        drop,
        event(Step::Get, 4, 5, Some(1))
    ]));
}
