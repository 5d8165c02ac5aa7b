//! Random scripts on a few objects, graveyards and handles, checked against a plain model after each step.

use weakref::watch::{Graveyard, Watched};
use weakref::{CallbackRef, Strong, WeakRef};

use crate::support::kind::{Kind, Object};
use crate::support::log::Log;

const OBJECTS: usize = 3;
const GRAVEYARDS: usize = 2;

/// A small generator, so that a failing seed can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % bound
    }

    fn pick<T>(&mut self, from: &mut Vec<T>) -> Option<T> {
        if from.is_empty() {
            return None;
        }
        let index = self.below(from.len());
        Some(from.swap_remove(index))
    }
}

/// An entry, with what the model knows of it.
struct Entry<K: Kind> {
    handle: Watched<Object<K, usize>>,
    graveyard: usize,
    token: u64,
    referent: u64,
}

struct Callback<K: Kind> {
    handle: CallbackRef<Object<K, usize>>,
    name: u64,
    referent: u64,
}

/// A death that was noticed: which entry of which graveyard.
#[derive(Clone, Copy, PartialEq)]
struct Expected {
    graveyard: usize,
    token: u64,
}

/// A handle and the number of its referent.
type Numbered<K> = (Strong<Object<K, usize>>, u64);

struct World<K: Kind> {
    random: Random,
    log: Log,
    /// With a number that is never used again.
    strongs: Vec<Option<Numbered<K>>>,
    graveyards: Vec<Graveyard<K::Slot>>,
    entries: Vec<Entry<K>>,
    callbacks: Vec<Callback<K>>,
    plain: Vec<WeakRef<Object<K, usize>>>,
    /// Dead, not drained, entry not dropped.
    expected: Vec<Expected>,
    next: u64,
}

pub(super) fn run<K: Kind>(seed: u64, steps: usize) {
    let mut world = World::<K> {
        random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        log: Log::new(),
        strongs: (0..OBJECTS).map(|_| None).collect(),
        graveyards: (0..GRAVEYARDS).map(|_| Graveyard::new()).collect(),
        entries: Vec::new(),
        callbacks: Vec::new(),
        plain: Vec::new(),
        expected: Vec::new(),
        next: 0,
    };
    for _ in 0..steps {
        world.step();
        world.check();
    }
    // Whatever is left ends in any order.
    if world.random.below(2) == 0 {
        while let Some(entry) = world.random.pick(&mut world.entries) {
            drop(entry);
        }
        world.strongs.clear();
    } else {
        world.strongs.clear();
        while let Some(entry) = world.random.pick(&mut world.entries) {
            drop(entry);
        }
    }
}

impl<K: Kind> World<K> {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn step(&mut self) {
        let at = self.random.below(OBJECTS);
        match self.random.below(10) {
            0 | 1 => self.kill(at),
            2..=4 => self.watch(at),
            5 | 6 => self.call_back(at),
            7 => self.end_entry(),
            8 => drop(self.random.pick(&mut self.callbacks)),
            _ => match self.random.below(4) {
                0 => self.drain(),
                3 => self.unwatch(at),
                1 => {
                    if let Some((strong, _)) = &self.strongs[at] {
                        self.plain.push(Strong::downgrade(strong));
                    }
                }
                _ => drop(self.random.pick(&mut self.plain)),
            },
        }
    }

    fn alive(&mut self, at: usize) -> Numbered<K> {
        if self.strongs[at].is_none() {
            let number = self.number();
            self.strongs[at] = Some((Object::strong(at), number));
        }
        let (strong, number) = self.strongs[at].as_ref().unwrap();
        (strong.clone(), *number)
    }

    fn watch(&mut self, at: usize) {
        let (strong, referent) = self.alive(at);
        let graveyard = self.random.below(GRAVEYARDS);
        let token = self.number();
        let handle = self.graveyards[graveyard].watch(&strong, token);
        self.entries.push(Entry {
            handle,
            graveyard,
            token,
            referent,
        });
    }

