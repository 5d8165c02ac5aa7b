//! What a platform tells of exits and forks.

use core::sync::atomic::AtomicU32;

/// How many forks there were between the first process and this one.
pub(super) static FORKS: AtomicU32 = AtomicU32::new(0);

/// Counts a fork, in the child. A count that came around would make a child run what its forebears
/// enrolled.
#[cfg(all(unix, any(test, not(miri)), not(any(loom, shuttle))))]
pub(crate) fn count_fork() {
    use core::sync::atomic::Ordering::Relaxed;

    if FORKS.fetch_add(1, Relaxed) > u32::MAX / 2 {
        crate::sync::overflow();
    }
}

#[cfg(all(test, unix, not(any(loom, shuttle))))]
pub(crate) fn pretend_forks(forks: u32) {
    FORKS.store(forks, core::sync::atomic::Ordering::Relaxed);
}

/// Makes the process run the exit phase when it exits, and count its forks.
#[cfg(not(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
)))]
pub(super) fn register() {
    use core::sync::atomic::Ordering::Relaxed;

    use super::phase::{run_local, run_shared};

    static REGISTERED: std::sync::Once = std::sync::Once::new();
    static PROCESS: AtomicU32 = AtomicU32::new(0);

    extern "C" fn at_exit() {
        // A child that was made behind libc's back has another id, and counted no fork.
        let forked = FORKS.load(Relaxed) != 0;
        if forked || PROCESS.load(Relaxed) == process() {
            // Where the guard of the exiting thread has run, nothing is left; where a platform destroys no
            // thread locals of the main thread (musl, WASI), all is.
            run_local();
            run_shared();
        }
    }

    #[cfg(unix)]
    extern "C" fn in_child() {
        // All that may be done here: stores, and to abort.
        count_fork();
    }

    unsafe extern "C" {
        fn atexit(function: extern "C" fn()) -> core::ffi::c_int;
        #[cfg(unix)]
        fn pthread_atfork(
            prepare: Option<extern "C" fn()>,
            parent: Option<extern "C" fn()>,
            child: Option<extern "C" fn()>,
        ) -> core::ffi::c_int;
    }

    /// The process's id, where there are any.
    fn process() -> u32 {
        if cfg!(target_family = "wasm") {
            0
        } else {
            std::process::id()
        }
    }

    REGISTERED.call_once(|| {
        PROCESS.store(process(), Relaxed);
        // SAFETY: it takes a function that may be called when the process exits or, if this code is in a
        // library that is unloaded before, when it is: glibc, musl and Darwin tie the handler to the object
        // that registered it, and musl never unloads. So the code is there when it is called. Without
        // memory for it (the only error) finalizers do not run at exit.
        unsafe { atexit(at_exit) };
        // SAFETY: as above.
        #[cfg(unix)]
        unsafe {
            pthread_atfork(None, None, Some(in_child))
        };
    });
}

#[cfg(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
))]
pub(super) fn register() {}
