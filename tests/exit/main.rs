//! The exit phase and the hand-overs of finalizers, in processes that really end: by themselves or
//! beside other threads.
#![cfg(all(unix, not(any(miri, loom, shuttle))))]

mod cases;
mod races;
