//! An image cache.
fn main() {}
