//! The weak containers, against weak-table 0.4 (and weak-map, which is ordered and has weak values alone) on tables of
//! `Rc` and of `Arc`. Every table hashes with `SipHash` under the same keys, and every side runs the same code over
//! [`Table`].
//!
//! What misses its aim, and what was tried:
//!
//! * Misses of lookups are the hashing, the same on both sides; 0.6 cannot be reached with the same hasher.
//! * Hits are as fast while everything is in the first caches. Then the sizes decide: rows hold the hash and the
//!   registration's place, objects a link and a token. The hash stays in the row because a table has to grow and to bury
//!   without calling `Hash`; the place could go only if a registration could be found from the object alone.
//! * Churn of the flavour for threads takes some 140 ns at a thousand entries, that of the flavour for one thread 50: the
//!   difference is locked instructions, for the slot's lock (registering, dying, unregistering), the notice and its
//!   count. Burying in bulk would break the promise that dead entries go with the next call.
//! * Walks: three quarters of the time is the miss of the object's count. Looking at groups of eight rows first, by
//!   index with a mask or packed, took 14 ns an entry instead of 7: what the iterator had in registers went to memory.
//! * Walks of few survivors took the time of the capacity; since a burial of nearly all shrinks the table they do not.
//!   Before the first call with `&mut self` nothing can be buried, and they walk over the dead as weak-table does.
//! * Deaths tell each graveyard; weak-table's are told nothing, and are looked for later.

mod change;
mod death;
mod iterate;
mod lookup;
mod many;
mod memory;
mod sides;

use std::hash::{BuildHasherDefault, DefaultHasher, Hash};

use weakref::WeakReferenceable;

use crate::args::Args;
use crate::scenario::Scenario;

/// How many members the tables have.
pub(crate) struct Sizes {
    pub(crate) all: &'static [u64],
    /// Of the tables that are purged.
    pub(crate) purged: u64,
    pub(crate) walked: u64,
    /// In how many tables dying members stand.
    pub(crate) tables: &'static [usize],
}

impl Sizes {
    const QUICK_NAMED: Self = Self {
        all: &[1_000],
        ..Self::QUICK
    };
    const QUICK: Self = Self {
        all: &[1_000, 50_000],
        purged: 1_000,
        walked: 20_000,
        tables: &[1],
    };
    const COUNTED: Self = Self {
        all: &[1_000],
        purged: 1_000,
        walked: 100,
        tables: &[1],
    };
    const FULL: Self = Self {
        all: &[50, 1_000, 50_000, 1_000_000],
        purged: 50_000,
        walked: 100_000,
        tables: &[1, 4, 16],
    };
}

/// Those whose operations are counted one by one.
pub(crate) fn add_counted(scenarios: &mut Vec<Scenario>) {
    sides::add(scenarios, &Sizes::COUNTED, &Sizes::COUNTED);
}

pub(crate) fn add(scenarios: &mut Vec<Scenario>, args: &Args) {
    let [numbered, named] = if args.is_quick() {
        [&Sizes::QUICK, &Sizes::QUICK_NAMED]
    } else {
        [&Sizes::FULL; 2]
    };
    sides::add(scenarios, numbered, named);
    many::add(scenarios, numbered);
}

/// What is measured of a pair of tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// How it is looked up, filled and churned.
    Main,
    /// Also walks, deaths and memory.
    Whole,
}

fn add_pair<O: Table, P: Table>(
    scenarios: &mut Vec<Scenario>,
    name: &str,
    sizes: &'static Sizes,
    aims: &Aims,
    extent: Extent,
) {
    lookup::add::<O, P>(scenarios, name, sizes, aims);
    change::add::<O, P>(scenarios, name, sizes, aims);
    if extent == Extent::Whole {
        iterate::add::<O, P>(scenarios, name, sizes);
        death::add::<O, P>(scenarios, name, sizes);
        memory::add::<O, P>(scenarios, name);
    }
}

/// The highest ratios aimed at.
#[derive(Clone, Copy)]
struct Aims {
    lookup: Option<f64>,
    insert: Option<f64>,
    churn: Option<f64>,
}

/// A container of weak references.
trait Table: 'static {
    const NAME: &'static str;
    /// Keeps one entry alive, and knows its key.
    type Member: 'static;
    type Query: 'static;

    fn with_capacity(capacity: usize) -> Self;
    /// The `n`-th of all members; each is made once.
    fn member(n: u64) -> Self::Member;
    fn query(member: &Self::Member) -> Self::Query;
    fn insert(&mut self, member: &Self::Member);
    fn finds(&self, query: &Self::Query) -> bool;
    fn purge(&mut self);
    /// Looks at every live entry and counts them.
    fn walk(&self) -> u64;
}

fn filled<T: Table>(members: &[T::Member]) -> T {
    let mut table = T::with_capacity(0);
    for member in members {
        table.insert(member);
    }
    table
}

fn members<T: Table>(range: std::ops::Range<u64>) -> Vec<T::Member> {
    range.map(T::member).collect()
}

type Hasher = BuildHasherDefault<DefaultHasher>;

/// What entries are called.
trait Name: Hash + Eq + Clone + 'static {
    const KIND: &'static str;

    fn new(n: u64) -> Self;
}

impl Name for u64 {
    const KIND: &'static str = "u64";

    fn new(n: u64) -> Self {
        n
    }
}

impl Name for String {
    const KIND: &'static str = "string";

    /// 24 bytes.
    fn new(mut n: u64) -> Self {
        let mut digits = [b'0'; 24];
        for digit in digits.iter_mut().rev() {
            *digit = b'a' + (n % 16) as u8;
            n /= 16;
        }
        Self::from_utf8_lossy(&digits).into_owned()
    }
}

/// An object of the flavour for threads; a key by its content.
#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct SyncObject<T>(T);

/// An object of the flavour for one thread.
#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
#[weakref(local)]
struct LocalObject<T>(T);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_and_have_their_length() {
        assert_eq!(<String as Name>::new(0).len(), 24);
        assert_ne!(<String as Name>::new(1), <String as Name>::new(16));
    }
}
