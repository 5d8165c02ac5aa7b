//! `WeakPairMap` and its identity twin against a list of pairs of lives.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::Strong;
use weakref_containers::PairMap;
use weakref_containers::weak_both::Entry;

use super::key_map::Same;
use super::script::{Random, Subject};
use super::value_map::Choice;
use super::world::{Object, Pool, Site, life, pass};

/// A key with what marks it, and a value, as lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    mark: u32,
    key: u32,
    value: u32,
}

impl Row {
    fn of<O: Object, M: Same<O>>(key: &Strong<O>, value: &Strong<O>) -> Self {
        Self {
            mark: M::mark(key),
            key: life(key),
            value: life(value),
        }
    }

    fn is_alive<O: Object + 'static>(&self, pool: &Pool<O>) -> bool {
        pool.is_alive(self.key) && pool.is_alive(self.value)
    }
}

/// Keys and values are objects of one pool: an object may be both, in one row or in several.
pub(super) struct Pairs<O: Object, S, M> {
    map: PairMap<O, O, S, M>,
    /// Those with a dead side may be left.
    model: Vec<Row>,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Insert { key: usize, value: usize },
    TryInsert { key: usize, value: usize },
    GetOrInsert { key: usize, value: usize },
    LookAtEntry { key: usize },
    ReplaceInEntry { key: usize, value: usize },
    RemoveOfEntry { key: usize },
    Get { key: usize },
    Remove { key: usize },
    Pop,
    Retain(Choice),
    ExtractIf { wanted: Choice, most: usize },
    Drain { most: usize },
    Clear,
    Replace,
    Iterate { step: usize, kill: usize },
    Purge,
    ShrinkTo { capacity: usize },
}

impl<O: Object + 'static, S, M: Same<O>> Pairs<O, S, M> {
    fn expected(&self, key: &Strong<O>) -> Option<Row> {
        let mark = M::mark(key);
        self.model.iter().find(|row| row.mark == mark).copied()
    }

    fn forget(&mut self, key: &Strong<O>) {
        self.model.retain(|row| row.mark != M::mark(key));
    }

    fn set(&mut self, row: Row) {
        self.model.retain(|there| there.mark != row.mark);
        self.model.push(row);
    }

    /// Asserts that the map gave the value of the row that it has, or nothing, if it had none or
    /// one of its sides has died during the call.
    #[track_caller]
    fn agree(&self, key: &Strong<O>, given: Option<u32>, pool: &Pool<O>) {
        let expected = self.expected(key);
        match given {
            Some(_) => assert_eq!(given, expected.map(|row| row.value)),
            None => assert!(expected.is_none_or(|row| !row.is_alive(pool))),
        }
    }

    /// Asserts how the weak references of each object and its sides of live rows compare.
    fn counts(&self, pool: &Pool<O>, compare: fn(usize, usize) -> bool) {
        for object in pool.all() {
            let is_it = |there| usize::from(there == life(&object));
            let sides = self
                .model
                .iter()
                .map(|row| is_it(row.key) + is_it(row.value));
            assert!(compare(Strong::weak_count(&object), sides.sum()));
        }
    }

    fn given_or_inserted(
        &mut self,
        key: &Strong<O>,
        given: u32,
        fresh: &Strong<O>,
        pool: &Pool<O>,
    ) {
        if self.expected(key).is_some_and(|row| row.value == given) && given != life(fresh) {
            return;
        }
        assert_eq!(given, life(fresh));
        match self.expected(key) {
            // The same value stood there already, or under a key that died meanwhile.
            Some(row) if row.value == given && pool.is_alive(row.key) => {}
            _ => {
                self.agree(key, None, pool);
                self.set(Row::of::<O, M>(key, fresh));
            }
        }
    }
}

