//! Every word of many texts, each different word once in memory, and none that no text uses any more.
//!
//! [`text`] is the part worth copying: a file becomes handles of the words of a shared interner. [`tree`] finds the
//! files, [`app`] reads them from several threads, counts, and lets go of one after the other.

pub mod app;
pub mod options;
pub mod text;
pub mod tree;

pub use text::{Text, Word, Words};
