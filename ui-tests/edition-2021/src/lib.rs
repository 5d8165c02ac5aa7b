//! The cases and their tests are those of the package around this one.
