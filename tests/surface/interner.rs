//! Interners beside the other shared containers.

use weakref::Strong;
use weakref_containers::shared::Interner;

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
    let [a, b, c, d] = numbers.get_many([3, 200, 99, 3].map(weakref::Object).each_ref());
    assert!(a.is_some_and(|found| Strong::ptr_eq(&found, &kept[3])));
    assert!(b.is_none());
    assert!(c.is_some_and(|found| Strong::ptr_eq(&found, &kept[99])));
    assert!(d.is_some_and(|found| Strong::ptr_eq(&found, &kept[3])));
}
