//! The packed counts of one object and every transition they make. Pure: no pointer, no `unsafe`;
//! whoever calls owns the units that a transition moves.
//!
//! `word = [ strong - 1 : 32 | weak : 27 | PARKED | LOCKED | LISTED | SEPARATE | CLOSED ]`. With one less than
//! the strong units on top, *the only strong handle* is `word < STRONG`, and one comparison asks for it. Zero
//! strong is all ones there ([`NO_STRONG`]); one more unit carries out of the word and leaves one.
//!
//! LISTED says that something was registered in the weak list at some time. It is set in the step that
//! adds the weak unit of the registration, and stays, unless who holds every unit empties the list (`unlist`).
//!
//! LOCKED and PARKED are the lock of the weak list (`sync/lock.rs`), where other threads may hold handles. It is in
//! this word so that a registration takes it in the step that adds its unit, and a death in the step that closes;
//! and so that a death with nothing left to do gives its unit back in the step that unlocks. All else that
//! changes the word leaves the two bits as they are, and what asks for units does not look at them.
//!
//! Once CLOSED is set the strong half means nothing: units that failed upgrades add to it fall off
//! the top and never reach another field, and publication sets it anew.
//!
//! Strong is zero and the word not closed only in a window of `release_strong`, between the sub that
//! made it zero and the close. On one thread no such window opens: the last strong handle closes with
//! its unit still counted. There the word is two cells, [`Halves`]: the strong units are the upper one, and what
//! clones, upgrades and drops a handle that is not the last touches nothing else of it.
//!
//! | invariant | |
//! |---|---|
//! | C1 | CLOSED is set at most once after publication and never cleared after it |
//! | C2 | not CLOSED and strong > 0: the value is initialised and not dropped |
//! | C3 | exactly one caller is told [`End::Last`], [`End::Closed`] or [`End::Left`] |
//! | C4 | weak >= weak handles + 1 while strong > 0, or while anybody is between making strong zero, or closing, and leaving the block |
//! | C5 | who made strong zero, or closed, owns one weak unit until it leaves; who revived a zero adds one before its upgrade returns |
//! | C6 | not LISTED: the weak list is empty, and was ever since the object was made, or since one thread held every unit |
//! | C7 | who locked holds a unit, or has it held on its behalf, until it unlocks; so does who waits for the lock |
//!
//! C4 lacks one unit while a reviver is between its two steps. Nobody acts on that: its strong unit is
//! counted, so that no other holder finds itself alone, and the weak reference it upgrades holds
//! the block.
//!
//! Who holds a unit reads of the word only what was written since the unit was made. In all of it the
//! unit is counted, and a strong one keeps the word open. So one load tells, however old:
//! 1. *strong 1, weak 1*, to the holder of the strong unit: there was no other handle then, and only
//!    this one makes more. It is final.
//! 2. *strong 1, weak more*, to the same: upgrades may have come since. The close of `take_unique` is
//!    a compare-exchange, which succeeds only if the unit is the only one in that instant; no reviver
//!    is between its steps then, since its unit would be counted.
//! 3. *closed, weak 1*, to the holder of the weak unit: nobody else was left, and only this one makes
//!    more. It is final.
//!
//! | operation | ordering | pairs with |
//! |---|---|---|
//! | `retain_strong`, `retain_weak` | Relaxed | nothing: a unit is made from one that the caller holds, and is handed on by other means |
//! | `upgrade` add | Acquire | the Release of `publish`: the value is seen initialised |
//! | `upgrade` look | Relaxed | nothing: nothing is read behind a closed word |
//! | `upgrade` revival | Relaxed | nothing: made while the caller's weak unit holds the block |
//! | `is_unique` load | Acquire | the Release decrements of every other handle, strong and weak |
//! | `lock`, `enlist` | Acquire | the Release of the unlock before. As `retain_weak`; who closes reads a later word than the last strong sub, and so LISTED (C6) |
//! | a close that locks | Acquire | as the close, and as `lock` |
//! | `unlock` | Release | the Acquire of the next that locks |
//! | `unlock_and_release` | Release | the same; and as the sub of `release_weak` |
//! | `release_zero` close, `take_unique` | Acquire | the Release subs of all other strong handles |
//! | `release_strong` sub | Release | the Acquire of the closer, of `release_zero`, of `is_unique`: all access to the value comes before |
//! | `release_zero` close and leave | Acquire and Release | as the close; and as the sub of `release_weak` |
//! | `release_zero` load | Acquire | the Release decrements of every other handle: it may be the last |
//! | `release_weak` load | Acquire | the Release decrements of everybody who touched the block |
//! | `release_weak` sub | Release | the Acquire load of whoever frees the block |
//! | `publish` | Release | the Acquire of `upgrade` |
//! | `is_dead`, `is_last_weak`, counts, hints | Relaxed | nothing: nothing is read behind them |
//!
//! Every write is a read-modify-write, so each of the Acquires reads from the release sequence of
//! each Release before it. But for that of `unlist`: before it, all others have released, which its caller has acquired
//! (`is_unique_but`).

