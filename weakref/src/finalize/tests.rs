//! Who gives which share up.

use super::{Finalizer, HANDLE, finalize_with};
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
