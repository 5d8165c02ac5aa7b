//! Measures weakref against its peers.
fn main() {}
