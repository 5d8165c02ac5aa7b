//! Shared parts of the tests and benchmarks.
