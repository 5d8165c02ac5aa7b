//! Entries in a given order in one allocation: a vector of spots, linked by their indices, with a
//! list of the vacant ones. Knows nothing of weak references and runs no user code.
//!
//! An entry's index stays its own until it is taken out.

use core::alloc::Layout;
use core::iter::FusedIterator;
use core::mem;

use crate::error::TryReserveError;

/// The index that ends a list of spots.
const NONE: u32 = u32::MAX;

pub(super) struct Slab<E> {
    spots: Vec<Spot<E>>,
    first: u32,
    last: u32,
    /// The first of the vacant spots, which are linked by `next`.
    vacant: u32,
    len: usize,
}

struct Spot<E> {
    entry: Option<E>,
    next: u32,
    /// Meaningless while the spot is vacant.
    prev: u32,
}

/// The places of a slab's entries, from either end.
pub(super) struct Walk<'a, E> {
    spots: &'a [Spot<E>],
    front: u32,
    back: u32,
    left: usize,
}

#[derive(Clone, Copy)]
pub(super) enum Edge {
    First,
    Last,
}

impl<E> Slab<E> {
    pub(super) const fn new() -> Self {
        Self {
            spots: Vec::new(),
            first: NONE,
            last: NONE,
            vacant: NONE,
            len: 0,
        }
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            spots: Vec::with_capacity(capacity),
            ..Self::new()
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.spots.capacity()
    }

    pub(super) fn allocation_size(&self) -> usize {
        self.capacity() * size_of::<Spot<E>>()
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        let vacant = self.spots.len() - self.len;
        self.spots.reserve(additional.saturating_sub(vacant));
    }

    pub(super) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let vacant = self.spots.len() - self.len;
        let additional = additional.saturating_sub(vacant);
        self.spots.try_reserve(additional).map_err(|_| {
            // The standard library's error does not say which of the two happened.
            let wanted = self.spots.len().checked_add(additional);
            match wanted.map(Layout::array::<Spot<E>>) {
                Some(Ok(layout)) => TryReserveError::AllocError { layout },
                _ => TryReserveError::CapacityOverflow,
            }
        })
    }

    /// Frees the memory after the last spot in use. Entries do not move.
    pub(super) fn shrink_to(&mut self, capacity: usize) {
        let in_use = self.spots.iter().rposition(|spot| spot.entry.is_some());
        self.spots.truncate(in_use.map_or(0, |index| index + 1));
        self.spots.shrink_to(capacity);
        self.vacant = NONE;
        for index in (0..self.spots.len()).rev() {
            if self.spots[index].entry.is_none() {
                self.spots[index].next = self.vacant;
                self.vacant = as_index(index);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.spots.clear();
        (self.first, self.last, self.vacant) = (NONE, NONE, NONE);
        self.len = 0;
    }

    /// The index of the first or last entry.
    pub(super) fn end(&self, edge: Edge) -> Option<u32> {
        let index = match edge {
            Edge::First => self.first,
            Edge::Last => self.last,
        };
        (index != NONE).then_some(index)
    }

    /// Returns the index of the entry that follows the one at `index`, which must exist.
    pub(super) fn after(&self, index: u32) -> Option<u32> {
        let next = self.spots[index as usize].next;
        (next != NONE).then_some(next)
    }

    pub(super) fn get(&self, index: u32) -> Option<&E> {
        self.spots.get(index as usize)?.entry.as_ref()
    }

    pub(super) fn walk(&self) -> Walk<'_, E> {
        Walk {
            spots: &self.spots,
            front: self.first,
            back: self.last,
            left: self.len,
        }
    }

    /// Adds the entry that `make` returns for its index.
    pub(super) fn push(&mut self, edge: Edge, make: impl FnOnce(u32) -> E) {
        let index = if self.vacant == NONE {
            as_index(self.spots.len())
        } else {
            self.vacant
        };
        let entry = make(index);
        let (prev, next) = match edge {
            Edge::First => (NONE, self.first),
            Edge::Last => (self.last, NONE),
        };
        let spot = Spot {
            entry: Some(entry),
            next,
            prev,
        };
        if self.vacant == NONE {
            self.spots.push(spot);
        } else {
            let vacant = mem::replace(&mut self.spots[index as usize], spot);
            self.vacant = vacant.next;
        }
        self.link(prev, index, index, next);
        self.len += 1;
    }

    /// Takes the entry at `index` out and leaves its spot to a later one.
    pub(super) fn take(&mut self, index: u32) -> Option<E> {
        let spot = self.spots.get_mut(index as usize)?;
        let entry = spot.entry.take()?;
        let (prev, next) = (spot.prev, spot.next);
        spot.next = self.vacant;
        self.vacant = index;
        self.link(prev, next, prev, next);
        self.len -= 1;
        if self.len == 0 {
            // An empty slab starts over, so that new entries lie in order and all memory can be freed.
            self.clear();
        }
        Some(entry)
    }

    /// Makes `after_prev` follow `prev`, and `before_next` precede `next`.
    fn link(&mut self, prev: u32, after_prev: u32, before_next: u32, next: u32) {
        match self.spots.get_mut(prev as usize) {
            Some(prev) => prev.next = after_prev,
            None => self.first = after_prev,
        }
        match self.spots.get_mut(next as usize) {
            Some(next) => next.prev = before_next,
            None => self.last = before_next,
        }
    }
}

