#[weakref::proxy]
trait Keeper {
    /// # Safety
    ///
    /// 1. `place` can be read until `self` is dropped.
    unsafe fn keep(&self, place: *const u64);
    unsafe fn made_of(place: *const u64) -> u64;
    unsafe fn kept(&self) -> u64 {
        0
    }
}

fn main() {}
