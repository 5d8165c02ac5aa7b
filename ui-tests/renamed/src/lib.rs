//! The tests of hygiene live in `tests`.
