//! A pool of buffers. One that is dropped goes back, its capacity kept; if the pool is gone, it is freed.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable, Default)]
struct Pool {
    idle: Mutex<Vec<Vec<u8>>>,
}

impl Pool {
    fn idle(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(this: &Strong<Self>) -> Buffer {
        Buffer {
            bytes: this.idle().pop().unwrap_or_default(),
            pool: Strong::downgrade(this),
        }
    }
}

/// Lent by a pool, which it does not keep alive.
struct Buffer {
    bytes: Vec<u8>,
    pool: WeakRef<Pool>,
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut bytes = mem::take(&mut self.bytes);
        bytes.clear();
        match self.pool.upgrade() {
            Some(pool) => pool.idle().push(bytes),
            None => println!("freed, its pool is gone"),
        }
    }
}

/// Lends two buffers, one of which outlives the pool.
pub(super) fn run() {
    let pool = Strong::new(Pool::default());
    let (mut first, second) = (Pool::take(&pool), Pool::take(&pool));
    first.bytes.extend_from_slice(&[7; 4096]);
    drop(first);
    println!("idle: {}", pool.idle().len());
    let again = Pool::take(&pool);
    println!(
        "taken again: {} bytes, room for {}",
        again.bytes.len(),
        again.bytes.capacity()
    );
    drop(second);
    println!("idle: {}", pool.idle().len());
    drop(pool);
    drop(again);
}
