//! Interners beside the other shared containers.

use weakref::{Object, Strong};
use weakref_containers::shared::{Interner, StrongTier};

#[test]
fn shows_what_is_alive() {
    let names = Interner::<str>::with_capacity(10);
    let [rose, lily] = ["rose", "lily"].map(|name| names.intern(name));
    let mut seen = names.snapshot();
    seen.sort_unstable();
    assert_eq!(seen, [lily.clone(), rose.clone()]);
    let mut count = 0;
    for name in &names {
        assert!(names.contains(&**name));
        count += 1;
    }
    assert_eq!(count, 2);
    drop(seen);
    drop(rose);
    names.purge();
    assert!(!names.contains("rose") && names.contains("lily"));
    assert_eq!(names.snapshot(), [lily]);
}

#[test]
fn finds_many_at_once() {
    let numbers = Interner::<u32>::new();
    let kept: Vec<_> = (0..100)
        .map(|number| numbers.intern_owned(number))
        .collect();
    let [a, b, c, d] = numbers.get_many([3, 200, 99, 3].map(Object).each_ref());
    assert!(a.is_some_and(|found| Strong::ptr_eq(&found, &kept[3])));
    assert!(b.is_none());
    assert!(c.is_some_and(|found| Strong::ptr_eq(&found, &kept[99])));
    assert!(d.is_some_and(|found| Strong::ptr_eq(&found, &kept[3])));
}

/// A lookup is a use, by whatever name it is made.
#[test]
fn what_is_looked_up_is_kept_again() {
    let names = Interner::<str>::with_strong_tier(StrongTier::entries(1));
    let rose = names.intern("rose");
    drop(names.intern("lily"));
    drop(names.intern("aster"));
    assert!(!names.contains("lily") && names.contains("aster"));
    assert!(names.get("rose").is_some_and(|found| found == rose));
    drop(rose);
    assert!(names.contains("rose"), "it was used last");

    let rose = names.intern("rose");
    names.clear_strong_tier();
    assert!(names.get("rose").is_some() && names.strong_tier_len() == 1);
    drop(rose);
    assert!(names.contains("rose"), "the lookup entered it anew");
}

/// A number that counts how often an object was made of it.
#[derive(PartialEq, Eq, Hash)]
struct Number(u32);

#[test]
fn nothing_is_made_of_what_is_there() {
    let calls = std::cell::Cell::new(0);
    let make = |number: &Object<Number>| {
        calls.set(calls.get() + 1);
        Strong::new(Object(Number(number.0.0)))
    };
    let numbers = Interner::<Number>::new();
    let one = numbers.intern_with(&Object(Number(1)), make);
    let same = numbers.intern_with(&Object(Number(1)), make);
    assert!(Strong::ptr_eq(&one, &same));
    assert_eq!(calls.get(), 1);
}
