use std::pin::Pin;

#[weakref::proxy]
trait Reader {
    /// # Safety
    ///
    /// 1. `place` can be read during the call.
    unsafe fn read(&self, place: *const u64) -> impl Future<Output = u64>;
    unsafe fn boxed<'a>(&'a self, place: *const u64) -> Pin<Box<dyn Future<Output = u64> + 'a>>;
    async unsafe fn load(&self, place: *const u64) -> u64;
}

fn main() {}