impl<O, S, M> Subject for Pairs<O, S, M>
where
    O: Object + 'static,
    S: BuildHasher + Default + Clone + 'static,
    M: Same<O>,
{
    type Object = O;
    type Command = Command;

    fn new() -> Self {
        Self {
            map: PairMap::default(),
            model: Vec::new(),
        }
    }

    fn draw(random: &mut Random) -> Command {
        let (key, value) = (random.slot(), random.slot());
        match random.below(46) {
            0..16 => Command::Insert { key, value },
            16..18 => Command::TryInsert { key, value },
            18..21 => Command::GetOrInsert { key, value },
            21..23 => Command::LookAtEntry { key },
            23..25 => Command::ReplaceInEntry { key, value },
            25..27 => Command::RemoveOfEntry { key },
            27..30 => Command::Get { key },
            30..33 => Command::Remove { key },
            33..35 => Command::Pop,
            35 => Command::Retain(Choice::draw(random)),
            36 => Command::ExtractIf {
                wanted: Choice::draw(random),
                most: random.below(4),
            },
            37 => Command::Drain {
                most: random.below(8),
            },
            38 => Command::Clear,
            39 => Command::Replace,
            40..43 => Command::Iterate {
                step: random.below(8),
                kill: key,
            },
            43..45 => Command::Purge,
            _ => Command::ShrinkTo {
                capacity: random.below(30),
            },
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each command")]
    fn apply(&mut self, command: &Command, pool: &Pool<O>) {
        self.model.retain(|row| row.is_alive(pool));
        let pair = |key, value| Some((pool.get(key)?, pool.get(value)?));
        match *command {
            Command::Insert { key, value } => {
                let Some((key, value)) = pair(key, value) else {
                    return;
                };
                let old = self.map.insert(&key, &value);
                self.agree(&key, old.as_ref().map(life), pool);
                self.set(Row::of::<O, M>(&key, &value));
            }
            Command::TryInsert { key, value } => {
                let Some((key, value)) = pair(key, value) else {
                    return;
                };
                match self.map.try_insert(&key, &value) {
                    Ok(()) => {
                        self.agree(&key, None, pool);
                        self.set(Row::of::<O, M>(&key, &value));
                    }
                    Err(mut entry) => {
                        let there = Row::of::<O, M>(&key, entry.get());
                        let replaces = there.value.is_multiple_of(2);
                        if replaces {
                            drop(entry.replace_key());
                        }
                        drop(entry);
                        self.agree(&key, Some(there.value), pool);
                        if replaces {
                            self.set(there);
                        }
                    }
                }
            }
            Command::GetOrInsert { key, value } => {
                let Some((key, value)) = pair(key, value) else {
                    return;
                };
                let given = life(&self.map.get_or_insert(&key, &value));
                self.given_or_inserted(&key, given, &value, pool);
            }
            Command::LookAtEntry { key } => {
                let Some(key) = pool.get(key) else { return };
                let there = match self.map.entry(&key) {
                    Entry::Occupied(entry) => {
                        assert!(Strong::ptr_eq(entry.key(), &key));
                        Some(Row::of::<O, M>(&key, entry.get()))
                    }
                    Entry::Vacant(_) => None,
                };
                self.agree(&key, there.map(|row| row.value), pool);
                match there {
                    Some(row) => self.set(row),
                    None => self.forget(&key),
                }
            }
            Command::ReplaceInEntry { key, value } => {
                let Some((key, value)) = pair(key, value) else {
                    return;
                };
                let old = match self.map.entry(&key) {
                    Entry::Occupied(mut entry) => {
                        let row = Row::of::<O, M>(entry.key(), &value);
                        Some((row, life(&entry.insert(&value))))
                    }
                    Entry::Vacant(_) => None,
                };
                self.agree(&key, old.map(|(_, old)| old), pool);
                match old {
                    Some((row, _)) => self.set(row),
                    None => self.forget(&key),
                }
            }
            Command::RemoveOfEntry { key } => {
                let Some(key) = pool.get(key) else { return };
                let old = match self.map.entry(&key) {
                    Entry::Occupied(entry) => Some(life(&entry.remove())),
                    Entry::Vacant(_) => None,
                };
                self.agree(&key, old, pool);
                self.forget(&key);
            }
            Command::Get { key } => {
                let Some(key) = pool.get(key) else { return };
                let there = self.map.get(M::ask(&key)).as_ref().map(life);
                self.agree(&key, there, pool);
            }
            Command::Remove { key } => {
                let Some(key) = pool.get(key) else { return };
                let old = self.map.remove(M::ask(&key)).as_ref().map(life);
                self.agree(&key, old, pool);
                self.forget(&key);
            }
            Command::Pop => match self.map.pop() {
                Some((key, value)) => {
                    assert_eq!(self.expected(&key), Some(Row::of::<O, M>(&key, &value)));
                    self.forget(&key);
                }
                None => assert!(self.model.iter().all(|row| !row.is_alive(pool))),
            },
            Command::Retain(choice) => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    self.map.retain(|key, value| {
                        pass(Site::Call);
                        if !choice.has(life(value)) {
                            removed.borrow_mut().push(life(key));
                        }
                        choice.has(life(value))
                    });
                }));
                let removed = removed.take();
                self.model.retain(|row| !removed.contains(&row.key));
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::ExtractIf { wanted, most } => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let extracted = self.map.extract_if(|_, value| {
                        pass(Site::Call);
                        wanted.has(life(value))
                    });
                    for (key, value) in extracted.take(most) {
                        removed.borrow_mut().push(Row::of::<O, M>(&key, &value));
                    }
                }));
                for row in removed.take() {
                    assert!(wanted.has(row.value) && self.model.contains(&row));
                    self.model.retain(|there| *there != row);
                }
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::Drain { most } => {
                let taken: Vec<_> = self.map.drain().take(most).collect();
                assert!(self.map.is_empty());
                let model = std::mem::take(&mut self.model);
                let alive = model.iter().filter(|row| row.is_alive(pool)).count();
                assert!(taken.len() <= most && taken.len() >= alive.min(most));
                for (key, value) in taken {
                    assert!(model.contains(&Row::of::<O, M>(&key, &value)));
                }
            }
            Command::Clear => {
                self.model.clear();
                self.map.clear();
            }
            Command::Replace => self.map = self.map.clone(),
            Command::Iterate { step, kill } => {
                let mut seen = Vec::new();
                for (n, (key, value)) in self.map.iter().enumerate() {
                    if n == step {
                        pool.kill(kill);
                    }
                    seen.push(Row::of::<O, M>(&key, &value));
                    let held = |there| {
                        there == life(&key) || there == life(&value) || pool.is_alive(there)
                    };
                    let rows = self.model.iter();
                    let alive = rows.filter(|row| held(row.key) && held(row.value));
                    assert_eq!(self.map.len(), alive.count());
                }
                assert!(seen.iter().all(|row| self.model.contains(row)));
                assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
                let missed = |row: &&Row| row.is_alive(pool) && !seen.contains(row);
                assert_eq!(self.model.iter().find(missed), None);
            }
            Command::Purge => {
                self.map.purge();
                self.counts(pool, |count, sides| count == sides);
            }
            Command::ShrinkTo { capacity } => self.map.shrink_to(capacity),
        }
    }

    fn check(&mut self, pool: &Pool<O>) {
        self.model.retain(|row| row.is_alive(pool));
        assert_eq!(self.map.len(), self.model.len());
        assert_eq!(self.map.is_empty(), self.model.is_empty());
        let rows = self
            .map
            .iter()
            .map(|(key, value)| Row::of::<O, M>(&key, &value));
        let rows: BTreeSet<_> = rows.collect();
        assert_eq!(rows, self.model.iter().copied().collect());
        for object in pool.all() {
            let there = self.map.get(M::ask(&object)).as_ref().map(life);
            assert_eq!(there, self.expected(&object).map(|row| row.value));
        }
        // Rows of which one side is dead still count for the other, until they are buried.
        self.counts(pool, |count, sides| count >= sides);
        assert!(self.map.capacity() < 100, "{}", self.map.capacity());
    }

    fn give_up(&mut self, pool: &Pool<O>) {
        let alive = |(key, value)| pool.is_alive(life(&key)) && pool.is_alive(life(&value));
        assert!(self.map.iter().all(alive));
        assert_eq!(self.map.len(), self.map.iter().count());
        self.model.clear();
        self.map.clear();
    }
}
