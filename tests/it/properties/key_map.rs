//! `WeakKeyMap` and its identity twin against a list of lives and values.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::Strong;
use weakref_containers::weak_key::Entry;
use weakref_containers::{ByIdentity, ByValue, KeyMap, Keying, Lookup};

use super::script::{Random, Subject};
use super::value_map::Choice;
use super::world::{Object, Pool, Site, life, pass};

/// What makes two keys the same, for the map and for its model.
pub(super) trait Same<O: Object>: Keying<O> + 'static {
    type Asked: ?Sized + Lookup<O, Self>;

    fn ask(key: &Strong<O>) -> &Self::Asked;

    /// What keys that are the same have in common.
    fn mark(key: &Strong<O>) -> u32;
}

impl<O: Object> Same<O> for ByValue {
    type Asked = O;

    fn ask(key: &Strong<O>) -> &O {
        key
    }

    fn mark(key: &Strong<O>) -> u32 {
        (**key).as_ref().class.into()
    }
}

impl<O: Object> Same<O> for ByIdentity {
    type Asked = Strong<O>;

    fn ask(key: &Strong<O>) -> &Strong<O> {
        key
    }

    fn mark(key: &Strong<O>) -> u32 {
        life(key)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    mark: u32,
    life: u32,
    value: u32,
}

pub(super) struct Keys<O: Object, S, M> {
    map: KeyMap<O, u32, S, M>,
    /// Those of the dead may be left.
    model: Vec<Row>,
    /// The next value: all are different.
    value: u32,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Insert { slot: usize },
    TryInsert { slot: usize },
    GetOrInsert { slot: usize },
    GetOrInsertWith { slot: usize },
    LookAtEntry { slot: usize },
    RemoveOfEntry { slot: usize },
    Get { slot: usize },
    SetMut { slot: usize },
    Remove { slot: usize },
    RemoveEntry { slot: usize },
    Pop,
    Retain(Choice),
    ExtractIf { wanted: Choice, most: usize },
    Drain { most: usize },
    Clear,
    Replace { by_collecting: bool },
    Iterate { step: usize, kill: usize },
    Purge,
    Reserve { additional: usize },
    ShrinkTo { capacity: usize },
}

impl<O: Object + 'static, S, M: Same<O>> Keys<O, S, M> {
    fn expected(&self, key: &Strong<O>) -> Option<Row> {
        let mark = M::mark(key);
        self.model.iter().find(|row| row.mark == mark).copied()
    }

    fn forget(&mut self, key: &Strong<O>) {
        self.model.retain(|row| row.mark != M::mark(key));
    }

    fn set(&mut self, key: &Strong<O>, value: u32) {
        self.forget(key);
        self.model.push(Row {
            mark: M::mark(key),
            life: life(key),
            value,
        });
    }

    /// Asserts that the map gave the value of the row that it has, or nothing, if it had none or
    /// its key has died during the call.
    #[track_caller]
    fn agree(&self, key: &Strong<O>, given: Option<u32>, pool: &Pool<O>) {
        let expected = self.expected(key);
        match given {
            Some(_) => assert_eq!(given, expected.map(|row| row.value)),
            None => pool.agree(expected.map(|row| row.life), None),
        }
    }

    fn given_or_inserted(&mut self, key: &Strong<O>, given: u32, fresh: u32, pool: &Pool<O>) {
        if given == fresh {
            self.agree(key, None, pool);
            self.set(key, fresh);
        } else {
            self.agree(key, Some(given), pool);
        }
    }
}

