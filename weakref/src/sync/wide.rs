//! The 64-bit atomics. Where there are none, what passes for them, so that the message in `lib.rs` is the only error there.

#[cfg(target_has_atomic = "64")]
pub(crate) use core::sync::atomic::{AtomicI64, AtomicU64};
#[cfg(not(target_has_atomic = "64"))]
pub(crate) use missing::{AtomicI64, AtomicU64};

#[cfg(not(target_has_atomic = "64"))]
mod missing {
    use core::sync::atomic::Ordering;

    pub(crate) struct AtomicI64;

    #[derive(Debug)]
    pub(crate) struct AtomicU64(u64);

    impl AtomicU64 {
        pub(crate) const fn new(value: u64) -> Self {
            Self(value)
        }
        pub(crate) fn load(&self, _: Ordering) -> u64 {
            self.0
        }
        pub(crate) fn store(&self, _: u64, _: Ordering) {}
        pub(crate) fn fetch_add(&self, _: u64, _: Ordering) -> u64 {
            self.0
        }
        pub(crate) fn fetch_sub(&self, _: u64, _: Ordering) -> u64 {
            self.0
        }
        pub(crate) fn compare_exchange(
            &self,
            _: u64,
            _: u64,
            _: Ordering,
            _: Ordering,
        ) -> Result<u64, u64> {
            Err(self.0)
        }
    }
}
