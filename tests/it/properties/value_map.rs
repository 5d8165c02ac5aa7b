//! `WeakValueMap` against a list of keys and lives.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::Strong;
use weakref_containers::WeakValueMap;
use weakref_containers::weak_value::Entry;

use super::script::{Random, Subject};
use super::world::{Key, Object, Pool, Site, life, pass};

pub(super) struct ValueMap<K, O: Object, S> {
    map: WeakValueMap<K, O, S>,
    /// Keys with the lives of their values; those of the dead may be left.
    model: Vec<(u8, u32)>,
}

/// A choice among the lives: those with this remainder by 3.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice(u32);

impl Choice {
    pub(super) fn draw(random: &mut Random) -> Self {
        Self(u32::from(random.small()) % 3)
    }

    pub(super) fn has(self, life: u32) -> bool {
        life % 3 == self.0
    }
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Insert { key: u8, slot: usize },
    TryInsert { key: u8, slot: usize },
    GetOrInsert { key: u8, slot: usize },
    GetOrInsertWith { key: u8, slot: usize },
    InsertEntry { key: u8, slot: usize },
    ReplaceInEntry { key: u8, slot: usize },
    RemoveOfEntry { key: u8 },
    Extend { pairs: Vec<(u8, usize)> },
    Get { key: u8 },
    ContainsKey { key: u8 },
    Remove { key: u8 },
    RemoveEntry { key: u8 },
    Pop,
    Retain(Choice),
    ExtractIf { wanted: Choice, most: usize },
    Drain { most: usize },
    IntoIter { most: usize },
    Clear,
    Replace { by_collecting: bool },
    Iterate { step: usize, kill: usize },
    Compare,
    Purge,
    Reserve { additional: usize },
    ShrinkTo { capacity: usize },
}

impl<K: Key, O: Object, S> ValueMap<K, O, S> {
    fn expected(&self, key: u8) -> Option<u32> {
        let entry = self.model.iter().find(|(there, _)| *there == key)?;
        Some(entry.1)
    }

    fn set(&mut self, key: u8, life: u32) {
        self.model.retain(|(there, _)| *there != key);
        self.model.push((key, life));
    }

    fn forget(&mut self, key: u8) {
        self.model.retain(|(there, _)| *there != key);
    }
}

