// error: a proxy cannot forward an `unsafe` method
//
// The caller keeps the contract by the proxy, and the object outlives it.

use std::sync::Mutex;
use weakref::{Object, Proxy, Strong};

#[weakref::proxy]
trait Keeper {
    /// # Safety
    ///
    /// 1. `place` can be read until `self` is dropped.
    unsafe fn keep(&self, place: *const u64);
}

impl Keeper for Object<Mutex<usize>> {
    unsafe fn keep(&self, place: *const u64) {
        *self.lock().unwrap() = place.expose_provenance();
    }
}

fn keep_for_a_while(keeper: impl Keeper) {
    let number = 7;
    // SAFETY: 1, the keeper is dropped first.
    unsafe { keeper.keep(&raw const number) };
    drop(keeper);
}

fn main() {
    let object = Strong::new(Object(Mutex::new(0)));
    keep_for_a_while(Proxy::new(&object));
    let place = *object.lock().unwrap();
    println!("{:?}", std::ptr::with_exposed_provenance::<u64>(place));
}
