//! Conformance tests.

mod exit;
mod finalizer;
mod map_threads;
mod matrix;
mod object;
mod properties;
mod threads;
mod value_map;
mod weak_list;