fn as_index(index: usize) -> u32 {
    match u32::try_from(index) {
        Ok(index) if index != NONE => index,
        _ => panic!("a WeakList cannot have more than 2³² - 1 entries"),
    }
}

impl<'a, E> Iterator for Walk<'a, E> {
    type Item = (u32, &'a E);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let index = self.front;
        let spot = &self.spots[index as usize];
        self.front = spot.next;
        Some((index, spot.entry.as_ref()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<E> DoubleEndedIterator for Walk<'_, E> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let index = self.back;
        let spot = &self.spots[index as usize];
        self.back = spot.prev;
        Some((index, spot.entry.as_ref()?))
    }
}

impl<E> FusedIterator for Walk<'_, E> {}

impl<E> Clone for Walk<'_, E> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, Slab};

    fn both_ways(slab: &Slab<u32>) -> Vec<u32> {
        let forth: Vec<u32> = slab.walk().map(|(_, entry)| *entry).collect();
        let mut back: Vec<u32> = slab.walk().rev().map(|(_, entry)| *entry).collect();
        back.reverse();
        assert_eq!(forth, back);
        assert_eq!(forth.len(), slab.len());
        forth
    }

    #[test]
    fn keeps_the_order_and_uses_vacant_slots_again() {
        let mut slab = Slab::new();
        for entry in 0..4 {
            slab.push(Edge::Last, |index| index + entry * 10);
        }
        assert_eq!(both_ways(&slab), [0, 11, 22, 33]);
        assert_eq!(slab.take(1), Some(11));
        assert_eq!(slab.take(1), None);
        assert_eq!(slab.take(0), Some(0));
        assert_eq!(both_ways(&slab), [22, 33]);
        slab.push(Edge::First, |index| 100 + index);
        slab.push(Edge::Last, |index| 100 + index);
        slab.push(Edge::Last, |index| 100 + index);
        assert_eq!(both_ways(&slab), [100, 22, 33, 101, 104]);
    }

    #[test]
    fn shrinks_behind_the_last_entry() {
        let mut slab = Slab::with_capacity(100);
        for _ in 0..6 {
            slab.push(Edge::Last, |index| index);
        }
        for index in [1, 4, 5] {
            slab.take(index);
        }
        slab.shrink_to(0);
        assert_eq!(slab.capacity(), 4);
        slab.push(Edge::Last, |index| index);
        assert_eq!(both_ways(&slab), [0, 2, 3, 1]);
    }

    #[test]
    fn starts_over_when_it_is_empty() {
        let mut slab = Slab::new();
        for _ in 0..3 {
            slab.push(Edge::Last, |index| index);
        }
        for index in [1, 0, 2] {
            slab.take(index);
        }
        slab.push(Edge::First, |index| index);
        assert_eq!(both_ways(&slab), [0]);
    }
}
