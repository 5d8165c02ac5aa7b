//! What one shard's part of the tier keeps: handles in a ring that a hand goes round, those that others held when the
//! hand came to them aside, and for each bucket of the shard's table whether the row in it is kept.

use core::mem;
use core::sync::atomic::Ordering::Relaxed;

use weakref::__private::Tally;
use weakref::{Strong, WeakReferenceable};

use super::Victims;
use crate::several::Several;
use crate::sync::{AtomicU32, Bug, seeded};

/// No seat in a link.
const NONE: u32 = u32::MAX;
/// The mark of a bucket whose row is not kept. Of another it is the number of its seat and one, and USED.
const NOBODY: u32 = 0;
/// The value was used since the hand came by, or since it was entered.
const USED: u32 = 1 << 31;
/// So many seats can be numbered.
const MOST: usize = (USED - 2) as usize;
/// So many of those aside are looked at by a call that enters a value. More than one, since each sets one aside.
const LOOKS: usize = 2;

/// The mark of a bucket whose row is kept.
#[derive(Clone, Copy)]
pub(in crate::shared) struct Occupied(u32);

/// The handles, and what they weigh together.
pub(super) struct Ring<H> {
    /// One for each bucket of the table.
    marks: Vec<AtomicU32>,
    seats: Vec<Seat<H>>,
    /// The first seat that is free; the next is its `older`.
    free: u32,
    recent: Queue,
    aside: Queue,
    /// What `recent` may weigh, and `aside` as well.
    budget: u64,
    /// Counts the handles of the whole tier.
    tally: Tally,
}

struct Seat<H> {
    /// None: it is free.
    handle: Option<H>,
    hash: u64,
    weight: u64,
    /// The bucket of its row.
    bucket: u32,
    newer: u32,
    older: u32,
    is_aside: bool,
}

/// Seats in the order in which they were put in.
struct Queue {
    newest: u32,
    oldest: u32,
    len: usize,
    weight: u64,
}

impl Queue {
    const EMPTY: Self = Self {
        newest: NONE,
        oldest: NONE,
        len: 0,
        weight: 0,
    };
}

/// As an index of something. `NONE` is one of nothing.
fn index(seat: u32) -> usize {
    seat as usize
}

