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

/// An unlock after a failed attempt waits with its wake-up for the waiter to wait.
#[test]
fn a_wake_up_between_the_attempt_and_the_wait_is_not_lost() {
    let (sender, ended) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let key = 1 << 20;
        let mut attempts = 0;
        parking::park_until(key, || {
            attempts += 1;
            if attempts == 1 {
                thread::spawn(move || parking::wake(key));
                // Long enough for it to come to the stripe.
                thread::sleep(Duration::from_millis(50));
            }
            attempts == 2
        });
        sender.send(()).unwrap();
    });
    let end = ended.recv_timeout(Duration::from_secs(20));
    assert!(end.is_ok(), "it waits for a wake-up that was");
}
