//! What the scenarios are made of.

pub(crate) mod alloc;
pub(crate) mod child;
pub(crate) mod hook;
pub(crate) mod kind;
pub(crate) mod log;
pub(crate) mod object;
pub(crate) mod one_thread;
pub(crate) mod task;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use weakref_tests::counting::count;

/// Makes a test of every scenario (a function generic over its [`kind::Kind`]) in every kind, and requires of each
/// that it frees whatever it allocates.
macro_rules! in_all_kinds {
    ($($scenario:ident),* $(,)?) => {
        $crate::support::in_kind!(local_small, LocalSmall, $($scenario),*);
        $crate::support::in_kind!(local_large, LocalLarge, $($scenario),*);
        $crate::support::in_kind!(sync_small, SyncSmall, $($scenario),*);
        $crate::support::in_kind!(sync_large, SyncLarge, $($scenario),*);
    };
}
pub(crate) use in_all_kinds;

macro_rules! in_kind {
    ($module:ident, $kind:ident, $($scenario:ident),*) => {
        mod $module {
            $(
                #[test]
                fn $scenario() {
                    $crate::support::leaves_nothing(super::$scenario::<$crate::support::kind::$kind>);
                }
            )*
        }
    };
}
pub(crate) use in_kind;

/// Runs a scenario and checks that this thread freed what it allocated.
#[track_caller]
pub(crate) fn leaves_nothing(scenario: impl FnOnce()) {
    // What the thread allocates once and keeps.
    hook::reports(|| ());
    let ((), usage) = count(scenario);
    assert_eq!(
        (usage.held_blocks, usage.held_bytes),
        (0, 0),
        "left behind, of {} allocated blocks",
        usage.allocations
    );
}

/// Panics with `text`, without a message on stderr.
pub(crate) fn throw(text: &'static str) -> ! {
    resume_unwind(Box::new(text))
}

/// Runs `body`, which must panic by [`throw`] or with a message, and returns the text.
#[track_caller]
pub(crate) fn thrown<R>(body: impl FnOnce() -> R) -> String {
    let Err(payload) = catch_unwind(AssertUnwindSafe(body)) else {
        panic!("did not panic")
    };
    text_of(payload)
}

#[track_caller]
pub(crate) fn text_of(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(other) => *other.downcast::<String>().expect("the payload is text"),
    }
}

/// Whether every step is interpreted: by Miri, or by valgrind, for which it is compiled with this variable set.
pub(crate) const FEW: bool = cfg!(miri) || option_env!("WEAKREF_FEW").is_some();

/// `full`, or `reduced` where every step is interpreted.
pub(crate) const fn rounds(full: usize, reduced: usize) -> usize {
    if FEW { reduced } else { full }
}

/// Calls `f` with so much more of the stack in use.
#[inline(never)]
#[expect(clippy::large_stack_arrays, reason = "it is to use stack")]
pub(crate) fn below(kilobytes: usize, f: &mut dyn FnMut()) {
    // So large that a sanitizer does not keep it elsewhere.
    let used = std::hint::black_box([0_u8; 128 * 1024]);
    match kilobytes.checked_sub(128) {
        Some(rest) => below(rest, f),
        None => f(),
    }
    std::hint::black_box(&used);
}
