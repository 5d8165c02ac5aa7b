//! The words that the lock leaves, and that a waiter gets it.

use core::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::Duration;

use super::*;
use crate::sync::{AtomicU64, Halves};

/// What stands in the word beside the lock.
const REST: u64 = (7 << 8) | 1;

#[test]
fn a_word_of_one_thread_is_only_changed() {
    const UPPER: u64 = 5 << 32;
    let word = Halves::new(UPPER | REST);
    lock(&word, |word| word + 2);
    assert_eq!(word.load(Relaxed), UPPER | (REST + 2));
    assert_eq!(unlock(&word, |word| word - 2), REST + 2);
    assert_eq!(word.load(Relaxed), UPPER | REST);
}

#[test]
fn locks_and_unlocks_with_a_change() {
    let word = AtomicU64::new(REST);
    lock(&word, |word| word + 2);
    assert_eq!(word.load(Relaxed), (REST + 2) | LOCKED);
    assert_eq!(unlock(&word, |word| word - 2), (REST + 2) | LOCKED);
    assert_eq!(word.load(Relaxed), REST);
}

#[test]
fn an_unlock_takes_the_mark_of_waiters_off() {
    let word = AtomicU64::new(REST | LOCKED | PARKED);
    assert_eq!(unlock(&word, |word| word), REST | LOCKED | PARKED);
    assert_eq!(word.load(Relaxed), REST);
}

#[test]
fn a_waiter_locks_what_is_free_and_marks_what_is_not() {
    let tries = |before| {
        let word = AtomicU64::new(before);
        (lock_or_mark(&word, &|word| word + 2), word.load(Relaxed))
    };
    assert_eq!(tries(REST), (true, (REST + 2) | LOCKED | PARKED));
    assert_eq!(tries(REST | PARKED), (true, (REST + 2) | LOCKED | PARKED));
    assert_eq!(tries(REST | LOCKED), (false, REST | LOCKED | PARKED));
    let marked = REST | LOCKED | PARKED;
    assert_eq!(tries(marked), (false, marked));
}

#[test]
fn a_parked_thread_gets_the_lock() {
    let word = AtomicU64::new(LOCKED);
    thread::scope(|scope| {
        scope.spawn(|| {
            lock(&word, |word| word + (1 << 8));
            assert_ne!(word.load(Relaxed) & LOCKED, 0);
            unlock(&word, |word| word + (1 << 9));
        });
        while word.load(Relaxed) & PARKED == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(word.load(Relaxed), LOCKED | PARKED);
        unlock(&word, |word| word);
    });
    assert_eq!(word.load(Relaxed), 3 << 8);
}
