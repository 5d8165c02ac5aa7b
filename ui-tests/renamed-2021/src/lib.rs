//! The tests are those of the package in edition 2024.
