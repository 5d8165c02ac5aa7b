//! What each transition makes of each kind of word, on one thread.

use super::*;
use crate::sync::AtomicU64;

fn word(strong: u64, weak: u64, flags: u64) -> u64 {
    (strong.wrapping_sub(1) << 32) | (weak * WEAK) | flags
}

/// What a transition returns, and the word that it leaves.
fn after<W: Word, R>(before: u64, transition: impl FnOnce(&Counts<W>) -> R) -> (R, u64) {
    let counts = Counts(W::new(before));
    let result = transition(&counts);
    (result, counts.0.load(Relaxed))
}

/// The word that a transition without a result leaves.
fn left<W: Word>(before: u64, transition: impl FnOnce(&Counts<W>)) -> u64 {
    after(before, transition).1
}

/// What a look says, which changes nothing.
fn seen<W: Word, R>(before: u64, look: impl FnOnce(&Counts<W>) -> R) -> R {
    let (result, now) = after(before, look);
    assert_eq!(now, before);
    result
}

/// LOCKED, where the flavour locks.
fn locked<W: Word>() -> u64 {
    if W::IS_SHARED { LOCKED } else { 0 }
}

fn objects_begin_open_or_closed<W: Word>() {
    assert_eq!(Counts::<W>::open(0).0.load(Relaxed), word(1, 1, 0));
    assert_eq!(
        Counts::<W>::open(SEPARATE).0.load(Relaxed),
        word(1, 1, SEPARATE)
    );
    assert_eq!(
        Counts::<W>::closed(SEPARATE).0.load(Relaxed),
        word(1, 1, SEPARATE | CLOSED)
    );
}

fn units_are_added<W: Word>() {
    for flags in [0, SEPARATE | LISTED] {
        let before = word(2, 3, flags);
        assert_eq!(left::<W>(before, Counts::retain_strong), word(3, 3, flags));
        assert_eq!(left::<W>(before, Counts::retain_weak), word(2, 4, flags));
    }
}

/// The last that neither flavour refuses.
fn weak_units_may_be_as_many_as_fit<W: Word>() {
    let (before, most) = ((1 << 26) - 2, (1 << 26) - 1);
    let lock = locked::<W>();
    assert_eq!(
        left::<W>(word(1, before, 0), Counts::retain_weak),
        word(1, most, 0)
    );
    assert_eq!(
        left::<W>(word(1, before, 0), Counts::enlist),
        word(1, most, LISTED | lock)
    );
}

fn an_upgrade_adds_to_an_open_word_alone<W: Word>() {
    let upgrade = |word| after::<W, _>(word, Counts::upgrade);
    assert_eq!(
        upgrade(word(2, 3, LISTED)),
        (Some(false), word(3, 3, LISTED))
    );
    assert_eq!(
        upgrade(word(2, 3, SEPARATE)),
        (Some(true), word(3, 3, SEPARATE))
    );
    for strong in [0, 1, 7] {
        let closed = word(strong, 3, CLOSED | SEPARATE);
        assert_eq!(upgrade(closed), (None, closed));
    }
}

fn locking_changes_the_rest_in_the_same_step<W: Word>() {
    for flags in [0, CLOSED | SEPARATE] {
        let before = word(2, 3, flags);
        let lock = locked::<W>();
        assert_eq!(left::<W>(before, Counts::lock), word(2, 3, flags | lock));
        assert_eq!(
            left::<W>(before, Counts::enlist),
            word(2, 4, flags | LISTED | lock)
        );
        assert_eq!(left::<W>(before | lock, Counts::unlock), before);
        assert_eq!(
            after::<W, _>(before | lock, Counts::unlock_and_release),
            (false, word(2, 2, flags))
        );
        assert_eq!(
            after::<W, _>(word(2, 1, flags | lock), Counts::unlock_and_release),
            (true, word(2, 0, flags))
        );
    }
}

fn the_list_is_vacant_until_something_was_listed<W: Word>() {
    let list = |word| seen::<W, _>(word, Counts::list);
    assert_eq!(list(word(2, 3, SEPARATE)), List::Vacant);
    assert_eq!(list(word(2, 3, CLOSED)), List::Vacant);
    assert_eq!(list(word(2, 3, LISTED)), List::Unlocked);
}

