//! Who gives which share up.

use super::{Finalizer, FinalizerKey, HANDLE, attach, finalize_with};
use crate::limits::{Local, Sync};
use crate::strong::Strong;

/// A death has taken the list, and with it the list's shares, when one of its finalizers calls the next.
macro_rules! called_within_the_death {
    ($object:expr) => {
        let object = Strong::new($object);
        let older: Finalizer<_, u32> = finalize_with(&object, |number| number + 1, 1);
        let calls = |(older, number): (Finalizer<_, u32>, u32)| {
            assert_eq!(older.call(), Some(number));
            assert_eq!(older.shares(), 1 + 2 * HANDLE);
        };
        finalize_with(&object, calls, (older.clone(), 2));
        drop(object);
        assert_eq!(older.shares(), HANDLE);
    };
}

#[test]
fn a_call_within_the_death_leaves_the_share_of_the_list_to_it() {
    called_within_the_death!(Local);
    called_within_the_death!(Sync);
}

macro_rules! detached {
    ($object:expr) => {
        let object = Strong::new($object);
        for runs in [false, true] {
            let finalizer: Finalizer<_, u32> = finalize_with(&object, |number| number + 1, 1);
            let (same, action) = finalizer.detach().expect("it is live");
            assert_eq!(finalizer.shares(), 1 + HANDLE);
            if runs {
                assert_eq!(action.run(), 2);
            } else {
                drop(action);
            }
            assert_eq!(finalizer.shares(), HANDLE);
            drop(same);
        }
    };
}

#[test]
fn an_action_that_ends_gives_its_share_up() {
    detached!(Local);
    detached!(Sync);
}

macro_rules! declared {
    ($object:expr) => {
        let object = Strong::new_cyclic(|this| {
            attach(this, FinalizerKey::new("first"), false, || 1_u32);
            attach(this, FinalizerKey::new("second"), false, || 2_u32);
            attach(this, FinalizerKey::new("third"), false, || "third");
            $object
        });
        let of = |name| Finalizer::of(&object, FinalizerKey::<_, u32>::new(name));
        assert!(of("fourth").is_none(), "there is none of this name");
        assert!(of("third").is_none(), "it has another result");
        let finalizers = Strong::finalizers(&object);
        let first = of("first").expect("it is live");
        let shares: Vec<_> = finalizers.iter().map(Finalizer::shares).collect();
        assert_eq!(shares, [1 + HANDLE, 1 + HANDLE, 1 + 2 * HANDLE]);
        assert_eq!(of("second").expect("it is live").call(), Some(2));
        assert_eq!(first.call(), Some(1));
    };
}

#[test]
fn a_declared_finalizer_is_found_by_its_name_and_result() {
    declared!(Local);
    declared!(Sync);
}
