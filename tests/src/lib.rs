//! Shared parts of the tests and benchmarks.

pub mod calling;
pub mod counting;
pub mod histories;
pub mod rejected;
