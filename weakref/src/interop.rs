//! Traits of other crates, each behind the feature with the name of its crate.
//!
//! They are `unsafe` to implement: each implementation says why the handle keeps the trait's promises.

#[cfg(feature = "arc-swap")]
mod arc_swap;
#[cfg(feature = "stable_deref_trait")]
mod stable_deref;
#[cfg(feature = "unsize")]
mod unsize;