use core::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};

use crate::sync::{self, Bug, Halves, LOCKED, PARKED, Word, order, overflow, seeded};

pub(crate) const CLOSED: u64 = 1;
/// The value has its own allocation.
pub(crate) const SEPARATE: u64 = 1 << 1;
/// Something was registered in the weak list at some time.
const LISTED: u64 = 1 << 2;
/// What says nothing about units.
const FLAGS: u64 = SEPARATE | LISTED | LOCKED | PARKED;
const WEAK: u64 = 1 << 5;
const STRONG: u64 = 1 << 32;
const WEAK_MASK: u64 = STRONG - WEAK;
/// The least word without a strong unit, unless it is closed.
const NO_STRONG: u64 = !0 << 32;
/// Half of each field's range: past it the process aborts, long before a field could wrap, however
/// many threads stand between their increment and their check.
const WEAK_LIMIT: u64 = 1 << 31;
const STRONG_LIMIT: u64 = 1 << 63;

const _: () = assert!((CLOSED | FLAGS) == WEAK - 1 && CLOSED & FLAGS == 0);

/// What a closer knows of the object's weak list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Nothing was ever registered.
    Vacant,
    /// Locked by the caller, in the step that closed.
    Locked,
    /// Still to be locked: another had it.
    Unlocked,
}

/// What the end of a strong unit means to who held it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Others keep the value alive.
    Shared,
    /// There is no other handle of any kind: the caller owns value and block.
    Last,
    /// The caller closed the object: it performs the death, then releases its weak unit.
    Closed(List),
    /// The caller closed the object, in whose list nothing is, and has left the block: all that is left
    /// to it is the value's own allocation.
    Left,
    /// The value was revived or closed by another: the caller releases its weak unit.
    HandedOver,
}

/// The counts of one object.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Counts<W>(W);

/// Adds one to the strong units of an object of one thread. It looks first, so that the compiler knows that the unit is not
/// the only one, and what ends it again at once needs nothing.
#[inline]
fn retain_upper(halves: &Halves) {
    let old = halves.upper.get();
    if u64::from(old) >= (STRONG_LIMIT >> 32) - 1 {
        overflow();
    }
    halves.upper.set(old + 1);
}

impl<W: Word> Counts<W> {
    /// One strong unit and the implicit weak one.
    #[inline]
    pub(crate) fn open(flags: u64) -> Self {
        Self(W::new(WEAK | flags))
    }

    /// Under construction: closed, with the implicit weak unit.
    #[inline]
    pub(crate) fn closed(flags: u64) -> Self {
        Self(W::new(CLOSED | WEAK | flags))
    }

    #[inline]
    pub(crate) fn retain_strong(&self) {
        if let Some(halves) = self.0.halves() {
            return retain_upper(halves);
        }
        if self.0.fetch_add(STRONG, Relaxed) >= STRONG_LIMIT {
            overflow();
        }
    }

