//! Conformance tests.

mod threads;