impl<O, S, M> Subject for Keys<O, S, M>
where
    O: Object + 'static,
    S: BuildHasher + Default + Clone + 'static,
    M: Same<O>,
{
    type Object = O;
    type Command = Command;

    fn new() -> Self {
        Self {
            map: KeyMap::default(),
            model: Vec::new(),
            value: 0,
        }
    }

    fn draw(random: &mut Random) -> Command {
        let slot = random.slot();
        match random.below(50) {
            0..14 => Command::Insert { slot },
            14..16 => Command::TryInsert { slot },
            16..19 => Command::GetOrInsert { slot },
            19..21 => Command::GetOrInsertWith { slot },
            21..24 => Command::LookAtEntry { slot },
            24..26 => Command::RemoveOfEntry { slot },
            26..29 => Command::Get { slot },
            29..31 => Command::SetMut { slot },
            31..34 => Command::Remove { slot },
            34..36 => Command::RemoveEntry { slot },
            36..38 => Command::Pop,
            38 => Command::Retain(Choice::draw(random)),
            39 => Command::ExtractIf {
                wanted: Choice::draw(random),
                most: random.below(4),
            },
            40 => Command::Drain {
                most: random.below(8),
            },
            41 => Command::Clear,
            42..44 => Command::Replace {
                by_collecting: random.below(2) == 0,
            },
            44..47 => Command::Iterate {
                step: random.below(8),
                kill: slot,
            },
            47 => Command::Purge,
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
        self.model.retain(|row| pool.is_alive(row.life));
        self.value += 1;
        let fresh = self.value;
        match *command {
            Command::Insert { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let old = self.map.insert(&key, fresh);
                self.agree(&key, old, pool);
                self.set(&key, fresh);
            }
            Command::TryInsert { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = match self.map.try_insert(&key, fresh) {
                    Ok(value) => *value,
                    Err(mut error) => {
                        assert_eq!(error.value, fresh);
                        if fresh.is_multiple_of(2) {
                            drop(error.entry.replace_key());
                        }
                        *error.entry.get()
                    }
                };
                self.given_or_inserted(&key, there, fresh, pool);
                if fresh.is_multiple_of(2) {
                    self.set(&key, there);
                }
            }
            Command::GetOrInsert { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = *self.map.get_or_insert(&key, fresh);
                self.given_or_inserted(&key, there, fresh, pool);
            }
            Command::GetOrInsertWith { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = *self.map.get_or_insert_with(&key, || {
                    pass(Site::Call);
                    fresh
                });
                self.given_or_inserted(&key, there, fresh, pool);
            }
            Command::LookAtEntry { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = match self.map.entry(&key) {
                    Entry::Occupied(entry) => {
                        assert!(Strong::ptr_eq(entry.key(), &key));
                        Some(*entry.get())
                    }
                    Entry::Vacant(_) => None,
                };
                self.agree(&key, there, pool);
                match there {
                    Some(value) => self.set(&key, value),
                    None => self.forget(&key),
                }
            }
            Command::RemoveOfEntry { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let old = match self.map.entry(&key) {
                    Entry::Occupied(entry) => Some(entry.remove()),
                    Entry::Vacant(_) => None,
                };
                self.agree(&key, old, pool);
                self.forget(&key);
            }
            Command::Get { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = self.map.get(M::ask(&key)).copied();
                self.agree(&key, there, pool);
            }
            Command::SetMut { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let there = self.map.get_mut(M::ask(&key));
                let old = there.map(|value| std::mem::replace(value, fresh));
                self.agree(&key, old, pool);
                let mark = M::mark(&key);
                for row in self.model.iter_mut().filter(|row| row.mark == mark) {
                    row.value = fresh;
                }
            }
            Command::Remove { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let old = self.map.remove(M::ask(&key));
                self.agree(&key, old, pool);
                self.forget(&key);
            }
            Command::RemoveEntry { slot } => {
                let Some(key) = pool.get(slot) else { return };
                let old = self.map.remove_entry(M::ask(&key));
                let stored = old.as_ref().map(|(stored, _)| life(stored));
                pool.agree(self.expected(&key).map(|row| row.life), stored);
                self.agree(&key, old.map(|(_, value)| value), pool);
                self.forget(&key);
            }
            Command::Pop => match self.map.pop() {
                Some((key, value)) => {
                    assert_eq!(self.expected(&key).map(|row| row.value), Some(value));
                    self.forget(&key);
                }
                None => assert!(self.model.iter().all(|row| !pool.is_alive(row.life))),
            },
            Command::Retain(choice) => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    self.map.retain(|key, _| {
                        pass(Site::Call);
                        if !choice.has(life(key)) {
                            removed.borrow_mut().push(life(key));
                        }
                        choice.has(life(key))
                    });
                }));
                let removed = removed.take();
                self.model.retain(|row| !removed.contains(&row.life));
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::ExtractIf { wanted, most } => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let extracted = self.map.extract_if(|key, _| {
                        pass(Site::Call);
                        wanted.has(life(key))
                    });
                    for (key, _) in extracted.take(most) {
                        removed.borrow_mut().push(life(&key));
                    }
                }));
                let removed = removed.take();
                assert!(removed.iter().all(|life| wanted.has(*life)));
                self.model.retain(|row| !removed.contains(&row.life));
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::Drain { most } => {
                let taken: Vec<_> = self.map.drain().take(most).collect();
                assert!(self.map.is_empty());
                let model = std::mem::take(&mut self.model);
                let alive = model.iter().filter(|row| pool.is_alive(row.life)).count();
                assert!(taken.len() <= most && taken.len() >= alive.min(most));
                for (key, value) in taken {
                    let row = Row {
                        mark: M::mark(&key),
                        life: life(&key),
                        value,
                    };
                    assert!(model.contains(&row));
                }
            }
            Command::Clear => {
                self.model.clear();
                self.map.clear();
            }
            Command::Replace { by_collecting } => {
                self.map = if by_collecting {
                    self.map.iter().map(|(key, value)| (key, *value)).collect()
                } else {
                    self.map.clone()
                };
            }
            Command::Iterate { step, kill } => {
                let mut seen = Vec::new();
                for (n, (key, value)) in self.map.iter().enumerate() {
                    if n == step {
                        pool.kill(kill);
                    }
                    seen.push(Row {
                        mark: M::mark(&key),
                        life: life(&key),
                        value: *value,
                    });
                    let held = |there: u32| there == life(&key) || pool.is_alive(there);
                    let alive = self.model.iter().filter(|row| held(row.life)).count();
                    assert_eq!(self.map.len(), alive);
                }
                assert!(seen.iter().all(|row| self.model.contains(row)));
                assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
                let missed = |row: &&Row| pool.is_alive(row.life) && !seen.contains(row);
                assert_eq!(self.model.iter().find(missed), None);
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
        self.model.retain(|row| pool.is_alive(row.life));
        assert_eq!(self.map.len(), self.model.len());
        assert_eq!(self.map.is_empty(), self.model.is_empty());
        let rows = self.map.iter().map(|(key, value)| Row {
            mark: M::mark(&key),
            life: life(&key),
            value: *value,
        });
        let rows: BTreeSet<_> = rows.collect();
        assert_eq!(rows, self.model.iter().copied().collect());
        assert_eq!(self.map.values().count(), self.model.len());
        for object in pool.all() {
            let there = self.map.get(M::ask(&object)).copied();
            assert_eq!(there, self.expected(&object).map(|row| row.value));
            let entries = self.model.iter().filter(|row| row.life == life(&object));
            assert_eq!(Strong::weak_count(&object), entries.count());
        }
        assert!(self.map.capacity() < 100, "{}", self.map.capacity());
    }

    fn give_up(&mut self, pool: &Pool<O>) {
        assert!(self.map.keys().all(|key| pool.is_alive(life(&key))));
        assert_eq!(self.map.len(), self.map.iter().count());
        self.model.clear();
        self.map.clear();
    }
}