impl<K, O, S> Subject for ValueMap<K, O, S>
where
    K: Key,
    O: Object + 'static,
    S: BuildHasher + Default + Clone + 'static,
{
    type Object = O;
    type Command = Command;

    fn new() -> Self {
        Self {
            map: WeakValueMap::default(),
            model: Vec::new(),
        }
    }

    fn draw(random: &mut Random) -> Command {
        let (key, slot) = (random.small(), random.slot());
        match random.below(60) {
            0..12 => Command::Insert { key, slot },
            12..14 => Command::TryInsert { key, slot },
            14..17 => Command::GetOrInsert { key, slot },
            17..20 => Command::GetOrInsertWith { key, slot },
            20..22 => Command::InsertEntry { key, slot },
            22..24 => Command::ReplaceInEntry { key, slot },
            24..26 => Command::RemoveOfEntry { key },
            26..29 => Command::Extend {
                pairs: random
                    .slots(6)
                    .into_iter()
                    .map(|slot| (random.small(), slot))
                    .collect(),
            },
            29..34 => Command::Get { key },
            34..36 => Command::ContainsKey { key },
            36..39 => Command::Remove { key },
            39..41 => Command::RemoveEntry { key },
            41..43 => Command::Pop,
            43 => Command::Retain(Choice::draw(random)),
            44 => Command::ExtractIf {
                wanted: Choice::draw(random),
                most: random.below(4),
            },
            45 => Command::Drain {
                most: random.below(8),
            },
            46 => Command::IntoIter {
                most: random.below(8),
            },
            47 => Command::Clear,
            48..51 => Command::Replace {
                by_collecting: random.below(2) == 0,
            },
            51..55 => Command::Iterate {
                step: random.below(8),
                kill: slot,
            },
            55 => Command::Compare,
            56..58 => Command::Purge,
            58 => Command::Reserve {
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
            Command::Insert { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                let old = self.map.insert(K::new(key), &object);
                pool.agree(self.expected(key), old.as_ref().map(life));
                self.set(key, life(&object));
            }
            Command::TryInsert { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                match self.map.try_insert(K::new(key), &object) {
                    Ok(()) => {
                        pool.agree(self.expected(key), None);
                        self.set(key, life(&object));
                    }
                    Err(entry) => {
                        assert_eq!(entry.key().number(), key);
                        let there = life(entry.get());
                        drop(entry);
                        assert_eq!(self.expected(key), Some(there));
                    }
                }
            }
            Command::GetOrInsert { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                let given = life(&self.map.get_or_insert(K::new(key), &object));
                self.given_or_inserted(key, given, &object, pool);
            }
            Command::GetOrInsertWith { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                let given = self.map.get_or_insert_with(K::new(key), || {
                    pass(Site::Call);
                    object.clone()
                });
                self.given_or_inserted(key, life(&given), &object, pool);
            }
            Command::InsertEntry { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                let entry = self.map.entry(K::new(key)).insert_entry(&object);
                assert_eq!(
                    (entry.key().number(), life(entry.get())),
                    (key, life(&object))
                );
                drop(entry);
                self.set(key, life(&object));
            }
            Command::ReplaceInEntry { key, slot } => {
                let Some(object) = pool.get(slot) else { return };
                let old = match self.map.entry(K::new(key)) {
                    Entry::Occupied(mut entry) => {
                        drop(entry.replace_key());
                        Some(life(&entry.insert(&object)))
                    }
                    Entry::Vacant(entry) => {
                        assert_eq!(entry.into_key().number(), key);
                        None
                    }
                };
                pool.agree(self.expected(key), old);
                if old.is_some() {
                    self.set(key, life(&object));
                } else {
                    self.forget(key);
                }
            }
            Command::RemoveOfEntry { key } => {
                let old = match self.map.entry(K::new(key)) {
                    Entry::Occupied(entry) => Some(life(&entry.remove())),
                    Entry::Vacant(_) => None,
                };
                pool.agree(self.expected(key), old);
                self.forget(key);
            }
            Command::Extend { ref pairs } => self.extend(pairs, pool),
            Command::Get { key } => {
                let given = self.map.get(&K::new(key));
                pool.agree(self.expected(key), given.as_ref().map(life));
            }
            Command::ContainsKey { key } => {
                let given = self.map.contains_key(&K::new(key));
                pool.agree(self.expected(key), self.expected(key).filter(|_| given));
                assert!(!given || self.expected(key).is_some());
            }
            Command::Remove { key } => {
                let given = self.map.remove(&K::new(key));
                pool.agree(self.expected(key), given.as_ref().map(life));
                self.forget(key);
            }
            Command::RemoveEntry { key } => {
                let given = self.map.remove_entry(&K::new(key));
                assert!(given.iter().all(|(there, _)| there.number() == key));
                pool.agree(self.expected(key), given.map(|(_, value)| life(&value)));
                self.forget(key);
            }
            Command::Pop => match self.map.pop() {
                Some((key, value)) => {
                    assert_eq!(self.expected(key.number()), Some(life(&value)));
                    self.forget(key.number());
                }
                None => assert!(self.model.iter().all(|(_, life)| !pool.is_alive(*life))),
            },
            Command::Retain(choice) => self.retain(choice),
            Command::ExtractIf { wanted, most } => self.extract(wanted, most),
            Command::Drain { most } => {
                let taken: Vec<_> = self.map.drain().take(most).collect();
                assert!(self.map.is_empty());
                self.emptied(taken, most, pool);
            }
            Command::IntoIter { most } => {
                let map = core::mem::take(&mut self.map);
                let taken: Vec<_> = map.into_iter().take(most).collect();
                self.emptied(taken, most, pool);
            }
            Command::Clear => {
                self.model.clear();
                self.map.clear();
            }
            Command::Replace { by_collecting } => {
                self.map = if by_collecting {
                    self.map.iter().collect()
                } else {
                    self.map.clone()
                };
            }
            Command::Iterate { step, kill } => self.iterate(step, kill, pool),
            Command::Compare => {
                let copy = self.map.clone();
                let strong = self.map.upgrade();
                assert!(copy == self.map && copy == strong);
                assert_eq!(strong.len(), self.map.len());
            }
            Command::Purge => {
                self.map.purge();
                assert_eq!(self.map.purge(), 0);
            }
            Command::Reserve { additional } => {
                self.map.reserve(additional);
                assert!(self.map.capacity() >= self.map.len() + additional);
            }
            Command::ShrinkTo { capacity } => self.map.shrink_to(capacity),
        }
    }

    fn check(&mut self, pool: &Pool<O>) {
        self.model.retain(|(_, life)| pool.is_alive(*life));
        assert_eq!(self.map.len(), self.model.len());
        assert_eq!(self.map.is_empty(), self.model.is_empty());
        let content: BTreeSet<_> = self
            .map
            .iter()
            .map(|(k, v)| (k.number(), life(&v)))
            .collect();
        assert_eq!(content, self.model.iter().copied().collect());
        assert_eq!(self.map.keys().count(), self.model.len());
        assert_eq!(self.map.weak_values().count(), self.model.len());
        for key in 0..10 {
            let there = self.map.get(&K::new(key));
            assert_eq!(there.as_ref().map(life), self.expected(key));
        }
        for object in pool.all() {
            let entries = self
                .model
                .iter()
                .filter(|(_, there)| *there == life(&object));
            assert_eq!(Strong::weak_count(&object), entries.count());
        }
        assert!(self.map.capacity() < 100, "{}", self.map.capacity());
    }

    fn give_up(&mut self, pool: &Pool<O>) {
        assert!(self.map.values().all(|value| pool.is_alive(life(&value))));
        assert_eq!(self.map.len(), self.map.iter().count());
        self.model.clear();
        self.map.clear();
    }
}

impl<K, O, S> ValueMap<K, O, S>
where
    K: Key,
    O: Object + 'static,
    S: BuildHasher + Default + Clone,
{
    fn given_or_inserted(&mut self, key: u8, given: u32, object: &Strong<O>, pool: &Pool<O>) {
        if self.expected(key) != Some(given) {
            pool.agree(self.expected(key), None);
            assert_eq!(given, life(object));
            self.set(key, given);
        }
    }

    /// A pair is in before the next one is asked for.
    fn extend(&mut self, pairs: &[(u8, usize)], pool: &Pool<O>) {
        let pairs = pairs
            .iter()
            .filter_map(|(key, slot)| Some((*key, pool.get(*slot)?)));
        let pairs: Vec<_> = pairs.collect();
        let asked = Cell::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let pairs = pairs.iter().inspect(|_| asked.set(asked.get() + 1));
            self.map
                .extend(pairs.map(|(key, object)| (K::new(*key), object)));
        }));
        let inserted = asked.get() - usize::from(outcome.is_err());
        for (key, object) in &pairs[..inserted] {
            self.set(*key, life(object));
        }
        drop(pairs);
        outcome.unwrap_or_else(|payload| resume_unwind(payload));
    }

    fn retain(&mut self, keep: Choice) {
        let removed = RefCell::new(Vec::new());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            self.map.retain(|key, value| {
                pass(Site::Call);
                let keep = keep.has(life(value));
                if !keep {
                    removed.borrow_mut().push(key.number());
                }
                keep
            });
        }));
        for key in removed.take() {
            self.forget(key);
        }
        outcome.unwrap_or_else(|payload| resume_unwind(payload));
    }

    fn extract(&mut self, wanted: Choice, most: usize) {
        let removed = RefCell::new(Vec::new());
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let extracted = self.map.extract_if(|_, value| {
                pass(Site::Call);
                wanted.has(life(value))
            });
            for (key, value) in extracted.take(most) {
                removed.borrow_mut().push((key.number(), life(&value)));
            }
        }));
        for (key, life) in removed.take() {
            assert!(wanted.has(life));
            assert_eq!(self.expected(key), Some(life));
            self.forget(key);
        }
        outcome.unwrap_or_else(|payload| resume_unwind(payload));
    }

    fn emptied(&mut self, taken: Vec<(K, Strong<O>)>, most: usize, pool: &Pool<O>) {
        let model = core::mem::take(&mut self.model);
        let lives = model
            .iter()
            .filter(|(_, life)| pool.is_alive(*life))
            .count();
        assert!(taken.len() <= most && taken.len() >= lives.min(most));
        for (key, value) in taken {
            assert!(model.contains(&(key.number(), life(&value))));
        }
    }

    fn iterate(&mut self, step: usize, kill: usize, pool: &Pool<O>) {
        let mut seen = Vec::new();
        for (n, (key, value)) in self.map.iter().enumerate() {
            if n == step {
                pool.kill(kill);
            }
            seen.push((key.number(), life(&value)));
            let held = |there: u32| there == life(&value) || pool.is_alive(there);
            let alive = self.model.iter().filter(|(_, there)| held(*there)).count();
            assert_eq!(self.map.len(), alive);
        }
        assert!(seen.iter().all(|entry| self.model.contains(entry)));
        let all: BTreeSet<_> = seen.iter().collect();
        assert_eq!(all.len(), seen.len());
        let missed = |entry: &&(u8, u32)| pool.is_alive(entry.1) && !seen.contains(entry);
        assert_eq!(self.model.iter().find(missed), None);
    }
}
