// error: a proxy cannot forward an `unsafe` method
//
// The caller keeps the contract for the time of the call, and the object's method runs later.

use std::pin::pin;
use std::task::{Context, Waker};
use weakref::{Proxy, Strong, WeakReferenceable};

#[weakref::proxy]
trait Reader {
    /// # Safety
    ///
    /// 1. `place` can be read during the call.
    unsafe fn read(&self, place: *const u64) -> impl Future<Output = u64>;
}

#[derive(WeakReferenceable)]
struct Own;

impl Reader for Own {
    unsafe fn read(&self, place: *const u64) -> impl Future<Output = u64> {
        // SAFETY: 1.
        let number = unsafe { *place };
        async move { number }
    }
}

fn read(reader: &impl Reader) {
    let number = Box::new(7);
    // SAFETY: 1, the box is there during the call.
    let future = unsafe { reader.read(&raw const *number) };
    drop(number);
    let _ = pin!(future).poll(&mut Context::from_waker(Waker::noop()));
}

fn main() {
    read(&Proxy::new(&Strong::new(Own)));
}
