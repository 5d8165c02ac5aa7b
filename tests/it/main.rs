//! Conformance tests.

mod exit;
mod finalizer;
mod threads;
