//! The macros under hostile conditions: a renamed crate, no prelude, std's names taken, lints denied, and forbidden
//! where an `allow` in an expansion would be an error.

#![no_implicit_prelude]
#![deny(warnings, unused, nonstandard_style, missing_docs, unreachable_pub)]
#![deny(
    missing_debug_implementations,
    unnameable_types,
    single_use_lifetimes,
    unused_lifetimes
)]
#![deny(unused_qualifications, clippy::all, clippy::pedantic, clippy::nursery)]
#![forbid(unsafe_code, rust_2018_idioms, let_underscore_drop)]
#![forbid(
    non_snake_case,
    non_upper_case_globals,
    unused_variables,
    clippy::missing_const_for_fn
)]

#[path = "hygiene/finalizer.rs"]
mod finalizer;
#[path = "hygiene/names.rs"]
mod names;
#[path = "hygiene/proxy.rs"]
mod proxy;
#[path = "hygiene/taken.rs"]
mod taken;
#[path = "hygiene/weak_referenceable.rs"]
mod weak_referenceable;