impl<H> Ring<H> {
    pub(super) const fn new(budget: u64, tally: Tally) -> Self {
        Self {
            marks: Vec::new(),
            seats: Vec::new(),
            free: NONE,
            recent: Queue::EMPTY,
            aside: Queue::EMPTY,
            budget,
            tally,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.recent.len + self.aside.len
    }

    /// The mark of a bucket whose row is kept. The seat is the same until the shard is locked exclusively.
    #[inline]
    pub(super) fn occupied(&self, bucket: usize) -> Option<Occupied> {
        // Relaxed, here and in `note`, because the hand comes by under the exclusive lock.
        let mark = self.marks.get(bucket)?.load(Relaxed);
        (mark != NOBODY).then_some(Occupied(mark))
    }

    /// The row in a bucket, whose mark is `seen`, was used.
    ///
    /// Called under the same lock as [`occupied`](Self::occupied): of those who do so at one time each stores the same.
    /// Nothing is stored if it is known already.
    #[inline]
    pub(super) fn note(&self, bucket: usize, seen: Occupied) {
        if seen.0 & USED == 0 {
            self.marks[bucket].store(seen.0 | USED, Relaxed);
        }
    }

    /// The row in a bucket is taken out, or its value is replaced: its handle goes, too.
    #[inline]
    pub(super) fn vacate(&mut self, bucket: usize) -> Option<H> {
        let Occupied(mark) = self.occupied(bucket)?;
        if seeded(Bug::NotLetGo) {
            return None;
        }
        self.unseat((mark & !USED) - 1)
    }

    /// The rows may stand in other buckets now, of which there are `buckets`. `find` looks for the row of a hash whose
    /// value is that of a handle, in a bucket that is not taken yet.
    #[cold]
    pub(super) fn follow(
        &mut self,
        buckets: usize,
        find: impl Fn(u64, &H, &dyn Fn(usize) -> bool) -> Option<usize>,
    ) {
        let marks = (0..buckets).map(|_| AtomicU32::new(NOBODY)).collect();
        let old: Vec<_> = mem::replace(&mut self.marks, marks);
        for (seat, number) in self.seats.iter_mut().zip(1..) {
            let Some(handle) = &seat.handle else { continue };
            let used = old
                .get(index(seat.bucket))
                .map_or(0, |mark| mark.load(Relaxed) & USED);
            let is_free = |bucket: usize| self.marks[bucket].load(Relaxed) == NOBODY;
            let bucket = find(seat.hash, handle, &is_free);
            seat.bucket = NONE;
            if let Some(bucket) = bucket {
                self.marks[bucket].store(number | used, Relaxed);
                seat.bucket = u32::try_from(bucket).unwrap_or(NONE);
            }
        }
    }

    /// Takes all out: those aside first, then in the order in which the hand would.
    pub(super) fn take_all(&mut self, let_go: &mut Several<H>) {
        let_go.reserve(self.len());
        while self.aside.len > 0 {
            let_go.extend(self.unseat(self.aside.oldest));
        }
        while self.recent.len > 0 {
            let oldest = self.recent.oldest;
            if self.is_passed_by(oldest) {
                continue;
            }
            let_go.extend(self.unseat(oldest));
        }
        self.seats = Vec::new();
        self.free = NONE;
    }

    /// Whether the hand goes past the oldest one, since it was used: then it is the newest.
    fn is_passed_by(&mut self, oldest: u32) -> bool {
        let Some(mark) = self.marks.get(index(self.seats[index(oldest)].bucket)) else {
            return false;
        };
        let seen = mark.load(Relaxed);
        if seen & USED == 0 {
            return false;
        }
        mark.store(seen & !USED, Relaxed);
        self.unlink(oldest);
        self.link(oldest, false);
        true
    }

    /// Frees a seat.
    fn unseat(&mut self, number: u32) -> Option<H> {
        self.unlink(number);
        let seat = &mut self.seats[index(number)];
        if let Some(mark) = self.marks.get(index(seat.bucket)) {
            mark.store(NOBODY, Relaxed);
        }
        seat.older = self.free;
        self.free = number;
        self.tally.sub();
        seat.handle.take()
    }

    /// Takes a free seat.
    fn seat(&mut self, new: Seat<H>) -> u32 {
        self.tally.add();
        let number = self.free;
        if let Some(seat) = self.seats.get_mut(index(number)) {
            self.free = seat.older;
            *seat = new;
            return number;
        }
        self.seats.push(new);
        u32::try_from(self.seats.len() - 1).expect("there are at most MOST")
    }

    fn queue(&mut self, is_aside: bool) -> &mut Queue {
        if is_aside {
            &mut self.aside
        } else {
            &mut self.recent
        }
    }

    /// Makes a seat the newest of a queue.
    fn link(&mut self, number: u32, is_aside: bool) {
        let next = self.queue(is_aside).newest;
        let seat = &mut self.seats[index(number)];
        seat.is_aside = is_aside;
        seat.newer = NONE;
        seat.older = next;
        let weight = seat.weight;
        if let Some(next) = self.seats.get_mut(index(next)) {
            next.newer = number;
        }
        let queue = self.queue(is_aside);
        queue.newest = number;
        if next == NONE {
            queue.oldest = number;
        }
        queue.len += 1;
        queue.weight += weight;
    }

    fn unlink(&mut self, number: u32) {
        let seat = &self.seats[index(number)];
        let (newer, older, weight) = (seat.newer, seat.older, seat.weight);
        let is_aside = seat.is_aside;
        if let Some(newer) = self.seats.get_mut(index(newer)) {
            newer.older = older;
        }
        if let Some(older) = self.seats.get_mut(index(older)) {
            older.newer = newer;
        }
        let queue = self.queue(is_aside);
        if newer == NONE {
            queue.newest = older;
        }
        if older == NONE {
            queue.oldest = newer;
        }
        queue.len -= 1;
        queue.weight -= weight;
    }
}

impl<V: ?Sized + WeakReferenceable> Ring<Strong<V>> {
    /// Makes the value of the row in a bucket, which is not kept, the newest one.
    ///
    /// Fails if it weighs more than all may, and says by how much.
    pub(super) fn enter(
        &mut self,
        bucket: usize,
        hash: u64,
        value: Strong<V>,
        weight: u64,
        let_go: &mut Victims<V>,
    ) -> Result<(), (Strong<V>, u64)> {
        if weight > self.budget {
            return Err((value, weight - self.budget));
        }
        self.look_aside(let_go);
        self.make_room(weight, let_go);
        let Some(place) = u32::try_from(bucket).ok().filter(|_| self.has_seats()) else {
            let_go.push(value);
            return Ok(());
        };
        let number = self.seat(Seat {
            handle: Some(value),
            hash,
            weight,
            bucket: place,
            newer: NONE,
            older: NONE,
            is_aside: false,
        });
        if let Some(mark) = self.marks.get(bucket) {
            mark.store(number + 1, Relaxed);
        }
        self.link(number, false);
        Ok(())
    }

