//! An image cache that costs nothing when nobody looks: decoded images in a `WeakValueMap`.
//!
//! [`Gallery`] is the part worth copying: a cache behind a lock, one decode at a time per image, the lock free while
//! it runs. The rest measures it: [`ledger`] counts what is held and by whom, [`pattern`] says who asks for what,
//! and [`app`] replays one pattern against a strong cache, a weak one and none.

pub mod app;
pub mod cache;
pub mod catalog;
pub mod decode;
mod flight;
pub mod gallery;
pub mod ledger;
pub mod options;
pub mod pattern;
pub mod photo;
pub mod report;
pub mod sheet;
pub mod survey;
pub mod viewers;

pub use cache::{Cache, Image, Mode};
pub use gallery::{Gallery, Served, View};
pub use ledger::{Ledger, Totals};
