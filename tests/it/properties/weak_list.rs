//! `WeakList` against a vector of keys and lives.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::Strong;
use weakref_containers::WeakList;
use weakref_containers::list::Key;

use super::script::{Random, Subject};
use super::value_map::Choice;
use super::world::{Object, Pool, Site, life, pass};

pub(super) struct List<O: Object> {
    members: WeakList<O>,
    /// Keys and lives in order; the dead may be left.
    model: Vec<(Key, u32)>,
    /// Keys that were in use once, and may still be.
    keys: Vec<Key>,
    /// The most entries that there ever were, or that room was asked for.
    most: usize,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Push { slot: usize },
    PushFront { slot: usize },
    Extend { slots: Vec<usize> },
    Get { nth_key: usize },
    Remove { nth_key: usize },
    RemoveObject { slot: usize },
    PopFront,
    PopBack,
    Retain(Choice),
    ExtractIf { wanted: Choice, most: usize },
    Drain { most: usize, backwards: bool },
    Clear,
    Replace,
    Iterate { step: usize, kill: usize },
    WalkKeys { step: usize, kill: usize },
    Purge,
    Reserve { additional: usize },
    ShrinkTo { capacity: usize },
}

impl<O: Object + 'static> List<O> {
    fn expected(&self, key: Key) -> Option<u32> {
        let entry = self.model.iter().find(|(there, _)| *there == key)?;
        Some(entry.1)
    }

    fn forget(&mut self, key: Key) {
        self.model.retain(|(there, _)| *there != key);
    }

    fn remember(&mut self, key: Key) {
        assert!(!self.keys.contains(&key));
        self.keys.push(key);
        if self.keys.len() > 60 {
            self.keys.drain(..20);
        }
    }

    fn nth_key(&self, nth: usize) -> Option<Key> {
        self.keys.get(nth % self.keys.len().max(1)).copied()
    }

    /// Forgets the first or last entry that is still alive, and all dead ones before it.
    fn pop(&mut self, given: Option<&Strong<O>>, pool: &Pool<O>, index: impl Fn(usize) -> usize) {
        while !self.model.is_empty() {
            let (_, there) = self.model.remove(index(self.model.len()));
            if given.map(life) == Some(there) {
                return;
            }
            assert!(!pool.is_alive(there));
        }
        assert!(given.is_none());
    }
}

