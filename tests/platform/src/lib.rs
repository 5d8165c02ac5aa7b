//! A plugin: uses finalizers, and tells its host when they run.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Shared;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct OfThread;

/// Registers a finalizer of each flavour on objects that never die, of which each adds to what the host counts.
///
/// # Safety
///
/// 1. `count` can be called as long as the process runs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leave_finalizers(count: extern "C" fn(u32)) {
    let (shared, of_thread) = (Strong::new(Shared), Strong::new(OfThread));
    finalize_with(&shared, |count| count(1), count);
    finalize_with(&of_thread, |count| count(100), count);
    std::mem::forget((shared, of_thread));
}
