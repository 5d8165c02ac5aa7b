//! What a platform tells of exits and forks.

/// Makes the process run the exit phase when it exits, and count its forks.
#[cfg(not(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
)))]
pub(super) fn register() {
    use core::sync::atomic::Ordering::{Acquire, Relaxed, Release};
    use core::sync::atomic::{AtomicBool, AtomicU32};

    use super::fork::FORKS;
    #[cfg(unix)]
    use super::fork::handler;
    use super::phase::run_at_exit;

    static REGISTERED: AtomicBool = AtomicBool::new(false);
    static PROCESS: AtomicU32 = AtomicU32::new(0);

    extern "C" fn at_exit() {
        // A child that was not made by libc has another id, and counted no fork.
        let forked = FORKS.load(Relaxed) != 0;
        if forked || PROCESS.load(Relaxed) == process() {
            // If the exiting thread's guard has run, nothing is left to do here. On platforms that do not destroy the
            // main thread's locals (musl, WASI), everything is.
            run_at_exit();
            #[cfg(feature = "leak-trace")]
            if let Some(then) = super::AFTERWARDS.get() {
                then();
            }
        }
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

    // Acquire: pairs with the Release below. Nobody waits for another thread here, which a fork may have left
    // behind: several may register. Nothing is done twice by that: a phase finds nothing left the second time, and
    // of a fork only the first handler that is called counts it.
    if REGISTERED.load(Acquire) {
        return;
    }
    PROCESS.store(process(), Relaxed);
    // SAFETY: it takes functions that may be called at every fork until the process exits or, if this code is
    // in a library that is unloaded before, until it is: glibc, musl and Darwin tie the handlers to the object
    // that registered them, and musl never unloads. So the code is there when they are called. Without
    // memory for them (the only error) a child may wait for a thread that it does not have.
    #[cfg(unix)]
    unsafe {
        pthread_atfork(None, None, Some(handler()))
    };
    // SAFETY: as above, of a function that may be called at exit. Without memory for it finalizers do not run
    // then.
    unsafe { atexit(at_exit) };
    // Release: whoever finds it set can rely on both registrations.
    REGISTERED.store(true, Release);
}

#[cfg(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
))]
pub(super) fn register() {}
