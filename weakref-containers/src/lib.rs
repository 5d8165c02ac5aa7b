//! Weak containers.
