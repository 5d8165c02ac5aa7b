//! Entries in a given order in one allocation: a vector of slots, linked by their indices, with a
//! list of the vacant ones. Knows nothing of weak references and runs no user code.
//!
//! An entry's index stays its own until it is taken out.

use core::alloc::Layout;
use core::iter::FusedIterator;
use core::mem;

use crate::error::TryReserveError;

/// No slot: the end of a list of slots.
const NONE: u32 = u32::MAX;

pub(super) struct Chain<E> {
    slots: Vec<Slot<E>>,
    first: u32,
    last: u32,
    /// The first of the vacant slots, which are linked by `next`.
    vacant: u32,
    len: usize,
}

struct Slot<E> {
    entry: Option<E>,
    next: u32,
    /// Means nothing while the slot is vacant.
    prev: u32,
}

/// The places of a chain's entries, from either end.
pub(super) struct Walk<'a, E> {
    slots: &'a [Slot<E>],
    front: u32,
    back: u32,
    left: usize,
}

#[derive(Clone, Copy)]
pub(super) enum End {
    First,
    Last,
}

impl<E> Chain<E> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            first: NONE,
            last: NONE,
            vacant: NONE,
            len: 0,
        }
    }

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            slots: Vec::with_capacity(capacity),
            ..Self::new()
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    pub(super) fn allocation_size(&self) -> usize {
        self.capacity() * size_of::<Slot<E>>()
    }

    pub(super) fn reserve(&mut self, additional: usize) {
        let vacant = self.slots.len() - self.len;
        self.slots.reserve(additional.saturating_sub(vacant));
    }

    pub(super) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        let vacant = self.slots.len() - self.len;
        let additional = additional.saturating_sub(vacant);
        self.slots.try_reserve(additional).map_err(|_| {
            // Std's error does not say which.
            let wanted = self.slots.len().checked_add(additional);
            match wanted.map(Layout::array::<Slot<E>>) {
                Some(Ok(layout)) => TryReserveError::AllocError { layout },
                _ => TryReserveError::CapacityOverflow,
            }
        })
    }

    /// Gives back what lies behind the last slot in use; entries are not moved.
    pub(super) fn shrink_to(&mut self, capacity: usize) {
        let in_use = self.slots.iter().rposition(|slot| slot.entry.is_some());
        self.slots.truncate(in_use.map_or(0, |index| index + 1));
        self.slots.shrink_to(capacity);
        self.vacant = NONE;
        for index in (0..self.slots.len()).rev() {
            if self.slots[index].entry.is_none() {
                self.slots[index].next = self.vacant;
                self.vacant = as_index(index);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        self.slots.clear();
        (self.first, self.last, self.vacant) = (NONE, NONE, NONE);
        self.len = 0;
    }

    /// The index of the first or last entry.
    pub(super) fn end(&self, end: End) -> Option<u32> {
        let index = match end {
            End::First => self.first,
            End::Last => self.last,
        };
        (index != NONE).then_some(index)
    }

    /// The index of the entry behind the one at `index`, which must be there.
    pub(super) fn after(&self, index: u32) -> Option<u32> {
        let next = self.slots[index as usize].next;
        (next != NONE).then_some(next)
    }

    pub(super) fn get(&self, index: u32) -> Option<&E> {
        self.slots.get(index as usize)?.entry.as_ref()
    }

    pub(super) fn walk(&self) -> Walk<'_, E> {
        Walk {
            slots: &self.slots,
            front: self.first,
            back: self.last,
            left: self.len,
        }
    }

    /// Adds the entry that `make` gives for its index.
    pub(super) fn push(&mut self, end: End, make: impl FnOnce(u32) -> E) {
        let index = if self.vacant == NONE {
            as_index(self.slots.len())
        } else {
            self.vacant
        };
        let entry = make(index);
        let (prev, next) = match end {
            End::First => (NONE, self.first),
            End::Last => (self.last, NONE),
        };
        let slot = Slot {
            entry: Some(entry),
            next,
            prev,
        };
        if self.vacant == NONE {
            self.slots.push(slot);
        } else {
            let vacant = mem::replace(&mut self.slots[index as usize], slot);
            self.vacant = vacant.next;
        }
        self.link(prev, index, index, next);
        self.len += 1;
    }

    /// Takes the entry at `index` out and leaves its slot to a later one.
    pub(super) fn take(&mut self, index: u32) -> Option<E> {
        let slot = self.slots.get_mut(index as usize)?;
        let entry = slot.entry.take()?;
        let (prev, next) = (slot.prev, slot.next);
        slot.next = self.vacant;
        self.vacant = index;
        self.link(prev, next, prev, next);
        self.len -= 1;
        if self.len == 0 {
            // So that what comes next lies in order again, and all memory can be given back.
            self.clear();
        }
        Some(entry)
    }

    /// Makes `after_prev` follow `prev`, and `before_next` precede `next`.
    fn link(&mut self, prev: u32, after_prev: u32, before_next: u32, next: u32) {
        match self.slots.get_mut(prev as usize) {
            Some(prev) => prev.next = after_prev,
            None => self.first = after_prev,
        }
        match self.slots.get_mut(next as usize) {
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
        let slot = &self.slots[index as usize];
        self.front = slot.next;
        Some((index, slot.entry.as_ref()?))
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
        let slot = &self.slots[index as usize];
        self.back = slot.prev;
        Some((index, slot.entry.as_ref()?))
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
    use super::{Chain, End};

    fn both_ways(chain: &Chain<u32>) -> Vec<u32> {
        let forth: Vec<u32> = chain.walk().map(|(_, entry)| *entry).collect();
        let mut back: Vec<u32> = chain.walk().rev().map(|(_, entry)| *entry).collect();
        back.reverse();
        assert_eq!(forth, back);
        assert_eq!(forth.len(), chain.len());
        forth
    }

    #[test]
    fn keeps_the_order_and_uses_vacant_slots_again() {
        let mut chain = Chain::new();
        for entry in 0..4 {
            chain.push(End::Last, |index| index + entry * 10);
        }
        assert_eq!(both_ways(&chain), [0, 11, 22, 33]);
        assert_eq!(chain.take(1), Some(11));
        assert_eq!(chain.take(1), None);
        assert_eq!(chain.take(0), Some(0));
        assert_eq!(both_ways(&chain), [22, 33]);
        chain.push(End::First, |index| 100 + index);
        chain.push(End::Last, |index| 100 + index);
        chain.push(End::Last, |index| 100 + index);
        assert_eq!(both_ways(&chain), [100, 22, 33, 101, 104]);
    }

    #[test]
    fn shrinks_behind_the_last_entry() {
        let mut chain = Chain::with_capacity(100);
        for _ in 0..6 {
            chain.push(End::Last, |index| index);
        }
        for index in [1, 4, 5] {
            chain.take(index);
        }
        chain.shrink_to(0);
        assert_eq!(chain.capacity(), 4);
        chain.push(End::Last, |index| index);
        assert_eq!(both_ways(&chain), [0, 2, 3, 1]);
    }

    #[test]
    fn starts_over_when_it_is_empty() {
        let mut chain = Chain::new();
        for _ in 0..3 {
            chain.push(End::Last, |index| index);
        }
        for index in [1, 0, 2] {
            chain.take(index);
        }
        chain.push(End::First, |index| index);
        assert_eq!(both_ways(&chain), [0]);
    }
}
