//! The image cache as a small HTTP server: requests for one image decode it once, and the last response frees it.
//!
//! [`assets`] is the part worth copying: a shared `WeakValueMap` does all that the gallery of
//! [`image_cache`](crate::image_cache) needs a lock, a cache and flights for. [`server`] puts it on the loopback
//! interface, [`clients`] ask it for images, [`page`] shows them in a browser, and [`app`] counts.

pub mod app;
pub mod assets;
pub mod clients;
pub mod json;
pub mod options;
pub mod page;
pub mod server;
pub mod url;

pub use assets::{Assets, Refusal};
pub use server::Server;
