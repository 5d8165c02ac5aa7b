//! What a model chooses before it runs: the mistake that is put in, and how hint loads behave.

use core::sync::atomic::Ordering;
use std::sync::atomic::AtomicU8;

use super::{AtomicU64, Bug};

/// How a hint load behaves in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Hints {
    /// No hint loads at all.
    Plain,
    /// Plain loads, as outside a model.
    LoadFirst,
    /// `fetch_add(0)`, which loom orders against every other access.
    ReadModifyWrite,
}

static BUG: AtomicU8 = AtomicU8::new(0);
static HINTS: AtomicU8 = AtomicU8::new(0);

/// Chooses what the following models run with.
pub fn choose(bug: Bug, hints: Hints) {
    BUG.store(bug as u8, Ordering::SeqCst);
    HINTS.store(hints as u8, Ordering::SeqCst);
}

pub(crate) fn has(bug: Bug) -> bool {
    BUG.load(Ordering::SeqCst) == bug as u8
}

pub(crate) fn hint(word: &AtomicU64) -> Option<u64> {
    match HINTS.load(Ordering::SeqCst) {
        0 => None,
        1 => Some(word.load(Ordering::Relaxed)),
        _ => Some(word.fetch_add(0, Ordering::Relaxed)),
    }
}