    fn call_back(&mut self, at: usize) {
        let (strong, referent) = self.alive(at);
        let name = self.number();
        let log = self.log.clone();
        let handle = K::on_death(&strong, move |dead| {
            assert!(!dead.is_alive());
            log.note(name.to_string());
        });
        self.callbacks.push(Callback {
            handle,
            name,
            referent,
        });
    }

    fn kill(&mut self, at: usize) {
        let Some((strong, referent)) = self.strongs[at].take() else {
            return;
        };
        let mut called: Vec<_> = self
            .callbacks
            .iter()
            .filter(|callback| callback.referent == referent)
            .map(|callback| callback.name)
            .collect();
        called.sort_unstable_by(|a, b| b.cmp(a));
        for entry in self
            .entries
            .iter()
            .filter(|entry| entry.referent == referent)
        {
            self.expected.push(Expected {
                graveyard: entry.graveyard,
                token: entry.token,
            });
        }
        let weak = Strong::downgrade(&strong);
        assert_eq!(weak.weak_count(), Strong::weak_count(&strong));
        drop(strong);
        assert!(weak.upgrade().is_none());
        let called: Vec<_> = called.iter().map(u64::to_string).collect();
        assert_eq!(self.log.take(), called, "newest first");
        self.callbacks
            .retain(|callback| callback.referent != referent || callback.name % 2 == 0);
    }

    fn end_entry(&mut self) {
        if let Some(entry) = self.random.pick(&mut self.entries) {
            self.expected
                .retain(|expected| expected.token != entry.token);
        }
    }

    /// Ends what may be ended without a lock; the entry is a reference as any other then.
    fn unwatch(&mut self, at: usize) {
        let Some((strong, number)) = &mut self.strongs[at] else {
            return;
        };
        let is_of_it = |entry: &Entry<K>| entry.referent == *number;
        let Some(index) = self.entries.iter().position(is_of_it) else {
            return;
        };
        let is_alone = Strong::weak_count(strong) == 1;
        let entry = &mut self.entries[index];
        if self.graveyards[entry.graveyard].unwatch(&mut entry.handle, strong) {
            assert!(is_alone);
            let entry = self.entries.swap_remove(index);
            self.plain.push(entry.handle.clone());
            let mut again = entry.handle;
            assert!(!self.graveyards[entry.graveyard].unwatch(&mut again, strong));
        }
    }

    fn drain(&mut self) {
        let graveyard = self.random.below(GRAVEYARDS);
        // One, or all of them.
        let all = self.random.below(2) == 0;
        while let Some(notice) = self.graveyards[graveyard].next_dead() {
            let drained = Expected {
                graveyard,
                token: notice.token,
            };
            let index = self
                .expected
                .iter()
                .position(|expected| *expected == drained);
            self.expected
                .swap_remove(index.expect("a death that was not expected"));
            let entry = self
                .entries
                .iter()
                .find(|entry| entry.token == notice.token);
            assert_eq!(entry.expect("its entry stands").handle.id(), notice.id);
            if !all {
                return;
            }
        }
        assert!(
            self.expected
                .iter()
                .all(|expected| expected.graveyard != graveyard),
            "one was lost"
        );
    }

    fn check(&self) {
        for (index, graveyard) in self.graveyards.iter().enumerate() {
            let expected = self
                .expected
                .iter()
                .filter(|expected| expected.graveyard == index);
            assert_eq!(graveyard.dead(), expected.count());
        }
        for (strong, referent) in self.strongs.iter().flatten() {
            let entries = self
                .entries
                .iter()
                .filter(|entry| entry.referent == *referent)
                .count();
            let callbacks = self
                .callbacks
                .iter()
                .filter(|callback| callback.referent == *referent)
                .count();
            let plain = self
                .plain
                .iter()
                .filter(|weak| weak.id() == Strong::id(strong))
                .count();
            assert_eq!(Strong::weak_count(strong), entries + callbacks + plain);
        }
        for callback in &self.callbacks {
            let alive = self
                .strongs
                .iter()
                .flatten()
                .any(|(_, referent)| *referent == callback.referent);
            assert_eq!(callback.handle.has_callback(), alive);
        }
    }
}