impl<O: Object + 'static> Subject for List<O> {
    type Object = O;
    type Command = Command;

    fn new() -> Self {
        Self {
            members: WeakList::new(),
            model: Vec::new(),
            keys: Vec::new(),
            most: 0,
        }
    }

    fn draw(random: &mut Random) -> Command {
        let slot = random.slot();
        let (nth_key, step) = (random.below(60), random.below(12));
        match random.below(50) {
            0..10 => Command::Push { slot },
            10..14 => Command::PushFront { slot },
            14..17 => Command::Extend {
                slots: random.slots(8),
            },
            17..20 => Command::Get { nth_key },
            20..26 => Command::Remove { nth_key },
            26..28 => Command::RemoveObject { slot },
            28..30 => Command::PopFront,
            30..32 => Command::PopBack,
            32..34 => Command::Retain(Choice::draw(random)),
            34..36 => Command::ExtractIf {
                wanted: Choice::draw(random),
                most: random.below(4),
            },
            36 => Command::Drain {
                most: random.below(12),
                backwards: random.below(2) == 0,
            },
            37 => Command::Clear,
            38..40 => Command::Replace,
            40..43 => Command::Iterate { step, kill: slot },
            43..46 => Command::WalkKeys { step, kill: slot },
            46..48 => Command::Purge,
            48 => Command::Reserve {
                additional: random.below(30),
            },
            _ => Command::ShrinkTo {
                capacity: random.below(30),
            },
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    fn apply(&mut self, command: &Command, pool: &Pool<O>) {
        self.model.retain(|(_, life)| pool.is_alive(*life));
        match *command {
            Command::Push { slot } => {
                let Some(object) = pool.get(slot) else { return };
                let key = self.members.push(&object);
                self.remember(key);
                self.model.push((key, life(&object)));
            }
            Command::PushFront { slot } => {
                let Some(object) = pool.get(slot) else { return };
                let key = self.members.push_front(&object);
                self.remember(key);
                self.model.insert(0, (key, life(&object)));
            }
            Command::Extend { ref slots } => {
                let objects: Vec<_> = slots.iter().filter_map(|slot| pool.get(*slot)).collect();
                let before = self.members.len();
                self.members.extend(&objects);
                let keys: Vec<_> = self.members.keys().skip(before).collect();
                assert_eq!(keys.len(), objects.len());
                for (key, object) in keys.into_iter().zip(&objects) {
                    self.remember(key);
                    self.model.push((key, life(object)));
                }
            }
            Command::Get { nth_key } => {
                let Some(key) = self.nth_key(nth_key) else {
                    return;
                };
                let given = self.members.get(key);
                assert_eq!(given.as_ref().map(life), self.expected(key));
                assert_eq!(self.members.contains_key(key), given.is_some());
            }
            Command::Remove { nth_key } => {
                let Some(key) = self.nth_key(nth_key) else {
                    return;
                };
                let given = self.members.remove(key);
                assert_eq!(given.as_ref().map(life), self.expected(key));
                self.forget(key);
            }
            Command::RemoveObject { slot } => {
                let Some(object) = pool.get(slot) else { return };
                let mut entries = self.model.iter();
                let entry = entries.find(|(_, there)| *there == life(&object));
                let key = entry.map(|(key, _)| *key);
                assert_eq!(self.members.key_of(&object), key);
                assert_eq!(self.members.contains(&object), key.is_some());
                let removed = self.members.remove_object(&object);
                assert_eq!(removed.is_some(), key.is_some());
                if let Some(key) = key {
                    self.forget(key);
                }
            }
            Command::PopFront => {
                let given = self.members.pop_front();
                self.pop(given.as_ref(), pool, |_| 0);
            }
            Command::PopBack => {
                let given = self.members.pop_back();
                self.pop(given.as_ref(), pool, |len| len - 1);
            }
            Command::Retain(choice) => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    self.members.retain(|object| {
                        pass(Site::Call);
                        if !choice.has(life(object)) {
                            removed.borrow_mut().push(life(object));
                        }
                        choice.has(life(object))
                    });
                }));
                for gone in removed.take() {
                    let index = self.model.iter().position(|(_, there)| *there == gone);
                    self.model
                        .remove(index.expect("judged once for each entry"));
                }
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::ExtractIf { wanted, most } => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let extracted = self.members.extract_if(|object| {
                        pass(Site::Call);
                        wanted.has(life(object))
                    });
                    extracted
                        .take(most)
                        .for_each(|object| removed.borrow_mut().push(life(&object)));
                }));
                for gone in removed.take() {
                    assert!(wanted.has(gone));
                    let index = self.model.iter().position(|(_, there)| *there == gone);
                    self.model.remove(index.expect("it was in the list"));
                }
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::Drain { most, backwards } => {
                let mut expected: Vec<_> = self.model.drain(..).map(|(_, life)| life).collect();
                let drain = self.members.drain();
                let taken: Vec<_> = if backwards {
                    expected.reverse();
                    drain.rev().take(most).collect()
                } else {
                    drain.take(most).collect()
                };
                expected.truncate(most);
                assert!(taken.iter().map(life).eq(expected));
                assert!(self.members.is_empty());
            }
            Command::Clear => {
                self.model.clear();
                self.members.clear();
            }
            Command::Replace => {
                let copy = self.members.clone();
                assert!(
                    copy.iter()
                        .map(|one| life(&one))
                        .eq(self.members.iter().map(|one| life(&one)))
                );
                assert!(copy.keys().all(|key| !self.keys.contains(&key)));
                let keys: Vec<_> = copy.keys().collect();
                self.members = copy;
                for (entry, key) in self.model.iter_mut().zip(&keys) {
                    entry.0 = *key;
                }
                for key in keys {
                    self.remember(key);
                }
            }
            Command::Iterate { step, kill } => {
                let mut seen = Vec::new();
                for (n, (key, object)) in self.members.entries().enumerate() {
                    seen.push((key, life(&object)));
                    if n == step {
                        pool.kill(kill);
                    }
                    let held = |there: u32| there == life(&object) || pool.is_alive(there);
                    let alive = self.model.iter().filter(|(_, there)| held(*there)).count();
                    assert_eq!(self.members.len(), alive);
                }
                let unseen = |entry: &(Key, u32)| !seen.contains(entry);
                assert!(self.model.iter().all(|e| !unseen(e) || !pool.is_alive(e.1)));
                self.model.retain(|entry| !unseen(entry));
                assert_eq!(seen, self.model);
            }
            Command::WalkKeys { step, kill } => {
                let keys: Vec<_> = self.members.keys().collect();
                for (n, key) in keys.into_iter().enumerate() {
                    if n == step {
                        pool.kill(kill);
                        self.members.purge();
                    }
                    let expected = self.expected(key).filter(|life| pool.is_alive(*life));
                    assert_eq!(self.members.get(key).as_ref().map(life), expected);
                }
            }
            Command::Purge => {
                self.members.purge();
                assert_eq!(self.members.purge(), 0);
            }
            Command::Reserve { additional } => {
                self.members.reserve(additional);
                self.most = self.most.max(self.members.len() + additional);
                assert!(self.members.capacity() >= self.members.len() + additional);
            }
            Command::ShrinkTo { capacity } => self.members.shrink_to(capacity),
        }
        self.most = self.most.max(self.model.len());
    }

    fn check(&mut self, pool: &Pool<O>) {
        self.model.retain(|(_, life)| pool.is_alive(*life));
        assert!(self.members.capacity() <= (2 * self.most).max(4));
        assert_eq!(self.members.len(), self.model.len());
        assert_eq!(self.members.is_empty(), self.model.is_empty());
        let entries = self.members.entries().map(|(key, one)| (key, life(&one)));
        assert!(entries.eq(self.model.iter().copied()));
        let lives = self.model.iter().map(|(_, life)| *life);
        let backwards = self.members.iter().rev().map(|object| life(&object));
        assert!(backwards.eq(lives.clone().rev()));
        assert_eq!(
            self.members.front().as_ref().map(life),
            lives.clone().next()
        );
        assert_eq!(
            self.members.back().as_ref().map(life),
            lives.clone().next_back()
        );
        for key in &self.keys {
            let there = self.members.get(*key);
            assert_eq!(there.as_ref().map(life), self.expected(*key));
        }
        for object in pool.all() {
            let entries = lives.clone().filter(|there| *there == life(&object));
            assert_eq!(Strong::weak_count(&object), entries.count());
        }
    }

    fn give_up(&mut self, pool: &Pool<O>) {
        assert!(
            self.members
                .iter()
                .all(|object| pool.is_alive(life(&object)))
        );
        self.model.clear();
        self.members.clear();
    }
}