    #[inline]
    pub(crate) fn retain_weak(&self) {
        if let Some(halves) = self.0.halves() {
            // Looks first, as `retain_upper`. There is a unit already (C4); a word without any is refused too, so that the
            // compiler knows it.
            let old = self.lower();
            if old.wrapping_sub(WEAK) >= WEAK_LIMIT - 2 * WEAK {
                overflow();
            }
            halves.set_lower(old + WEAK);
            return;
        }
        if self.0.fetch_add(WEAK, Relaxed) & WEAK_LIMIT != 0 {
            overflow();
        }
    }

    /// Locks the weak list.
    #[inline]
    pub(crate) fn lock(&self) {
        sync::lock(&self.0, |word| word);
    }

    /// Locks the weak list, and adds the weak unit of a registration.
    #[inline]
    pub(crate) fn enlist(&self) {
        let listed = if seeded(Bug::NotListed) { 0 } else { LISTED };
        sync::lock(&self.0, |word| {
            // Where others add, what was there: the other half of the range is theirs.
            let looked_at = if W::IS_SHARED { word } else { word + WEAK };
            if looked_at & WEAK_LIMIT != 0 {
                overflow();
            }
            (word + WEAK) | listed
        });
    }

    /// Unlocks the weak list.
    #[inline]
    pub(crate) fn unlock(&self) {
        sync::unlock(&self.0, |word| word);
    }

    /// Unlocks the weak list and gives a weak unit back; true when it was the last and the caller must free
    /// the block.
    #[inline]
    #[must_use]
    pub(crate) fn unlock_and_release(&self) -> bool {
        // Release: as in `release_implicit_weak` too.
        let old = sync::unlock(&self.0, |word| word - WEAK);
        if old & WEAK_MASK != WEAK {
            return false;
        }
        // Acquire: as there.
        self.0.load(order(Acquire, Bug::RelaxedFree));
        true
    }

    /// Of an object that was never open, or that the caller's unit keeps alive. Never locked.
    pub(crate) fn list(&self) -> List {
        // Relaxed: what was registered, the caller heard of by other means (C6), or by a look that counted its unit.
        if self.lower() & LISTED == 0 {
            List::Vacant
        } else {
            List::Unlocked
        }
    }

    /// Makes a strong unit from a weak one, unless the object is closed; says whether the value is
    /// separate.
    ///
    /// It looks before it adds. A locked add to a line that is not in the cache costs two to three
    /// times a load of it, because nothing overlaps with it; an add to the line of a dead object
    /// takes the line away from everybody else who finds it dead. On a live object in the cache the
    /// look costs nothing that could be measured.
    #[inline]
    pub(crate) fn upgrade(&self) -> Option<bool> {
        if let Some(halves) = self.0.halves() {
            let flags = self.lower();
            if flags & CLOSED != 0 {
                return None;
            }
            retain_upper(halves);
            return Some(flags & SEPARATE != 0);
        }
        // Relaxed: nothing is read behind a CLOSED. After publication it stays (C1).
        let look = self.0.hint(Relaxed);
        if look.is_some_and(|word| word & CLOSED != 0) {
            return None;
        }
        let old = self
            .0
            .fetch_add(STRONG, order(Acquire, Bug::RelaxedUpgrade));
        if old & CLOSED != 0 {
            // The unit strays: strong means nothing any more.
            return None;
        }
        if old >= STRONG_LIMIT {
            self.revive(old);
        }
        Some(old & SEPARATE != 0)
    }

    /// Zero strong, not closed: whoever made it zero has taken the implicit weak unit along, so
    /// the new strong unit comes with a new one (C5).
    #[cold]
    fn revive(&self, old: u64) {
        if old < NO_STRONG {
            overflow();
        }
        if !seeded(Bug::NoHandOver) {
            self.0.fetch_add(WEAK, Relaxed);
        }
    }

