//! The interner: one object per value.

use std::collections::HashMap;
use std::sync::{Barrier, LazyLock};
use std::thread;

use weakref::{Object, Strong, WeakRef};
use weakref_containers::shared::Interner;
use weakref_tests::counting::count;

use crate::support::{leaves_nothing, rounds};

#[test]
fn one_object_per_value() {
    leaves_nothing(|| {
        let names = Interner::<str>::new();
        let rose = names.intern("rose");
        assert!(Strong::ptr_eq(
            &rose,
            &names.intern(&String::from("rose")[..])
        ));
        assert!(!Strong::ptr_eq(&rose, &names.intern("lily")));
        assert_eq!((names.len(), &**rose), (1, "rose"), "nobody keeps the lily");
        assert!(names.get("lily").is_none());
        let weak = Strong::downgrade(&rose);
        drop(rose);
        assert!(names.is_empty() && !weak.is_alive());
        assert_ne!(Strong::downgrade(&names.intern("rose")), weak);
    });
}

#[test]
fn slices_and_values() {
    let paths = Interner::<[u32]>::new();
    let path = paths.intern(&[1, 2][..]);
    assert!(Strong::ptr_eq(&path, &paths.intern(&[1, 2][..])));
    assert!(!Strong::ptr_eq(&path, &paths.intern(&[1][..])));
    let colors = Interner::<[u8; 3]>::new();
    let red = colors.intern_with(&Object([255, 0, 0]), |red| Strong::new(*red));
    assert_eq!(colors.get(&Object([255, 0, 0])), Some(red.clone()));
    assert_eq!(colors.iter().collect::<Vec<_>>(), [red]);
    assert_eq!(format!("{paths:?}"), format!("{{{:?}}}", &*path));
}

#[test]
fn dead_values_leave_nothing() {
    let names = Interner::<str>::new();
    let intern = || {
        let held: Vec<_> = (0..100)
            .map(|id| names.intern(&id.to_string()[..]))
            .collect();
        assert_eq!(names.len(), held.len());
    };
    intern();
    let ((), usage) = count(intern);
    assert_eq!(
        (usage.held_blocks, usage.held_bytes, names.len()),
        (0, 0, 0)
    );
}

/// Few words, many threads, each of which drops at once what it interned: at any time one object per word, whose
/// identity all its holders agree on.
#[test]
fn threads_agree_on_the_object() {
    const THREADS: usize = 4;
    static NAMES: LazyLock<Interner<str>> = LazyLock::new(Interner::new);
    let rounds = rounds(20_000, 25);
    let meet = Barrier::new(THREADS);
    let words = ["rose", "lily", "iris"];
    thread::scope(|scope| {
        for first in 0..THREADS {
            let meet = &meet;
            scope.spawn(move || {
                for round in 0..rounds {
                    let word = words[(first + round) % words.len()];
                    let object = NAMES.intern(word);
                    assert_eq!(&**object, word);
                    // While it is held, everybody gets this one.
                    assert!(Strong::ptr_eq(&object, &NAMES.intern(word)));
                    assert!(
                        NAMES
                            .get(word)
                            .is_some_and(|found| Strong::ptr_eq(&found, &object))
                    );
                }
                meet.wait();
                let held: HashMap<_, _> = words
                    .iter()
                    .map(|word| (word, NAMES.intern(word)))
                    .collect();
                meet.wait();
                for (word, object) in &held {
                    assert!(Strong::ptr_eq(object, &NAMES.intern(word)));
                }
                assert_eq!(NAMES.len(), words.len());
                meet.wait();
            });
        }
    });
    assert_eq!((NAMES.len(), NAMES.iter().count()), (0, 0));
}

/// What one thread holds, others find, while it dies all the time.
#[test]
fn threads_share_while_it_dies() {
    let names = Interner::<str>::new();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last: Option<WeakRef<Object<str>>> = None;
                for _ in 0..rounds(20_000, 30) {
                    let object = names.intern("rose");
                    // If the last one still lives it is the same.
                    if let Some(last) = last.as_ref().and_then(WeakRef::upgrade) {
                        assert!(Strong::ptr_eq(&last, &object));
                    }
                    // A dead one may be counted a moment longer.
                    assert!(!names.is_empty());
                    last = Some(Strong::downgrade(&object));
                }
            });
        }
    });
    assert!(names.is_empty());
}
