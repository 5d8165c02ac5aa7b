use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
struct Reader;

#[weakref::proxy(trait ReaderProxy)]
impl Reader {
    /// # Safety
    ///
    /// 1. `place` can be read during the call.
    pub unsafe fn read(&self, place: *const u64) -> u64 {
        unsafe { *place }
    }
    pub async unsafe fn load(&self, place: *const u64) -> u64 {
        unsafe { *place }
    }
}

fn main() {}
