//! The maps: one module for each choice of the sides that are watched.

pub mod weak_both;
pub mod weak_key;
pub mod weak_value;
