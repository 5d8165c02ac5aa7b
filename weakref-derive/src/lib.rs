//! The macros of the `weakref` crate.
