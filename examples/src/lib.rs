//! The larger parts of the example programs, in modules that several of them share.
//!
//! The programs themselves are in `src/bin`; each is a thin shell around one module here.

#![forbid(unsafe_code)]

pub mod asset_server;
pub mod cookbook;
pub mod image_cache;
pub mod interner;
pub mod numbers;
pub mod scratch;
pub mod shell;
pub mod spread;
pub mod tutorials;
