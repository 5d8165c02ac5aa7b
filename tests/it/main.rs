//! Conformance tests.

mod exit;
mod finalizer;
mod map_threads;
mod threads;
mod value_map;
