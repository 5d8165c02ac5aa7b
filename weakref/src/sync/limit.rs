//! Counters that safe code can raise, and what happens at their limits.
//!
//! Who forgets handles in a loop raises a count and uses no memory, and the optimizer may fold that loop into one
//! addition. A count that wraps frees what is in use. So each add looks at what it found, and the process aborts at
//! half of the range, as `Arc` does: the other half is for threads that stand between their add and their look. That
//! an overflow would take long, or memory that is not there, is no reason to leave the look out, but where the table
//! says that each unit is a row, a frame or a block that exists.
//!
//! | counter | raised by | bits, on 64-bit and 32-bit targets | at the limit | test |
//! |---|---|---|---|---|
//! | strong (`count`) | clone, upgrade | 32 | aborts at 2³¹ + 1 handles, on one thread at 2³¹ | `tests/it/limits.rs` |
//! | weak (`count`) | downgrade, clone, callback, finalizer, registration | 27 | aborts at 2²⁶ units, on one thread at one less | the same |
//! | strong of a closed object | failed upgrades | 32, and nothing above | wraps, and means nothing | `r11_…` there |
//! | weak, by a revival (`count`) | threads between two steps of a drop | 27 | one a thread | the models of revivals |
//! | `owners` of a finalizer | clone, `finalizers`, `of`, by four; `detach`, the exit phase | 64, 32 | aborts at half | `limits::shares_…`, `forgotten_clones_never_come_around` |
//! | `owners` of a callback | nothing: it begins with 2 | 64, 32 | | |
//! | `dead` of a graveyard | deaths | 64, 32 | aborts at half; each unit pins a block of at least 24 bytes, but for up to 2¹⁶ that were drained | `limits::local_size`, `sync_size`, `the_drained_are_taken_off_the_dead_in_time` |
//! | `left` of a graveyard | registrations that end | 64, 32 | wraps on purpose, and is no more than `registered`, which counts down with it | `registrations_may_be_more_than_a_word_counts` |
//! | `drained` of a graveyard | drains | 64, 32 | at 2¹⁶ it is taken off `dead`, and begins anew | `the_drained_are_taken_off_the_dead_in_time` |
//! | `registered` of a graveyard | `watch` | 64, 32 | forgets, at half, those that have left; aborts if that is not enough | the same, and `limits::registrations` |
//! | numbers of finalizers (`exit`), and those of a thread's local ones | registering a finalizer | 64 | aborts at half | `limits::numbers`, `limits::own_numbers` |
//! | `FORKS` (`exit`) | a fork in a fork in a fork | 32 | the child aborts at half | `limits::forks` |
//! | numbers of objects and handles (`trace`, with its feature) | making them | 64 | aborts at half | `limits::numbers` |
//! | numbers of threads (`trace`, with its feature) | threads that make an object | 64 | aborts at half | `limits::numbers` |
//! | `LOOKING` (`trace`, with its feature) | reports | 32 | each unit is a frame of a thread that looks into a value, and looks do not nest | |
//! | groups of shards (`shard`) | making a shared container | 64 | aborts at half | `limits::numbers` |
//! | readers of a shard | `read` inside `read`, and adding a unit to look | 61 | each unit is a frame on a stack | |
//! | `shard` of the exit phase, the turn of its rolls | threads with a finalizer | 32 | wraps: it is taken modulo 8 | |
//! | fork handlers given out (`exit`) | threads that make the first finalizer at one time | 64, 32 | each unit is a thread; from the fourth on all get the last handler | |
//! | `generation` of a finalizer (`exit`) | exit finalizers that register others | 32 | 34: what is left is not run | `tests/exit` |
//! | `found` of the exit phase | finalizers that other threads make meanwhile | 32 | 101: no more are let in | `tests/exit` |
//! | depth of deaths (`death`) | deaths in deaths | 32 | queued past 128 | `drops` |
//! | numbers of a thread's references (`send_weak`) | making one | 64 | aborts at half | `limits::own_numbers` |
//! | serial numbers of list entries (containers) | pushes | 64 | aborts at half | `limits::numbers` |
//! | editions of a shard (containers) | what is entered | 64 | aborts at half | `limits::own_numbers` |
//! | names of wakers (containers) | polls | 64 | aborts at half | `limits::own_numbers` |
//! | `building` of a shard (containers) | constructions under way | 64, 32 | each unit is a row of the table | |
//! | `stale` of an ordered map (containers) | entries that take the place of dead ones | 64, 32 | each unit is an undrained death of the graveyard | |
//! | calls of a closure (`Tries`, containers) | closures that change their own entry | 32 | panics past 1000 | `a_closure_that_changes_its_own_entry_is_refused` |
//! | weights of the strong tier (containers) | what is kept | 64 | at most the capacity: room is made before | |
//! | seats of the strong tier (containers) | what is kept of one shard | 31 | what comes then is not kept | |
//! | handles that a strong tier keeps (`trace/tally`, with its feature) | what is kept | 64, 32 | each unit is a seat of the tier | |
//! | entries of a list (containers) | pushes | 32 | panics | |
//!
//! Waiters have no count: each is an element of a vector.

use core::sync::atomic::Ordering::Relaxed;

use super::wide::AtomicU64;

/// The most that a [`Size`](super::Size) may count.
pub(crate) const HALF: usize = usize::MAX / 2;
const HALF_OF_NUMBERS: u64 = u64::MAX / 2;

/// A count passed half of its range: handles were leaked by the billion. Going on would end in a
/// use after free.
#[cold]
pub(crate) fn overflow() -> ! {
    std::process::abort()
}

/// Numbers that never come again.
#[derive(Debug)]
pub struct Sequence(AtomicU64);

impl Sequence {
    /// All numbers from `first` on.
    #[must_use]
    pub const fn new(first: u64) -> Self {
        Self(AtomicU64::new(first))
    }

    /// Takes the next `many`, and returns the first of them.
    ///
    /// # Panics
    ///
    /// Aborts the process when half of all numbers are used up.
    #[inline]
    pub fn take(&self, many: u64) -> u64 {
        // Relaxed: all that matters is that no two callers get the same number.
        let first = self.0.fetch_add(many, Relaxed);
        if first > HALF_OF_NUMBERS {
            overflow();
        }
        first
    }
}

impl Sequence {
    /// The next number, as far as the caller can know: greater than any that was taken before, by this thread or by
    /// one that it has synchronised with.
    pub(crate) fn next(&self) -> u64 {
        // Relaxed: a load does not read what was replaced before it.
        self.0.load(Relaxed)
    }
}

/// As [`Sequence::take`], of one number and by who owns the sequence: `next` is raised by one.
///
/// # Panics
///
/// As [`Sequence::take`].
#[inline]
pub fn raise(next: &mut u64) {
    if *next > HALF_OF_NUMBERS {
        overflow();
    }
    *next += 1;
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::Sequence;

    #[test]
    fn a_sequence_says_what_comes_next() {
        let sequence = Sequence::new(7);
        assert_eq!([sequence.take(2), sequence.next()], [7, 9]);
        assert_eq!([sequence.next(), sequence.take(1)], [9, 9]);
    }
}
