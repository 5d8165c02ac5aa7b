//! The rows of a table in their order, with a look ahead.

use core::iter::FusedIterator;

use hashbrown::hash_table;

use super::Row;
use crate::side::Side;

/// How many rows ahead referents are fetched: so many cache misses overlap. With 100,000 objects in random order, 8
/// and 16 took the same time, within the noise.
pub(crate) const AHEAD: usize = 16;

/// A table of up to so many rows stays in the nearest caches, with its referents: prefetching for a lookup would only
/// cost.
pub(crate) const FEW: usize = if cfg!(miri) { 64 } else { 1024 };

/// Up to so many rows, a processor overlaps the loads of a walk by itself, and looking ahead would only cost: with
/// 100,000 rows it made a walk of one thread's objects take 1.3 times as long, one of shared objects 1.1 times. With 300,000 it
/// made no difference; with a million, shared objects, whose upgrades are locked instructions, took 0.77 of the time.
pub(crate) const SHORT: usize = if cfg!(any(miri, test)) { 64 } else { 1 << 18 };

/// The rows of a table. In a large table, the referents of later rows are fetched while earlier rows are used.
pub(crate) struct Prefetched<'a, K, V> {
    next: hash_table::Iter<'a, Row<K, V>>,
    /// The same rows, some steps ahead; none in a small table, or near the end.
    ahead: hash_table::Iter<'a, Row<K, V>>,
    /// How many of `ahead` are left. Beside it, so that a loop can keep this in a register.
    left: usize,
}

impl<'a, K: Side, V: Side> Prefetched<'a, K, V> {
    pub(crate) fn new(rows: hash_table::Iter<'a, Row<K, V>>) -> Self {
        let mut ahead = hash_table::Iter::default();
        if rows.len() > SHORT {
            ahead = rows.clone();
            for _ in 0..AHEAD {
                look_ahead(&mut ahead);
            }
        }
        let left = ahead.len();
        Self {
            next: rows,
            ahead,
            left,
        }
    }
}

/// Fetches the referents of the next row ahead. Not inlined, and given no more than it needs, so that a loop over a
/// small table keeps the rest in registers.
#[inline(never)]
fn look_ahead<K: Side, V: Side>(ahead: &mut hash_table::Iter<'_, Row<K, V>>) {
    if let Some(row) = ahead.next() {
        row.key.prefetch();
        row.value.prefetch();
    }
}

impl<'a, K: Side, V: Side> Iterator for Prefetched<'a, K, V> {
    type Item = &'a Row<K, V>;

    #[inline]
    fn next(&mut self) -> Option<&'a Row<K, V>> {
        if self.left != 0 {
            self.left -= 1;
            look_ahead(&mut self.ahead);
        }
        self.next.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.next.size_hint()
    }

    fn fold<B, F: FnMut(B, &'a Row<K, V>) -> B>(self, init: B, mut f: F) -> B {
        if self.left == 0 {
            return self.next.fold(init, f);
        }
        let mut folded = init;
        for row in self {
            folded = f(folded, row);
        }
        folded
    }
}

impl<K: Side, V: Side> ExactSizeIterator for Prefetched<'_, K, V> {}
impl<K: Side, V: Side> FusedIterator for Prefetched<'_, K, V> {}

impl<K, V> Clone for Prefetched<'_, K, V> {
    fn clone(&self) -> Self {
        Self {
            next: self.next.clone(),
            ahead: self.ahead.clone(),
            left: self.left,
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use core::array;

    use weakref::{Object, Strong};

    use super::FEW;
    use crate::{IdentityWeakPairMap, WeakKeyMap, WeakPairMap, WeakValueMap};

    const MANY: usize = FEW + FEW / 2;

    /// More than a table of which nothing is fetched ahead, every third of them dead.
    fn members() -> Vec<Option<Strong<Object<usize>>>> {
        let member = |n| Some(Strong::new(Object(n)));
        (0..MANY).map(member).collect()
    }

    fn kill(members: &mut [Option<Strong<Object<usize>>>]) {
        members
            .iter_mut()
            .step_by(3)
            .for_each(|member| *member = None);
    }

    /// The dead, the missing and the living, some of them twice.
    const ASKED: [usize; 8] = [0, 1, MANY, 5, 1, 300, MANY - 1, 2 * MANY];

    #[test]
    fn many_at_once_are_found_as_one_by_one() {
        let mut members = members();
        let mut values = WeakValueMap::new();
        let mut keys = WeakKeyMap::new();
        let mut pairs = WeakPairMap::new();
        let mut by_identity = IdentityWeakPairMap::new();
        for (n, member) in members.iter().enumerate() {
            let member = member.as_ref().expect("alive");
            values.insert(n, member);
            keys.insert(member, n);
            pairs.insert(member, member);
            by_identity.insert(member, member);
        }
        let ids: [_; 8] = array::from_fn(|which| {
            let member = members.get(ASKED[which]).and_then(Option::as_ref);
            Strong::id(member.or(members[7].as_ref()).expect("alive"))
        });
        kill(&mut members);
        let asked = ASKED.map(Object);
        let keys_asked: [&Object<usize>; 8] = array::from_fn(|which| &asked[which]);
        let number = |found: Option<Strong<Object<usize>>>| found.map(|found| found.0);
        let alive = ASKED.map(|n| (n < MANY && n % 3 != 0).then_some(n));

        let found = values.get_many(array::from_fn::<_, 8, _>(|which| &ASKED[which]));
        assert_eq!(found.map(number), alive);
        let found = keys.get_many(keys_asked);
        assert_eq!(found.map(Option::<&usize>::copied), alive);
        assert_eq!(pairs.get_many(keys_asked).map(number), alive);
        let found = by_identity.get_many(array::from_fn::<_, 8, _>(|which| &ids[which]));
        let ones = array::from_fn(|which| by_identity.get(&ids[which]));
        assert_eq!(found, ones);
    }

    #[test]
    fn what_goes_from_bucket_to_bucket_sees_each_row_once() {
        let mut members = members();
        let mut map = WeakKeyMap::new();
        for (n, member) in members.iter().enumerate() {
            map.insert(member.as_ref().expect("alive"), n);
        }
        kill(&mut members);
        let mut seen = Vec::new();
        map.retain(|_, &mut n| {
            seen.push(n);
            n % 5 != 0
        });
        seen.sort_unstable();
        assert!(seen.iter().copied().eq((0..MANY).filter(|n| n % 3 != 0)));

        let kept = (0..MANY).filter(|n| n % 3 != 0 && n % 5 != 0);
        let sum: usize = kept.sum();
        assert_eq!(map.values().sum::<usize>(), sum);

        let mut taken: Vec<_> = map
            .extract_if(|_, &mut n| n % 2 == 0)
            .map(|(_, n)| n)
            .collect();
        taken.sort_unstable();
        let kept = |n: &usize| n % 3 != 0 && n % 5 != 0;
        assert!(taken.into_iter().eq((0..MANY).step_by(2).filter(kept)));
        assert_eq!(map.len(), (1..MANY).step_by(2).filter(kept).count());
    }
}
