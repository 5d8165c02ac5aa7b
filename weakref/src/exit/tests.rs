//! What is listed, and what the phase gives back of what it claimed.

use super::roll::Taken;
use super::*;
use crate::finalize::{Finalizer, FinalizerKey, HANDLE, attach, finalize_with};
use crate::limits;
use crate::strong::Strong;

/// Runs `f` on a thread with a roll of its own.
fn on_a_thread(f: fn()) {
    std::thread::spawn(f).join().expect("it does not panic");
}

fn is_any_listed() -> bool {
    with_local(|local| local.roll().newest().is_some())
}

#[test]
fn what_is_not_to_run_at_exit_is_not_listed() {
    on_a_thread(|| {
        let key = || FinalizerKey::new("quit");
        let object = Strong::new_cyclic(|this| {
            attach(this, key(), false, || ());
            assert!(!is_any_listed());
            attach(this, key(), true, || ());
            assert!(is_any_listed());
            limits::Local
        });
        drop(object);
        assert!(!is_any_listed());
    });
}

#[test]
fn what_the_phase_claims_it_lets_go_of() {
    on_a_thread(|| {
        let take = || with_local(|local| local.roll().take_newest());
        let object = Strong::new(limits::Local);
        let finalizer: Finalizer<limits::Local> = finalize_with(&object, drop, ());
        let shares = finalizer.shares();
        finalizer.set_at_exit(false);
        assert!(matches!(take(), Taken::Passed));
        assert_eq!(finalizer.shares(), shares);

        finalizer.set_at_exit(true);
        let taken = take();
        assert!(matches!(taken, Taken::Claimed(..)));
        assert_eq!(finalizer.shares(), shares + 1);
        assert!(with_local(|local| local.finish(&taken)));
        // The list's and the phase's are given up, and the node's weak unit.
        assert_eq!(finalizer.shares(), HANDLE);
        assert_eq!(Strong::weak_count(&object), 0);
        assert_eq!(finalizer.enrolled().listing.get(), Listing::Gone);
    });
}
