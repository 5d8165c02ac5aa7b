//! The exit phase of a thread and of the process.

use std::sync::PoisonError;

use super::platform::register;
use super::process::{EXIT, Strangers};
use super::thread::{Local, Phase, with_local};

/// Runs the exit phase now: every live finalizer that is meant to run at exit, newest first, those
/// of this thread's local objects before all others. Afterwards finalizers are inert: neither
/// deaths nor calls run one, and `is_alive` is false for all, those made later included. (Local ones
/// are on this thread; those of other threads run when these end.)
///
/// Each finalizer that was made before the phase began runs once, or is returned by
/// [`Finalizer::detach`](crate::Finalizer::detach), whoever calls it, kills its object or tells it to
/// run at exit meanwhile. An action that another thread is running is not waited for.
///
/// Without it the phase runs by itself when the process exits by returning from `main`, by
/// [`std::process::exit`] or after a panic of `main`; what is left of the process then finds
/// finalizers inert. Local finalizers run when their thread ends. That ends their phase only: a
/// local object that dies still later, as in the destructor of a thread-local, still runs its own,
/// and only what outlives the thread never does.
///
/// The phase does not run on [`std::process::abort`], nor, for what the parent made, in a forked child.
/// On `wasm32-unknown-unknown`, which no exit is told of, this is the only way. In a library that is
/// unloaded, the phase of its own finalizers runs as it is unloaded.
///
/// If another thread is in the phase, waits for it; called from inside an exit finalizer, does nothing.
///
/// Finalizers made by one that runs now run next. So that one which makes itself anew does not hang
/// the exit, what they make runs for 32 generations; what is left then is reported to the
/// [unraisable hook](crate::set_unraisable_hook) by its type's name.
///
/// That counts what is made on the thread of the phase. Of what other threads make meanwhile 100 are run, so that
/// threads which make finalizers faster than these run do not hang the exit; after that nothing is run at
/// exit that they made since the phase began.
///
/// A panic in a finalizer goes to that hook too, and the rest
/// still run. One that calls [`std::process::exit`] does not return; the rest run all the same, as the process exits.
/// While it is exiting already, that aborts. And if another thread exits meanwhile, the two wait for each other: that
/// thread for the phase, and the finalizer for the exit of the other thread.
///
/// # Examples
///
/// ```
/// use std::sync::mpsc::channel;
/// use weakref::{finalize_with, run_exit_finalizers, Strong, WeakReferenceable};
///
/// #[derive(WeakReferenceable)]
/// struct Server;
///
/// let (sender, stopped) = channel();
/// let server = Strong::new(Server);
/// finalize_with(&server, |sender| sender.send("stopped").unwrap(), sender);
/// run_exit_finalizers();
/// assert_eq!(stopped.recv(), Ok("stopped"));
/// drop(server); // its finalizer has run already
/// ```
///
/// # Complexity
///
/// O(live finalizers).
pub fn run_exit_finalizers() {
    with_local(|local| {
        if local.phase.get() != Phase::None {
            return;
        }
        // Before the first lock, so that a fork from here on is counted.
        register();
        run_local();
        run_shared();
        local.inert.set(true);
    });
}

/// Runs this thread's local finalizers.
pub(super) fn run_local() {
    with_local(|local| {
        if local.phase.get() != Phase::None {
            return;
        }
        local.begin(Phase::Local);
        while local.finish(&local.roll().take_newest()) {}
        local.phase.set(Phase::None);
    });
}

/// Runs the finalizers of synchronised slots, and the local ones that these make. The thread is in no phase.
pub(super) fn run_shared() {
    with_local(|local| {
        debug_assert!(local.phase.get() == Phase::None);
        // A child that is forked during the phase goes on with it. Nobody in the child waits for that: its own rolls
        // have a phase of their own.
        let rolls = EXIT.rolls();
        if !cfg!(any(loom, shuttle)) {
            rolls.warm_up();
        }
        let _phase = rolls.phase.lock().unwrap_or_else(PoisonError::into_inner);
        sweep(local);
    });
}

/// What [`run_shared`] does while it holds the phase.
fn sweep(local: &Local) {
    local.begin(Phase::Shared);
    let mut strangers = Strangers {
        from: EXIT.number.take(1),
        found: 0,
    };
    while local.finish(&local.roll().take_newest())
        || local.finish(&EXIT.take_newest(&mut strangers))
    {}
    local.phase.set(Phase::None);
}

/// Runs both phases as the process exits: what of them is left, if that is called from inside one of this thread, whose
/// frames never go on.
#[cfg(not(any(
    miri,
    loom,
    shuttle,
    all(target_family = "wasm", not(target_os = "wasi"))
)))]
pub(super) fn run_at_exit() {
    with_local(|local| {
        local.exits.set(true);
        let left = local.phase.replace(Phase::None);
        let holds_phase = left == Phase::Shared && local.is_phase_of_this_process();
        run_local();
        if holds_phase {
            sweep(local);
        } else {
            run_shared();
        }
    });
}
