//! Handles and macros beside other crates: each file is named after the crate.

#![cfg(not(any(loom, shuttle)))]

mod arc_swap;
mod async_trait;
mod corosensei;
mod unsize;
mod yoke;
