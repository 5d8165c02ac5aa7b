//! `WeakSet` and its identity twin against a list of lives, set algebra included.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::BuildHasher;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref::Strong;
use weakref_containers::Set;

use super::key_map::Same;
use super::script::{Random, Subject};
use super::value_map::Choice;
use super::world::{Object, Pool, Site, life, pass, quietly};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    mark: u32,
    life: u32,
}

impl Row {
    fn of<O: Object, M: Same<O>>(member: &Strong<O>) -> Self {
        Self {
            mark: M::mark(member),
            life: life(member),
        }
    }
}

pub(super) struct Members<O: Object, S, M> {
    set: Set<O, S, M>,
    /// Those of the dead may be left.
    model: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Operation {
    Union,
    Intersection,
    Difference,
    SymmetricDifference,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Method,
    Operator,
    Assigning,
}

#[derive(Clone, Debug)]
pub(super) enum Command {
    Insert {
        slot: usize,
    },
    Replace {
        slot: usize,
    },
    GetOrInsert {
        slot: usize,
    },
    GetOrInsertWith {
        slot: usize,
    },
    Get {
        slot: usize,
    },
    Remove {
        slot: usize,
    },
    Take {
        slot: usize,
    },
    Extend {
        slots: Vec<usize>,
    },
    Pop,
    Retain(Choice),
    ExtractIf {
        wanted: Choice,
        most: usize,
    },
    Drain {
        most: usize,
    },
    Clear,
    Renew {
        by_collecting: bool,
    },
    Iterate {
        step: usize,
        kill: usize,
    },
    Combine {
        slots: Vec<usize>,
        operation: Operation,
        form: Form,
    },
    Compare {
        slots: Vec<usize>,
    },
    Purge,
    Reserve {
        additional: usize,
    },
    ShrinkTo {
        capacity: usize,
    },
}

impl<O: Object + 'static, S, M: Same<O>> Members<O, S, M> {
    fn expected(&self, member: &Strong<O>) -> Option<u32> {
        let mark = M::mark(member);
        let row = self.model.iter().find(|row| row.mark == mark)?;
        Some(row.life)
    }

    fn forget(&mut self, member: &Strong<O>) {
        self.model.retain(|row| row.mark != M::mark(member));
    }

    fn put(&mut self, member: &Strong<O>) {
        self.forget(member);
        self.model.push(Row::of::<O, M>(member));
    }

    fn got_or_inserted(&mut self, member: &Strong<O>, given: &Strong<O>, pool: &Pool<O>) {
        if self.expected(member) == Some(life(given)) {
            return;
        }
        assert_eq!(life(given), life(member));
        pool.agree(self.expected(member), None);
        self.put(member);
    }
}

