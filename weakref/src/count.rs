//! The packed counts of one object and every transition they make. Pure: no pointer, no `unsafe`;
//! whoever calls owns the units that a transition moves.
//!
//! `word = [ strong : 31 | weak : 31 | SEPARATE | CLOSED ]`. Strong stands on top, so that the
//! stray units that failed upgrades leave behind fall off the top and never reach another field.
//!
//! | invariant | |
//! |---|---|
//! | C1 | CLOSED is set at most once after publication and never cleared after it |
//! | C2 | not CLOSED and strong > 0: the value is initialised and not dropped |
//! | C3 | exactly one caller is told [`End::Last`] or [`End::Closed`] |
//! | C4 | weak >= weak handles + 1 while strong > 0, or while anybody is between making strong zero and leaving the block |
//! | C5 | who made strong zero owns one weak unit until it leaves; who revived a zero added one first |
//!
//! | operation | ordering | pairs with |
//! |---|---|---|
//! | `retain_strong`, `retain_weak` | Relaxed | nothing: a unit is made from one that the caller holds, and is handed on by other means |
//! | `upgrade` add | Acquire | the Release of `publish`: the value is seen initialised |
//! | `upgrade` revival | Relaxed | nothing: made while the caller's weak unit holds the block |
//! | `release_strong` unique load, `is_unique` load | Acquire | the Release decrements of every other handle, strong and weak |
//! | `release_strong` sub | Release | the Acquire of the closer, of the exclusive load, of `is_unique`: all access to the value comes before |
//! | `release_strong` close, `take_unique` | Acquire | the Release subs of all other strong handles |
//! | `release_weak` sub | Release | the Acquire load of whoever frees the block |
//! | `publish` | Release | the Acquire of `upgrade` |
//! | `is_dead`, counts, hints | Relaxed | nothing: nothing is read behind them |

use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::sync::{Bug, Word, order, seeded};

pub(crate) const CLOSED: u64 = 1;
/// The value has its own allocation.
pub(crate) const SEPARATE: u64 = 1 << 1;
const WEAK: u64 = 1 << 2;
const STRONG: u64 = 1 << 33;
const WEAK_MASK: u64 = STRONG - WEAK;
/// Half of each field's range: past it the process aborts, long before a field could wrap, however
/// many threads stand between their increment and their check.
const WEAK_LIMIT: u64 = 1 << 32;
const STRONG_LIMIT: u64 = 1 << 63;

/// What the end of a strong unit means to who held it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Others keep the value alive.
    Shared,
    /// There is no other handle of any kind: the caller owns value and block.
    Last,
    /// The caller closed the object: it performs the death, then releases its weak unit.
    Closed,
    /// The value was revived or closed by another: the caller releases its weak unit.
    HandedOver,
}

/// The counts of one object.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Counts<W>(W);

impl<W: Word> Counts<W> {
    /// One strong unit and the implicit weak one.
    #[inline]
    pub(crate) fn open(flags: u64) -> Self {
        Self(W::new(STRONG | WEAK | flags))
    }

    /// Under construction: no strong unit, the implicit weak one.
    #[inline]
    pub(crate) fn closed(flags: u64) -> Self {
        Self(W::new(CLOSED | WEAK | flags))
    }

    #[inline]
    pub(crate) fn retain_strong(&self) {
        if self.0.fetch_add(STRONG, Relaxed) >= STRONG_LIMIT {
            overflow();
        }
    }

    #[inline]
    pub(crate) fn retain_weak(&self) {
        if self.0.fetch_add(WEAK, Relaxed) & WEAK_LIMIT != 0 {
            overflow();
        }
    }

    /// Makes a strong unit from a weak one, unless the object is closed; says whether the value is
    /// separate.
    #[inline]
    pub(crate) fn upgrade(&self) -> Option<bool> {
        if self.0.hint(Relaxed).is_some_and(|word| word & CLOSED != 0) {
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
            overflow();
        }
        if old < STRONG && !seeded(Bug::NoHandOver) {
            self.revive();
        }
        Some(old & SEPARATE != 0)
    }

