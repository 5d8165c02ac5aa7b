use super::*;
use crate::sync::{AtomicU64, Halves};

/// What is seen of a state: live, due, enrolled.
fn seen<W: Word>(state: &State<W>) -> [bool; 3] {
    let seen = state.look();
    [seen.is_live(), seen.is_due(), seen.is_enrolled()]
}

fn is_enrolled_from_the_start_or_when_it_is_told_to_run<W: Word>() {
    assert_eq!(seen(&State::<W>::new(true)), [true, true, true]);
    let state = State::<W>::new(false);
    assert_eq!(seen(&state), [true, false, false]);
    assert!(!state.tell(false));
    assert_eq!(seen(&state), [true, false, false]);
    assert!(state.tell(true));
    assert_eq!(seen(&state), [true, true, true]);
    // Who consumes it has to strike it off, though it is not to run.
    assert!(!state.tell(false));
    assert_eq!(seen(&state), [true, false, true]);
    assert!(state.claim().is_some_and(Seen::is_enrolled));
}

fn is_claimed_once_and_not_enrolled_afterwards<W: Word>() {
    let state = State::<W>::new(false);
    assert!(state.claim().is_some_and(|seen| !seen.is_enrolled()));
    assert!(state.claim().is_none());
    for at_exit in [true, false] {
        assert!(!state.tell(at_exit));
        assert_eq!(seen(&state), [false, false, false]);
    }
}

fn is_asked_while_it_lives<W: Word>() {
    let state = State::<W>::new(true);
    let ask = |consumes| state.if_live(|seen| (consumes, seen.is_due()));
    assert_eq!(ask(false), Some(true));
    assert_eq!(seen(&state), [true, true, true]);
    assert_eq!(ask(true), Some(true));
    assert_eq!(seen(&state), [false, false, true]);
    assert_eq!(ask(false), None);
}

macro_rules! of_both_flavours {
    ($($test:ident)*) => {$(
        mod $test {
            use super::*;

            #[test]
            fn local() {
                super::$test::<Halves>();
            }

            #[test]
            fn sync() {
                super::$test::<AtomicU64>();
            }
        }
    )*};
}

of_both_flavours! {
    is_enrolled_from_the_start_or_when_it_is_told_to_run
    is_claimed_once_and_not_enrolled_afterwards
    is_asked_while_it_lives
}