impl<O, S, M> Members<O, S, M>
where
    O: Object + 'static,
    S: BuildHasher + Default + Clone + 'static,
    M: Same<O>,
{
    fn content(set: &Set<O, S, M>) -> Vec<Row> {
        set.iter().map(|member| Row::of::<O, M>(&member)).collect()
    }

    fn other(slots: &[usize], pool: &Pool<O>) -> (Set<O, S, M>, Vec<Row>) {
        let objects: Vec<_> = slots.iter().filter_map(|slot| pool.get(*slot)).collect();
        quietly(|| {
            let other: Set<O, S, M> = objects.iter().collect();
            let rows = Self::content(&other);
            (other, rows)
        })
    }

    fn combine(&mut self, slots: &[usize], operation: Operation, form: Form, pool: &Pool<O>) {
        let (other, others) = Self::other(slots, pool);
        let (set, model) = (&mut self.set, &mut self.model);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let rows = |members: &mut dyn Iterator<Item = Strong<O>>| {
                // Held until all are there: what was yielded stays what it was.
                let members: Vec<_> = members.collect();
                members.iter().map(Row::of::<O, M>).collect()
            };
            match (form, operation) {
                (Form::Method, Operation::Union) => rows(&mut set.union(&other)),
                (Form::Method, Operation::Intersection) => rows(&mut set.intersection(&other)),
                (Form::Method, Operation::Difference) => rows(&mut set.difference(&other)),
                (Form::Method, Operation::SymmetricDifference) => {
                    rows(&mut set.symmetric_difference(&other))
                }
                (Form::Operator, Operation::Union) => Self::content(&(&*set | &other)),
                (Form::Operator, Operation::Intersection) => Self::content(&(&*set & &other)),
                (Form::Operator, Operation::Difference) => Self::content(&(&*set - &other)),
                (Form::Operator, Operation::SymmetricDifference) => {
                    Self::content(&(&*set ^ &other))
                }
                (Form::Assigning, operation) => {
                    match operation {
                        Operation::Union => *set |= &other,
                        Operation::Intersection => *set &= &other,
                        Operation::Difference => *set -= &other,
                        Operation::SymmetricDifference => *set ^= &other,
                    }
                    Vec::new()
                }
            }
        }));
        let changed = matches!(form, Form::Assigning);
        let before = model.clone();
        if changed {
            *model = quietly(|| Self::content(set));
        }
        let result = match &outcome {
            Ok(_) if changed => Some(&*model),
            Ok(rows) => Some(rows),
            Err(_) => None,
        };
        if let Some(result) = result {
            judge(operation, form, &before, &others, result, pool);
        }
        let known = |row: &Row| before.contains(row) || others.contains(row);
        assert!(model.iter().all(known));
        if let Err(payload) = outcome {
            resume_unwind(payload);
        }
    }
}

/// Asserts that `result` has all that is alive and has to be in it, and nothing that may not be.
fn judge<O: Object + 'static>(
    operation: Operation,
    form: Form,
    left: &[Row],
    right: &[Row],
    result: &[Row],
    pool: &Pool<O>,
) {
    let partner =
        |rows: &[Row], row: &Row| rows.iter().find(|other| other.mark == row.mark).copied();
    let lives = |row: &Row| pool.is_alive(row.life);
    let distinct: BTreeSet<_> = result.iter().map(|row| row.mark).collect();
    assert_eq!(distinct.len(), result.len());
    let replaces = matches!((operation, form), (Operation::Union, Form::Assigning));
    for row in left {
        let there = result.contains(row);
        let other = partner(right, row);
        let wanted = match operation {
            Operation::Union => !replaces || other.is_none_or(|other| other == *row),
            Operation::Intersection => other.is_some(),
            Operation::Difference | Operation::SymmetricDifference => other.is_none(),
        };
        // Its own death, or its partner's during the operation, excuses the opposite.
        let sure = lives(row) && other.as_ref().is_none_or(lives);
        assert!(there == wanted || !sure, "{operation:?} {row:?}");
    }
    for row in right {
        let there = result.contains(row) && !left.contains(row);
        let other = partner(left, row);
        let wanted = match operation {
            Operation::Union => other.is_none() || replaces && other != Some(*row),
            Operation::SymmetricDifference => other.is_none(),
            Operation::Intersection | Operation::Difference => false,
        };
        let sure = lives(row) && other.as_ref().is_none_or(lives);
        assert!(there == wanted || !sure, "{operation:?} {row:?}");
    }
}

