//! Panics that nobody can catch: the hook, and what happens without one. The hook belongs to the process, so those that
//! change it run in one of their own.

use std::panic::panic_any;
use std::sync::mpsc;

use weakref::watch::Panics;
use weakref::{
    Source, Strong, WeakRef, WeakReferenceable, set_unraisable_hook, take_unraisable_hook,
};

use crate::support::child::{self, test_path};
use crate::support::hook;
use crate::support::kind::{Object, SyncSmall};
use crate::support::{throw, thrown};

type Referent = Object<SyncSmall>;

/// The death of an object whose callback panics with a text.
fn failing_death(text: &'static str) {
    let strong = Referent::strong(());
    WeakRef::with_callback(&strong, move |_| throw(text)).forget();
    drop(strong);
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn without_a_hook_a_line_goes_to_stderr() {
    let test = test_path!(without_a_hook_a_line_goes_to_stderr);
    let outcome = child::run(test, "", || {
        failing_death("the reason");
        let strong = Referent::strong(());
        WeakRef::with_callback(&strong, |_| panic_any(7)).forget();
        drop(strong);
    });
    let Some(outcome) = outcome else { return };
    outcome.succeeded();
    let name = std::any::type_name::<Referent>();
    let stderr = outcome.text();
    assert!(
        stderr.contains(&format!(
            "weakref: panic in the callback of a {name}: the reason\n"
        )),
        "{stderr}"
    );
    assert!(
        stderr.contains(&format!("weakref: panic in the callback of a {name}\n")),
        "{stderr}"
    );
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn hook_is_set_replaced_and_taken() {
    let outcome = child::run(test_path!(hook_is_set_replaced_and_taken), "", || {
        assert!(take_unraisable_hook().is_none());
        let (sender, reports) = mpsc::channel();
        let other = sender.clone();
        set_unraisable_hook(move |report| sender.send(format!("first: {report}")).unwrap());
        failing_death("a");
        set_unraisable_hook(move |report| other.send(format!("{report:?}")).unwrap());
        failing_death("b");
        assert!(take_unraisable_hook().is_some());
        assert!(take_unraisable_hook().is_none());
        failing_death("to stderr");
        let name = std::any::type_name::<Referent>();
        let reports: Vec<_> = reports.try_iter().collect();
        assert_eq!(
            reports[0],
            format!("first: panic in the callback of a {name}: a")
        );
        let second = format!(
            "Unraisable {{ source: Callback, type_name: {name:?}, message: Some(\"b\"), .. }}"
        );
        assert_eq!(reports[1..], [second]);
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
        assert_eq!(
            outcome.text().matches("weakref: ").count(),
            1,
            "{}",
            outcome.text()
        );
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn panic_of_the_hook_is_swallowed() {
    let outcome = child::run(test_path!(panic_of_the_hook_is_swallowed), "", || {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                throw("from the drop of the hook");
            }
        }
        let bomb = Bomb;
        set_unraisable_hook(move |_| {
            let _bomb = &bomb;
            eprintln!("[hook]");
            throw("from the hook")
        });
        failing_death("a");
        failing_death("b");
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
        assert_eq!(outcome.text().matches("[hook]").count(), 2);
    }
}

#[test]
#[cfg_attr(miri, ignore = "starts processes")]
fn hook_may_change_the_hook_and_let_objects_die() {
    let outcome = child::run(
        test_path!(hook_may_change_the_hook_and_let_objects_die),
        "",
        || {
            set_unraisable_hook(|report| {
                eprintln!("[first: {}]", report.message().unwrap_or(""));
                set_unraisable_hook(|report| {
                    eprintln!("[second: {}]", report.message().unwrap_or(""));
                });
                failing_death("inside");
            });
            failing_death("outside");
            failing_death("after");
        },
    );
    if let Some(outcome) = outcome {
        outcome.succeeded();
        let text = outcome.text();
        let told: Vec<_> = text.lines().filter(|line| line.contains(": ")).collect();
        assert_eq!(
            told,
            ["[first: outside]", "[second: inside]", "[second: after]"]
        );
    }
}

#[test]
fn report_says_what_panicked() {
    struct Bomb;
    impl WeakReferenceable for Bomb {
        type Slot = weakref::SyncSlot;
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            throw("in the drop");
        }
    }
    let ((), reports) = hook::reports(|| {
        let strong = Strong::new(Bomb);
        WeakRef::with_callback(&strong, |_| {
            std::panic::resume_unwind(Box::new(String::from("owned")))
        })
        .forget();
        let text = thrown(|| {
            let _strong = strong;
            throw("the first")
        });
        assert_eq!(text, "the first");
    });
    let told: Vec<_> = reports.iter().map(hook::Report::what).collect();
    assert_eq!(
        told,
        [(Source::Callback, "owned"), (Source::Drop, "in the drop")]
    );
    assert!(
        reports
            .iter()
            .all(|report| report.type_name == std::any::type_name::<Bomb>())
    );
    assert_eq!(
        [
            Source::Drop,
            Source::Callback,
            Source::Finalizer,
            Source::ExitFinalizer
        ]
        .map(|source| source.to_string()),
        ["drop", "callback", "finalizer", "exit finalizer"]
    );
}

#[test]
fn collected_panics_go_on_or_are_told() {
    struct Mine;
    let mut panics = Panics::of::<Mine>(Source::Drop);
    assert_eq!(
        format!("{panics:?}"),
        "Panics { source: Drop, any: false, .. }"
    );
    let ((), reports) = hook::reports(|| {
        assert!(panics.run(|| ()));
        assert!(!panics.run(|| throw("first")));
        assert!(!panics.run(|| throw("second")));
        assert_eq!(
            format!("{panics:?}"),
            "Panics { source: Drop, any: true, .. }"
        );
        assert_eq!(thrown(|| panics.resume()), "first");
    });
    let [second] = &reports[..] else {
        panic!("{reports:?}")
    };
    assert_eq!(second.what(), (Source::Drop, "second"));
    assert_eq!(second.type_name, std::any::type_name::<Mine>());

    // Not resumed; and resumed while the thread panics.
    for resumes in [false, true] {
        let mut panics = Panics::of::<Mine>(Source::Burial);
        let reports = hook::told(|| {
            let text = thrown(|| {
                panics.run(|| throw("kept"));
                let panics = resumes.then_some(panics);
                defer(
                    || panics.map_or((), Panics::resume),
                    || throw("the original"),
                );
            });
            assert_eq!(text, "the original");
        });
        assert_eq!(reports, [(Source::Burial, "kept".to_owned())]);
    }
}

/// Runs `last` as `body` unwinds.
fn defer(last: impl FnOnce(), body: impl FnOnce()) {
    struct Last<F: FnOnce()>(Option<F>);
    impl<F: FnOnce()> Drop for Last<F> {
        fn drop(&mut self) {
            if let Some(last) = self.0.take() {
                last();
            }
        }
    }
    let _last = Last(Some(last));
    body();
}
