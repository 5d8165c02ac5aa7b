//! Histories of a shared map: what threads were answered is what one thread could have been, in an order that respects
//! who came before whom (Wing and Gong's search), deaths included.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use weakref::{Strong, WeakReferenceable};
use weakref_containers::shared::WeakValueMap;

#[derive(Debug, WeakReferenceable)]
struct Numbered(
    u32,
    #[cfg_attr(not(feature = "leak-trace"), expect(dead_code, reason = "counts"))] Arc<()>,
);

/// By which all keys collide, and stand in one shard.
#[derive(Default)]
struct OneHash;

impl Hasher for OneHash {
    fn finish(&self) -> u64 {
        7
    }

    fn write(&mut self, _: &[u8]) {}
}

/// What was called.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// A look.
    Get,
    /// A look that takes no handle.
    Contains,
    /// A removal.
    Remove,
    /// An insertion of that value.
    Insert(u32),
    /// A replacement by that value.
    Replace(u32),
    /// A look that makes that value.
    GetOrInsert(u32),
    /// A look that fails to make one.
    GetOrFail,
    /// Gives a handle of that value up.
    Drop(u32),
}

/// What was done, between which two moments, and whose handle came out.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    key: u32,
    step: Step,
    from: u64,
    to: u64,
    got: Option<u32>,
}

/// A map, and what tells its histories.
#[derive(Debug, Default)]
pub struct World {
    map: WeakValueMap<u32, Numbered, BuildHasherDefault<OneHash>>,
    clock: AtomicU64,
    last_id: AtomicU32,
    alive: Arc<()>,
}

impl World {
    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, SeqCst)
    }

    fn value(&self) -> Strong<Numbered> {
        let id = self.last_id.fetch_add(1, SeqCst) + 1;
        Strong::new(Numbered(id, Arc::clone(&self.alive)))
    }

    /// Checks a history that is over, and that nothing is left after it; returns the greatest number of events that are
    /// of one key. All threads hold what they hold until here, so that the last deaths are no part of it.
    ///
    /// # Panics
    ///
    /// Panics if it has no order, or something is left.
    pub fn check(&self, threads: Vec<Thread>) -> usize {
        assert_eq!(self.map.len(), self.map.iter().count());
        let mut events: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.events)
            .collect();
        let left = (
            Arc::strong_count(&self.alive) - 1,
            self.map.len(),
            self.map.iter().count(),
        );
        assert_eq!(left, (0, 0, 0));
        events.sort_by_key(|event| event.from);
        let of_key = |key| {
            let of_key: Vec<_> = events
                .iter()
                .filter(|event| event.key == key)
                .copied()
                .collect();
            assert!(is_linearizable(&of_key), "{of_key:#?}");
            of_key.len()
        };
        of_key(0).max(of_key(1))
    }
}

/// One of those who use the map, and what it was answered.
#[derive(Debug)]
pub struct Thread {
    world: Arc<World>,
    random: u64,
    pause: fn(),
    held: Vec<(u32, Strong<Numbered>)>,
    events: Vec<Event>,
}

impl Thread {
    /// One that calls `pause` while it makes a value.
    pub fn new(world: &Arc<World>, seed: u64, pause: fn()) -> Self {
        Self {
            world: Arc::clone(world),
            random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            pause,
            held: Vec::new(),
            events: Vec::new(),
        }
    }

    fn pick(&mut self, count: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.random >> 33) % count
    }

    /// Does something, chosen at random, on one of two keys.
    pub fn step(&mut self) {
        let key = u32::from(self.pick(4) == 0);
        let pick = self.pick(9);
        let world = Arc::clone(&self.world);
        let (map, new) = (&world.map, world.value());
        let id = new.0;
        let from = world.tick();
        let (step, got) = match pick {
            0 => (Step::Get, map.get(&key)),
            1 => {
                let there = map.contains_key(&key);
                let to = world.tick();
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
                    (self.pause)();
                    new.clone()
                });
                (Step::GetOrInsert(id), Some(made))
            }
            _ => {
                if self.held.is_empty() {
                    return;
                }
                let which = self.pick(self.held.len() as u64);
                let (key, handle) = self.held.swap_remove(usize::try_from(which).unwrap_or(0));
                let step = Step::Drop(handle.0);
                // Not the time of the new value's making.
                let from = world.tick();
                drop(handle);
                let to = world.tick();
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
        let to = world.tick();
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
    /// they look at until they return, and others that find it meanwhile until they do.
    fn lingers(events: &[Event], done: u64, id: u32, now: u64) -> bool {
        let drops = events
            .iter()
            .enumerate()
            .filter(|(index, event)| done & (1 << index) != 0 && event.step == Step::Drop(id));
        let mut until = drops.map(|(_, event)| event.to).max().unwrap_or(0);
        let holds = |event: &&Event| !matches!(event.step, Step::Drop(_) | Step::Contains);
        while let Some(later) = events
            .iter()
            .filter(holds)
            .filter(|event| event.from < until && event.to > until)
            .map(|event| event.to)
            .max()
        {
            until = later;
        }
        until > now
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

#[cfg(test)]
mod tests {
    use super::*;

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
        // A call that is under way holds it, and one that finds it meanwhile holds it on.
        let [fails, goes_on] = [
            event(Step::GetOrFail, 0, 5, None),
            event(Step::Replace(2), 4, 9, Some(1)),
        ];
        let [goes, found] = [
            event(Step::Drop(1), 2, 3, None),
            event(Step::Get, 7, 8, Some(1)),
        ];
        assert!(is_linearizable(&[insert, goes, fails, goes_on, found]));
        assert!(!is_linearizable(&[insert, goes, fails, found]));
    }
}