    /// Ends a strong unit. `leaves`: the value needs no drop, so that an object without a list can be
    /// closed and left in one step.
    ///
    /// Where other threads may hold handles it does not look before it subtracts: a handle is cloned
    /// and dropped more often than an object is born, and the load would have to wait for the locked
    /// add of the clone. On one thread the look saves the second step of the commonest ends.
    #[inline]
    pub(crate) fn release_strong(&self, leaves: bool) -> End {
        if let Some(halves) = self.0.halves() {
            let others = halves.upper.get();
            if others == 0 {
                return self.release_only(leaves);
            }
            halves.upper.set(others - 1);
            return End::Shared;
        }
        let old = self
            .0
            .fetch_sub(STRONG, order(Release, Bug::RelaxedStrongRelease));
        if old >= STRONG {
            return End::Shared;
        }
        if old & !FLAGS == WEAK {
            // No other handle was left, and nobody is there to make one.
            self.0.load(order(Acquire, Bug::RelaxedLast));
            return End::Last;
        }
        self.release_zero(leaves)
    }

    /// The caller's is the only strong unit, and no other thread can change that.
    #[inline]
    fn release_only(&self, leaves: bool) -> End {
        // The strong half is zero.
        let word = self.lower();
        if word & !FLAGS == WEAK {
            return End::Last;
        }
        match self.close_for(word, leaves) {
            Ok(end) => end,
            Err(_) => unreachable!("weakref: a local count changed by itself"),
        }
    }

    /// The caller made strong zero and owns the implicit weak unit.
    #[cold]
    #[inline(never)]
    fn release_zero(&self, leaves: bool) -> End {
        let mut word = self.0.load(order(Acquire, Bug::RelaxedLast));
        loop {
            if word & !FLAGS == NO_STRONG | WEAK {
                return End::Last;
            }
            if word < NO_STRONG || word & CLOSED != 0 {
                return End::HandedOver;
            }
            match self.close_for(word, leaves) {
                Ok(end) => return end,
                Err(now) => word = now,
            }
        }
    }

    /// Closes for the death of an object that has other handles, if the word is still `word`.
    #[inline]
    fn close_for(&self, word: u64, leaves: bool) -> Result<End, u64> {
        if leaves && word & LISTED == 0 {
            self.close_and_leave(word).map(|_| End::Left)
        } else {
            self.close(word).map(End::Closed)
        }
    }

    /// Closes and gives the implicit weak unit back, if the word is still `word`, which counts others.
    fn close_and_leave(&self, word: u64) -> Result<u64, u64> {
        let order = if seeded(Bug::RelaxedClose) {
            Relaxed
        } else {
            AcqRel
        };
        // On failure as the load of `release_zero`, and as in `close`.
        self.exchange(word, (word | CLOSED) - WEAK, order, Acquire)
    }

    /// Closes, if the word is still `word`, and locks a list that is free. The strong unit, if there is
    /// one, needs no sub.
    #[inline]
    fn close(&self, word: u64) -> Result<List, u64> {
        let closed = if seeded(Bug::NoClose) { 0 } else { CLOSED };
        let list = if word & LISTED == 0 {
            List::Vacant
        } else if word & LOCKED == 0 || seeded(Bug::ClosesIntoLock) {
            List::Locked
        } else {
            List::Unlocked
        };
        let locked = if W::IS_SHARED && list == List::Locked && !seeded(Bug::ClosesUnlocked) {
            LOCKED
        } else {
            0
        };
        self.exchange(
            word,
            word | closed | locked,
            order(Acquire, Bug::RelaxedClose),
            // As the load of `release_zero`, whose place the word takes.
            order(Acquire, Bug::RelaxedLast),
        )
        .map(|_| list)
    }

    /// Closes by an exchange. On one thread nothing changes the word after the caller's look, and its strong half stays.
    #[inline]
    fn exchange(
        &self,
        word: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        if let Some(halves) = self.0.halves() {
            halves.set_lower(new);
            return Ok(word);
        }
        self.0.compare_exchange(word, new, success, failure)
    }