fn a_strong_unit_that_others_outlive_is_given_back<W: Word>() {
    for leaves in [false, true] {
        for flags in [0, SEPARATE | LISTED] {
            let (end, now) =
                after::<W, _>(word(2, 3, flags), |counts| counts.release_strong(leaves));
            assert_eq!((end, now), (End::Shared, word(1, 3, flags)));
        }
    }
}

fn the_last_handle_of_all_ends_as_last<W: Word>() {
    for leaves in [false, true] {
        for flags in [0, SEPARATE, LISTED, SEPARATE | LISTED] {
            let (end, now) =
                after::<W, _>(word(1, 1, flags), |counts| counts.release_strong(leaves));
            assert_eq!(end, End::Last);
            // On one thread a look is enough, and nobody reads the word again.
            assert_eq!(now, word(u64::from(!W::IS_SHARED), 1, flags));
        }
    }
}

fn the_last_strong_unit_closes<W: Word>() {
    let release = |word, leaves| after::<W, _>(word, |counts| counts.release_strong(leaves));
    let strong = u64::from(!W::IS_SHARED);
    for leaves in [false, true] {
        let (end, now) = release(word(1, 3, SEPARATE | LISTED), leaves);
        assert_eq!(end, End::Closed(List::Locked));
        assert_eq!(
            now,
            word(strong, 3, SEPARATE | LISTED | CLOSED | locked::<W>())
        );
    }
    let (end, now) = release(word(1, 3, SEPARATE), false);
    assert_eq!(end, End::Closed(List::Vacant));
    assert_eq!(now, word(strong, 3, SEPARATE | CLOSED));
    // What needs no drop leaves in the step that closes.
    let left = (End::Left, word(strong, 2, SEPARATE | CLOSED));
    assert_eq!(release(word(1, 3, SEPARATE), true), left);
}

/// Who made strong zero, and finds the word as others have changed it since.
#[test]
fn a_word_that_changed_after_zero_is_looked_at_again() {
    for leaves in [false, true] {
        let release = |word| after::<AtomicU64, _>(word, |counts| counts.release_zero(leaves));
        for flags in [0, SEPARATE | LISTED, LISTED | LOCKED | PARKED] {
            // The last weak reference has gone.
            let alone = word(0, 1, flags);
            assert_eq!(release(alone), (End::Last, alone));
            // Revived, or closed by another who was revived.
            for other in [
                word(1, 1, flags),
                word(1, 3, flags),
                word(2, 3, flags),
                word(0, 1, flags | CLOSED),
                word(0, 3, flags | CLOSED),
            ] {
                assert_eq!(release(other), (End::HandedOver, other));
            }
        }
        // Who locked the list goes on to do so.
        let before = word(0, 3, LISTED | LOCKED | PARKED);
        assert_eq!(
            release(before),
            (End::Closed(List::Unlocked), before | CLOSED)
        );
    }
}

#[test]
fn an_upgrade_of_zero_adds_the_implicit_weak_unit_anew() {
    let (separate, now) = after::<AtomicU64, _>(word(0, 2, SEPARATE), Counts::upgrade);
    assert_eq!((separate, now), (Some(true), word(1, 3, SEPARATE)));
}

fn a_weak_unit_is_given_back<W: Word>() {
    for flags in [CLOSED, CLOSED | SEPARATE | LISTED] {
        for strong in [0, 5] {
            let (weak, none) = (word(strong, 3, flags), word(strong, 1, flags));
            let fewer = word(strong, 2, flags);
            assert_eq!(after::<W, _>(weak, Counts::release_weak), (false, fewer));
            assert_eq!(
                after::<W, _>(weak, Counts::release_implicit_weak),
                (false, fewer)
            );
            // The last of a dead object needs no subtraction where that is dear.
            let left = if W::IS_SHARED {
                none
            } else {
                word(strong, 0, flags)
            };
            assert_eq!(after::<W, _>(none, Counts::release_weak), (true, left));
            assert_eq!(
                after::<W, _>(none, Counts::release_implicit_weak),
                (true, word(strong, 0, flags))
            );
        }
    }
    // The implicit unit of an object that lives is not the last to be given back.
    assert_eq!(
        after::<W, _>(word(1, 2, 0), Counts::release_weak),
        (false, word(1, 1, 0))
    );
    assert_eq!(
        after::<W, _>(word(1, 1, 0), Counts::release_weak),
        (true, word(1, 0, 0))
    );
}

