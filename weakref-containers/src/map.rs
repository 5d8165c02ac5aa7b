//! The maps: one module for each choice of the side that is watched.

pub mod weak_value;