    fn has_seats(&self) -> bool {
        self.free != NONE || self.seats.len() < MOST
    }

    pub(super) fn add_to_budget(&mut self, weight: u64) {
        self.budget += weight;
    }

    /// Gives so much of its budget away, or as much as it does without. It lets go for that, if some of its budget is to
    /// be `left` then.
    pub(super) fn spare(&mut self, wanted: u64, left: Option<u64>, let_go: &mut Victims<V>) -> u64 {
        if let Some(left) = left {
            let most = self.budget.saturating_sub(left);
            self.make_room(wanted.min(most), let_go);
        }
        let spare = wanted.min(self.budget - self.recent.weight);
        self.budget -= spare;
        self.make_room_aside(0, let_go);
        spare
    }

    /// Takes back some of those aside that nobody else holds any more.
    fn look_aside(&mut self, let_go: &mut Victims<V>) {
        for _ in 0..LOOKS.min(self.aside.len) {
            let oldest = self.aside.oldest;
            // None: those that came back made the others go.
            let Some(seat) = self.seats.get(index(oldest)) else {
                return;
            };
            let is_released = !is_held_by_others(seat);
            let weight = seat.weight;
            self.unlink(oldest);
            if is_released {
                self.make_room(weight, let_go);
            }
            self.link(oldest, !is_released);
        }
    }

    /// Goes round until there is room for so much, which is within the budget.
    fn make_room(&mut self, weight: u64, let_go: &mut Victims<V>) {
        while weight > self.budget - self.recent.weight {
            let oldest = self.recent.oldest;
            if self.is_passed_by(oldest) {
                continue;
            }
            let seat = &self.seats[index(oldest)];
            if !is_held_by_others(seat) {
                let bucket = seat.bucket;
                let_go.evict(self.unseat(oldest), bucket);
                continue;
            }
            self.make_room_aside(seat.weight, let_go);
            self.unlink(oldest);
            self.link(oldest, true);
        }
    }

    /// Lets those go that have been aside for longest, until there is room for so much, which is within the budget.
    fn make_room_aside(&mut self, weight: u64, let_go: &mut Victims<V>) {
        while self.aside.weight > self.budget - weight {
            let bucket = self.seats[index(self.aside.oldest)].bucket;
            let_go.evict(self.unseat(self.aside.oldest), bucket);
        }
    }
}

/// Whether anybody but the tier holds the value. It may change at any time; then the value is let go a moment too
/// early, or kept a while too long.
fn is_held_by_others<V: ?Sized + WeakReferenceable>(seat: &Seat<Strong<V>>) -> bool {
    seat.handle
        .as_ref()
        .is_some_and(|value| Strong::strong_count(value) > 1)
}

impl<H> Drop for Ring<H> {
    fn drop(&mut self) {
        // Not by the seats: a panic in one value's drop would leave the others behind.
        let mut let_go = Several::new();
        self.take_all(&mut let_go);
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use weakref::Object;

    use super::*;
    use crate::side::Held;

    fn enter(ring: &mut Ring<Strong<Object<u32>>>, count: usize) {
        for bucket in 0..count {
            let mut let_go = Victims::under::<Held<u32>>();
            let value = Strong::new(Object(0));
            let entered = ring.enter(bucket, 0, value, 1, &mut let_go);
            assert!(entered.is_ok());
        }
    }

    #[test]
    fn seats_are_taken_again_and_given_back_with_all() {
        let mut ring = Ring::new(4, Tally::new());
        enter(&mut ring, 100);
        assert_eq!((ring.len(), ring.seats.len()), (4, 4));
        let mut let_go = Several::new();
        ring.take_all(&mut let_go);
        assert_eq!((let_go.len(), ring.len(), ring.seats.len()), (4, 0, 0));
        enter(&mut ring, 3);
        assert_eq!((ring.len(), ring.seats.len()), (3, 3));
    }
}