impl<O, S, M> Subject for Members<O, S, M>
where
    O: Object + 'static,
    S: BuildHasher + Default + Clone + 'static,
    M: Same<O>,
{
    type Object = O;
    type Command = Command;

    fn new() -> Self {
        Self {
            set: Set::default(),
            model: Vec::new(),
        }
    }

    fn draw(random: &mut Random) -> Command {
        let slot = random.slot();
        match random.below(50) {
            0..12 => Command::Insert { slot },
            12..14 => Command::Replace { slot },
            14..16 => Command::GetOrInsert { slot },
            16..18 => Command::GetOrInsertWith { slot },
            18..20 => Command::Get { slot },
            20..23 => Command::Remove { slot },
            23..25 => Command::Take { slot },
            25..27 => Command::Extend {
                slots: random.slots(8),
            },
            27..29 => Command::Pop,
            29 => Command::Retain(Choice::draw(random)),
            30 => Command::ExtractIf {
                wanted: Choice::draw(random),
                most: random.below(4),
            },
            31 => Command::Drain {
                most: random.below(8),
            },
            32 => Command::Clear,
            33 => Command::Renew {
                by_collecting: random.below(2) == 0,
            },
            34..36 => Command::Iterate {
                step: random.below(8),
                kill: slot,
            },
            36..44 => Command::Combine {
                slots: random.slots(10),
                operation: random.one_of(&[
                    Operation::Union,
                    Operation::Intersection,
                    Operation::Difference,
                    Operation::SymmetricDifference,
                ]),
                form: random.one_of(&[Form::Method, Form::Operator, Form::Assigning]),
            },
            44..47 => Command::Compare {
                slots: random.slots(10),
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
        match *command {
            Command::Insert { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let new = self.set.insert(&member);
                if new {
                    pool.agree(self.expected(&member), None);
                } else {
                    assert!(self.expected(&member).is_some());
                }
                self.put(&member);
            }
            Command::Replace { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let old = self.set.replace(&member);
                pool.agree(self.expected(&member), old.as_ref().map(life));
                self.put(&member);
            }
            Command::GetOrInsert { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let given = self.set.get_or_insert(&member);
                self.got_or_inserted(&member, &given, pool);
            }
            Command::GetOrInsertWith { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let given = self.set.get_or_insert_with(M::ask(&member), |_| {
                    pass(Site::Call);
                    member.clone()
                });
                self.got_or_inserted(&member, &given, pool);
            }
            Command::Get { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let given = self.set.get(M::ask(&member));
                pool.agree(self.expected(&member), given.as_ref().map(life));
            }
            Command::Remove { slot } => {
                let Some(member) = pool.get(slot) else { return };
                if self.set.remove(M::ask(&member)) {
                    assert!(self.expected(&member).is_some());
                } else {
                    pool.agree(self.expected(&member), None);
                }
                self.forget(&member);
            }
            Command::Take { slot } => {
                let Some(member) = pool.get(slot) else { return };
                let taken = self.set.take(M::ask(&member));
                pool.agree(self.expected(&member), taken.as_ref().map(life));
                self.forget(&member);
            }
            Command::Extend { ref slots } => {
                for slot in slots {
                    let Some(member) = pool.get(*slot) else {
                        continue;
                    };
                    self.set.extend([&member]);
                    self.put(&member);
                }
            }
            Command::Pop => match self.set.pop() {
                Some(member) => {
                    assert_eq!(self.expected(&member), Some(life(&member)));
                    self.forget(&member);
                }
                None => assert!(self.model.iter().all(|row| !pool.is_alive(row.life))),
            },
            Command::Retain(choice) => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    self.set.retain(|member| {
                        pass(Site::Call);
                        if !choice.has(life(member)) {
                            removed.borrow_mut().push(life(member));
                        }
                        choice.has(life(member))
                    });
                }));
                let removed = removed.take();
                self.model.retain(|row| !removed.contains(&row.life));
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::ExtractIf { wanted, most } => {
                let removed = RefCell::new(Vec::new());
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    let extracted = self.set.extract_if(|member| {
                        pass(Site::Call);
                        wanted.has(life(member))
                    });
                    for member in extracted.take(most) {
                        removed.borrow_mut().push(life(&member));
                    }
                }));
                let removed = removed.take();
                assert!(removed.iter().all(|life| wanted.has(*life)));
                self.model.retain(|row| !removed.contains(&row.life));
                outcome.unwrap_or_else(|payload| resume_unwind(payload));
            }
            Command::Drain { most } => {
                let taken: Vec<_> = self.set.drain().take(most).collect();
                assert!(self.set.is_empty());
                let model = std::mem::take(&mut self.model);
                let alive = model.iter().filter(|row| pool.is_alive(row.life)).count();
                assert!(taken.len() <= most && taken.len() >= alive.min(most));
                assert!(
                    taken
                        .iter()
                        .all(|one| model.contains(&Row::of::<O, M>(one)))
                );
            }
            Command::Clear => {
                self.model.clear();
                self.set.clear();
            }
            Command::Renew { by_collecting } => {
                self.set = if by_collecting {
                    self.set.iter().collect()
                } else {
                    self.set.clone()
                };
            }
            Command::Iterate { step, kill } => {
                let mut seen = Vec::new();
                for (n, member) in self.set.iter().enumerate() {
                    if n == step {
                        pool.kill(kill);
                    }
                    seen.push(Row::of::<O, M>(&member));
                    let held = |there: u32| there == life(&member) || pool.is_alive(there);
                    let alive = self.model.iter().filter(|row| held(row.life)).count();
                    assert_eq!(self.set.len(), alive);
                }
                assert!(seen.iter().all(|row| self.model.contains(row)));
                assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), seen.len());
                let missed = |row: &&Row| pool.is_alive(row.life) && !seen.contains(row);
                assert_eq!(self.model.iter().find(missed), None);
            }
            Command::Combine {
                ref slots,
                operation,
                form,
            } => self.combine(slots, operation, form, pool),
            Command::Compare { ref slots } => {
                let (other, others) = Self::other(slots, pool);
                let has = |rows: &[Row], row: &Row| rows.iter().any(|one| one.mark == row.mark);
                let subset = |a: &[Row], b: &[Row]| a.iter().all(|row| has(b, row));
                let (left, right) = (&self.model, &others);
                quietly(|| {
                    assert_eq!(self.set.is_subset(&other), subset(left, right));
                    assert_eq!(self.set.is_superset(&other), subset(right, left));
                    let equal = subset(left, right) && subset(right, left);
                    assert_eq!(self.set == other, equal);
                    assert_eq!(
                        self.set.is_proper_subset(&other),
                        subset(left, right) && !equal
                    );
                    assert_eq!(
                        self.set.is_proper_superset(&other),
                        subset(right, left) && !equal
                    );
                    let disjoint = !left.iter().any(|row| has(right, row));
                    assert_eq!(self.set.is_disjoint(&other), disjoint);
                });
            }
            Command::Purge => {
                self.set.purge();
                assert_eq!(self.set.purge(), 0);
            }
            Command::Reserve { additional } => {
                self.set.reserve(additional);
                assert!(self.set.capacity() >= self.set.len() + additional);
            }
            Command::ShrinkTo { capacity } => self.set.shrink_to(capacity),
        }
    }

    fn check(&mut self, pool: &Pool<O>) {
        self.model.retain(|row| pool.is_alive(row.life));
        assert_eq!(self.set.len(), self.model.len());
        assert_eq!(self.set.is_empty(), self.model.is_empty());
        let rows: BTreeSet<_> = Self::content(&self.set).into_iter().collect();
        assert_eq!(rows, self.model.iter().copied().collect());
        assert_eq!(self.set.weak_iter().count(), self.model.len());
        for object in pool.all() {
            let there = self.set.get(M::ask(&object));
            assert_eq!(there.as_ref().map(life), self.expected(&object));
            assert_eq!(self.set.contains(M::ask(&object)), there.is_some());
            let entries = self.model.iter().filter(|row| row.life == life(&object));
            let held = usize::from(there.is_some_and(|there| Strong::ptr_eq(&there, &object)));
            assert_eq!(entries.clone().count(), held);
            assert_eq!(Strong::weak_count(&object), entries.count());
        }
        assert!(self.set.capacity() < 100, "{}", self.set.capacity());
    }

    fn give_up(&mut self, pool: &Pool<O>) {
        assert!(self.set.iter().all(|one| pool.is_alive(life(&one))));
        assert_eq!(self.set.len(), self.set.iter().count());
        self.model.clear();
        self.set.clear();
    }
}
