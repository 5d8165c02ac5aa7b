//! A plugin: uses finalizers, and tells its host when they run.

use std::ffi::c_void;

use weakref::{Strong, WeakReferenceable, finalize_with};

// Of a size, so that the address of the value is one within its block.
#[derive(WeakReferenceable)]
struct Shared {
    _size: u8,
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct OfThread {
    _size: u8,
}

/// Registers a finalizer of each flavour on objects that never die, of which each adds to what the host counts. The host
/// gets to know where they are: what nobody knows would be a leak to a sanitizer.
///
/// # Safety
///
/// 1. `count` can be called as long as the process runs.
/// 2. `keep` can be called now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn leave_finalizers(
    count: extern "C" fn(u32),
    keep: extern "C" fn(*const c_void),
) {
    let (shared, of_thread) = (
        Strong::new(Shared { _size: 0 }),
        Strong::new(OfThread { _size: 0 }),
    );
    finalize_with(&shared, |count| count(1), count);
    finalize_with(&of_thread, |count| count(100), count);
    keep(Strong::into_raw(shared).cast());
    keep(Strong::into_raw(of_thread).cast());
}
