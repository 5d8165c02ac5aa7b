//! Handles and macros beside other crates: each file is named after the crate.

#![cfg(not(any(loom, shuttle)))]

mod arc_swap;
mod async_trait;
#[cfg(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64"))]
mod corosensei;
mod unsize;
mod yoke;
