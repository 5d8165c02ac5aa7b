//! One mutex per user. Whoever works for a user holds that user's lock; a lock that nobody holds is not there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use weakref::Strong;
use weakref_containers::shared::WeakValueMap;

/// A `Mutex` can be referred to weakly as it is.
#[derive(Default)]
struct UserLocks(WeakValueMap<u32, Mutex<()>>);

impl UserLocks {
    /// The lock of a user: the same for all who ask while one of them has it.
    fn of(&self, user: u32) -> Strong<Mutex<()>> {
        self.0
            .get_or_insert_with(user, || Strong::new(Mutex::new(())))
    }

    fn with<R>(&self, user: u32, work: impl FnOnce() -> R) -> R {
        let lock = self.of(user);
        let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }
}

/// A balance that is read and written in two steps, as in a database.
#[derive(Default)]
struct Account(AtomicU64);

impl Account {
    fn pay_in(&self) {
        let balance = self.0.load(Ordering::Relaxed);
        thread::yield_now();
        self.0.store(balance + 1, Ordering::Relaxed);
    }
}

/// Pays into three accounts from four threads.
pub(super) fn run() {
    let locks = UserLocks::default();
    let accounts: [Account; 3] = Default::default();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for round in 0..300 {
                    let user = round % 3;
                    locks.with(user, || accounts[user as usize].pay_in());
                }
            });
        }
    });
    for (user, account) in accounts.iter().enumerate() {
        println!("user {user}: {}", account.0.load(Ordering::Relaxed));
    }
    println!("locks left: {}", locks.0.len());
}