fn only_the_only_strong_unit_is_taken<W: Word>() {
    let take = |word| after::<W, _>(word, Counts::take_unique);
    for other in [word(2, 1, LISTED), word(0, 2, 0)] {
        assert_eq!(take(other), (None, other));
    }
    let before = word(1, 3, SEPARATE);
    assert_eq!(take(before), (Some(List::Vacant), before | CLOSED));
    let before = word(1, 3, LISTED);
    assert_eq!(
        take(before),
        (Some(List::Locked), before | CLOSED | locked::<W>())
    );
}

fn who_is_alone_is_unique<W: Word>() {
    let unique = |word, known| seen::<W, _>(word, |counts| counts.is_unique_but(known));
    for flags in [0, SEPARATE, LISTED, LOCKED | PARKED] {
        assert!(unique(word(1, 1, flags), 0));
        assert!(seen::<W, _>(word(1, 1, flags), Counts::is_unique));
        assert!(unique(word(1, 3, flags), 2));
        assert!(!unique(word(1, 3, flags), 1));
        assert!(!unique(word(1, 2, flags), 0));
        assert!(!seen::<W, _>(word(1, 2, flags), Counts::is_unique));
        assert!(!unique(word(2, 1, flags), 0));
        assert!(!unique(word(1, 1, flags | CLOSED), 0));
    }
}

fn an_emptied_list_is_forgotten<W: Word>() {
    let before = word(1, 1, SEPARATE | LISTED);
    assert_eq!(left::<W>(before, Counts::unlist), word(1, 1, SEPARATE));
}

fn publication_leaves_one_strong_unit<W: Word>() {
    for strays in [1, 2, 9] {
        let before = word(strays, 3, CLOSED | SEPARATE | LISTED);
        let open = word(1, 3, SEPARATE | LISTED);
        assert_eq!(left::<W>(before, Counts::publish), open);
    }
}

fn the_word_is_read<W: Word>() {
    for (before, strong, weak) in [
        (word(1, 1, SEPARATE | LISTED), 1, 0),
        (word(3, 4, LISTED), 3, 3),
        (word(3, 4, CLOSED), 0, 0),
        (word(0, 4, SEPARATE), 0, 0),
        (word(1 << 31, (1 << 26) + 1, 0), 1 << 31, 1 << 26),
    ] {
        assert_eq!(seen::<W, _>(before, Counts::strong), strong);
        assert_eq!(seen::<W, _>(before, Counts::weak), weak);
        let (dead, separate) = (before & CLOSED != 0, before & SEPARATE != 0);
        assert_eq!(seen::<W, _>(before, Counts::is_dead), dead);
        assert_eq!(seen::<W, _>(before, Counts::is_separate), separate);
    }
    for flags in [0, SEPARATE | LISTED | LOCKED] {
        for (weak, is_last) in [(1, true), (2, false), (3, false)] {
            let dead = word(0, weak, flags | CLOSED);
            assert_eq!(seen::<W, _>(dead, Counts::is_last_weak), is_last);
        }
        assert!(!seen::<W, _>(word(1, 1, flags), Counts::is_last_weak));
    }
}

macro_rules! of_both_flavours {
    ($($test:ident)*) => {
        mod local {
            $(
                #[test]
                fn $test() {
                    super::$test::<super::Halves>();
                }
            )*
        }
        mod sync {
            $(
                #[test]
                fn $test() {
                    super::$test::<super::AtomicU64>();
                }
            )*
        }
    };
}

of_both_flavours! {
    objects_begin_open_or_closed
    units_are_added
    weak_units_may_be_as_many_as_fit
    an_upgrade_adds_to_an_open_word_alone
    locking_changes_the_rest_in_the_same_step
    the_list_is_vacant_until_something_was_listed
    a_strong_unit_that_others_outlive_is_given_back
    the_last_handle_of_all_ends_as_last
    the_last_strong_unit_closes
    a_weak_unit_is_given_back
    only_the_only_strong_unit_is_taken
    who_is_alone_is_unique
    an_emptied_list_is_forgotten
    publication_leaves_one_strong_unit
    the_word_is_read
}