    /// Gives a weak unit back; true when it was the last and the caller must free the block.
    #[inline]
    #[must_use]
    pub(crate) fn release_weak(&self) -> bool {
        if W::IS_SHARED {
            // The last reference to a dead object needs no sub, as the last handle of all needs none.
            let only = self.0.hint(order(Acquire, Bug::RelaxedFree));
            if only.is_some_and(|word| word & (WEAK_MASK | CLOSED) == WEAK | CLOSED) {
                return true;
            }
        }
        self.release_implicit_weak()
    }

    /// As [`Self::release_weak`], for who leaves the block first, as a rule.
    #[inline]
    #[must_use]
    pub(crate) fn release_implicit_weak(&self) -> bool {
        if let Some(halves) = self.0.halves() {
            let left = self.lower() - WEAK;
            halves.set_lower(left);
            return left < WEAK;
        }
        let old = self
            .0
            .fetch_sub(WEAK, order(Release, Bug::RelaxedWeakRelease));
        if old & WEAK_MASK != WEAK {
            return false;
        }
        // Acquire: pairs with the Release decrements of everybody who touched the block.
        self.0.load(order(Acquire, Bug::RelaxedFree));
        true
    }

    /// Takes the only strong unit and closes in one step, or changes nothing.
    #[inline]
    pub(crate) fn take_unique(&self) -> Option<List> {
        let mut word = self.0.load(Relaxed);
        while word < STRONG {
            match self.close(word) {
                Ok(list) => return Some(list),
                Err(now) => word = now,
            }
        }
        None
    }

    /// No other handle: one strong unit, the implicit weak one.
    #[inline]
    pub(crate) fn is_unique(&self) -> bool {
        self.is_unique_but(0)
    }

    /// No other handle, but for `known` weak units of which the caller knows the holders.
    #[inline]
    pub(crate) fn is_unique_but(&self, known: u64) -> bool {
        let word = self.0.load(order(Acquire, Bug::RelaxedUnique));
        word & !FLAGS == WEAK + known * WEAK
    }

    /// All but the strong units, relaxed.
    #[inline]
    fn lower(&self) -> u64 {
        self.0.lower().into()
    }

    /// Forgets that anything was registered.
    ///
    /// Only where the caller holds every unit, and so nobody else reads or writes the word, and the list is empty.
    pub(crate) fn unlist(&self) {
        // No read-modify-write: whoever acquires what comes next hears of it by what hands a unit on.
        self.0.store(self.0.load(Relaxed) & !LISTED, Relaxed);
    }

    /// Opens a constructed object with one strong unit, whatever strayed meanwhile.
    pub(crate) fn publish(&self) {
        let kept = if seeded(Bug::PublishAdds) {
            !CLOSED
        } else {
            WEAK_MASK | FLAGS
        };
        let mut word = self.0.load(Relaxed);
        while let Err(now) = self.0.compare_exchange(
            word,
            word & kept,
            order(Release, Bug::RelaxedPublish),
            Relaxed,
        ) {
            word = now;
        }
    }

    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        self.lower() & CLOSED != 0
    }

    /// Whether the object is dead and has one weak unit left. To who holds that it is final, unless it makes another of it.
    #[inline]
    pub(crate) fn is_last_weak(&self) -> bool {
        self.lower() & (WEAK_MASK | CLOSED) == WEAK | CLOSED
    }

    #[inline]
    pub(crate) fn is_separate(&self) -> bool {
        self.lower() & SEPARATE != 0
    }

    pub(crate) fn strong(&self) -> usize {
        let word = self.0.load(Relaxed);
        if is_over(word) {
            return 0;
        }
        to_usize((word >> 32) + 1)
    }

    /// Weak units but the implicit one; zero once dead.
    pub(crate) fn weak(&self) -> usize {
        let word = self.0.load(Relaxed);
        if is_over(word) {
            return 0;
        }
        to_usize((word & WEAK_MASK) / WEAK).saturating_sub(1)
    }
}

/// Whether the word is closed, or about to be.
fn is_over(word: u64) -> bool {
    word & CLOSED != 0 || word >= NO_STRONG
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