    /// Zero strong, not closed: whoever made it zero has taken the implicit weak unit along, so
    /// the new strong unit comes with a new one (C5).
    #[cold]
    fn revive(&self) {
        self.0.fetch_add(WEAK, Relaxed);
    }

    #[inline]
    pub(crate) fn release_strong(&self) -> End {
        // One load tells the commonest end of all. Its Acquire pairs with every Release below.
        if self.is_unique_hint() {
            return End::Last;
        }
        let old = self
            .0
            .fetch_sub(STRONG, order(Release, Bug::RelaxedStrongRelease));
        if old >> 33 != 1 {
            return End::Shared;
        }
        self.release_zero(old)
    }

    #[inline]
    fn is_unique_hint(&self) -> bool {
        self.0
            .hint(order(Acquire, Bug::RelaxedUnique))
            .is_some_and(|word| word & !SEPARATE == STRONG + WEAK)
    }

    /// The caller made strong zero and owns the implicit weak unit.
    #[inline]
    fn release_zero(&self, old: u64) -> End {
        if old & WEAK_MASK == WEAK {
            // Acquire: pairs with the Release decrements of the handles that are gone.
            self.0.load(order(Acquire, Bug::RelaxedLast));
            return End::Last;
        }
        let mut word = old - STRONG;
        while word & CLOSED == 0 && word < STRONG {
            match self.0.compare_exchange(
                word,
                word | closed(),
                order(Acquire, Bug::RelaxedClose),
                Relaxed,
            ) {
                Ok(_) => return End::Closed,
                Err(now) => word = now,
            }
        }
        End::HandedOver
    }

    /// Gives a weak unit back; true when it was the last and the caller must free the block.
    #[inline]
    #[must_use]
    pub(crate) fn release_weak(&self) -> bool {
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
    pub(crate) fn take_unique(&self) -> bool {
        let mut word = self.0.load(Relaxed);
        while word >> 33 == 1 {
            let taken = (word - STRONG) | closed();
            match self
                .0
                .compare_exchange(word, taken, order(Acquire, Bug::RelaxedClose), Relaxed)
            {
                Ok(_) => return true,
                Err(now) => word = now,
            }
        }
        false
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
        word & !SEPARATE == STRONG + WEAK + known * WEAK
    }

    /// Opens a constructed object with one strong unit, whatever strayed meanwhile.
    pub(crate) fn publish(&self) {
        let mut word = self.0.load(Relaxed);
        loop {
            let strong = if seeded(Bug::PublishAdds) {
                (word >> 33 << 33) + STRONG
            } else {
                STRONG
            };
            let open = (word & (WEAK_MASK | SEPARATE)) | strong;
            match self
                .0
                .compare_exchange(word, open, order(Release, Bug::RelaxedPublish), Relaxed)
            {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }

    #[inline]
    pub(crate) fn is_dead(&self) -> bool {
        self.0.load(Relaxed) & CLOSED != 0
    }

    #[inline]
    pub(crate) fn is_separate(&self) -> bool {
        self.0.load(Relaxed) & SEPARATE != 0
    }

    pub(crate) fn strong(&self) -> usize {
        let word = self.0.load(Relaxed);
        if word & CLOSED != 0 {
            0
        } else {
            to_usize(word >> 33)
        }
    }

    /// Weak units but the implicit one; zero once dead.
    pub(crate) fn weak(&self) -> usize {
        let word = self.0.load(Relaxed);
        if word & CLOSED != 0 || word < STRONG {
            return 0;
        }
        to_usize((word & WEAK_MASK) / WEAK).saturating_sub(1)
    }
}

/// What a close sets.
#[inline(always)]
fn closed() -> u64 {
    if seeded(Bug::NoClose) { 0 } else { CLOSED }
}

fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A count passed half of its range: handles were leaked by the billion. Going on would end in a
/// use after free.
#[cold]
fn overflow() -> ! {
    std::process::abort()
}
