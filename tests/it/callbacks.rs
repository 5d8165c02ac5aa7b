//! Callbacks: when they run, in what order, what they see, and what cancels them.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use weakref::{CallbackRef, ObjectId, Source, Strong, WeakRef, WeakReference, WeakReferenceable};

use crate::support::kind::{Kind, Object};
use crate::support::log::{Log, Noted};
use crate::support::one_thread::OneThread;
use crate::support::{alloc, hook, in_all_kinds, rounds, throw, thrown};

mod payload;

in_all_kinds!(
    r04_callback_runs_once,
    r06_multiple_callbacks_each_run,
    r07_all_dead_before_any_callback,
    r31_callback_runs_while_unwinding,
    r32_callback_may_churn_other_objects,
    r36_object_that_owns_its_callback_ref_is_called,
    r36_field_order_decides_for_an_owned_referent,
    r37_callback_that_owns_an_object_kills_it,
    r42_callback_gets_its_own_dead_reference,
    r46_upgrade_fails_while_a_chain_dies,
    r47_has_callback,
    r48_no_callback_after_death_and_its_memory_is_gone,
    r50_callback_on_an_object_with_a_destructor_may_churn,
    r51_fifty_callbacks_without_memory,
    newest_registration_runs_first,
    deaths_nest_strictly,
    owner_comes_before_what_it_owns,
    too_late_to_cancel_once_death_began,
    dropping_the_reference_cancels_and_frees,
    forgotten_callback_runs,
    callback_may_register_and_cancel_elsewhere,
    callback_that_owns_its_object_keeps_it_alive,
    panic_of_a_callback_keeps_no_other_from_running,
    panic_of_a_cancelled_closure_is_the_callers,
    cancel_in_any_order,
);

fn r04_callback_runs_once<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let other = strong.clone();
    let reference = K::on_death(&strong, log.callback("callback"));
    drop(strong);
    assert!(log.take().is_empty(), "another handle is left");
    drop(other);
    assert_eq!(log.take(), ["drop object", "callback"]);
    assert!(reference.upgrade().is_none());
    drop(reference);
    assert!(log.take().is_empty(), "once");
}

fn r06_multiple_callbacks_each_run<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K>::strong(());
    let first = K::on_death(&strong, log.callback("called"));
    let second = K::on_death(&strong, log.callback("called"));
    drop(strong);
    assert!(!first.is_alive() && !second.is_alive());
    assert_eq!(log.take(), ["called", "called"], "not taken for one");
}

fn r07_all_dead_before_any_callback<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K>::strong(());
    let plain = Rc::new(Strong::downgrade(&strong));
    let others: Rc<RefCell<Vec<CallbackRef<Object<K>>>>> = Rc::default();
    for _ in 0..3 {
        let seen = OneThread::new((Rc::clone(&plain), Rc::clone(&others)));
        let log = log.clone();
        let reference = K::on_death(&strong, move |this| {
            let (plain, others) = seen.get();
            assert!(this.upgrade().is_none() && plain.upgrade().is_none());
            for other in &*others.borrow() {
                assert!(other.upgrade().is_none() && !other.has_callback());
            }
            log.note(others.borrow().len().to_string());
        });
        others.borrow_mut().push(reference);
    }
    drop(strong);
    assert_eq!(log.take(), ["3", "3", "3"]);
    others.take();
}

fn r31_callback_runs_while_unwinding<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let first = K::on_death(&strong, log.callback("first"));
    let second = K::on_death(&strong, |_| throw("of the callback"));
    let reports = hook::told(|| {
        let outer = thrown(|| {
            let _strong = strong;
            throw("the original")
        });
        assert_eq!(outer, "the original");
    });
    assert_eq!(reports, [(Source::Callback, "of the callback".to_owned())]);
    assert_eq!(log.take(), ["drop object", "first"]);
    drop((first, second));
}

fn r32_callback_may_churn_other_objects<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| churn::<K>(&theirs));
    drop(strong);
    assert_eq!(log.take().len(), 1 + 20 * 2);
    assert!(!reference.is_alive());
}

/// Makes and drops objects with callbacks, some of them cancelled.
fn churn<K: Kind>(log: &Log) {
    for _ in 0..20 {
        let strong = log.object::<K>("churned");
        let kept = K::on_death(&strong, log.callback("called"));
        drop(K::on_death(&strong, log.callback("cancelled")));
        drop(strong);
        assert!(!kept.is_alive());
    }
}

fn r36_object_that_owns_its_callback_ref_is_called<K: Kind>() {
    struct Owner<K: Kind>(RefCell<Option<CallbackRef<Owner<K>>>>, K::Body);
    impl<K: Kind> WeakReferenceable for Owner<K> {
        type Slot = K::Slot;
    }
    let log = Log::new();
    let strong = Strong::new(Owner::<K>(RefCell::default(), K::Body::default()));
    strong
        .0
        .replace(Some(K::on_death(&strong, log.callback("called"))));
    drop(strong);
    assert_eq!(log.take(), ["called"], "it was there when the death began");
}

fn r36_field_order_decides_for_an_owned_referent<K: Kind>() {
    type Inner<K> = Object<K, Noted>;
    // The owner holds the object and a callback on it: what is dropped first decides.
    let log = Log::new();
    let inner = log.object::<K>("inner");
    let reference = K::on_death(&inner, log.callback("called"));
    drop(Object::<K, (Strong<Inner<K>>, CallbackRef<Inner<K>>)>::strong((inner, reference)));
    assert_eq!(log.take(), ["drop inner", "called"]);

    let inner = log.object::<K>("inner");
    let reference = K::on_death(&inner, log.callback("called"));
    drop(Object::<K, (CallbackRef<Inner<K>>, Strong<Inner<K>>)>::strong((reference, inner)));
    assert_eq!(log.take(), ["drop inner"], "cancelled in time");
}

fn r37_callback_that_owns_an_object_kills_it<K: Kind>() {
    let log = Log::new();
    let owned = log.object::<K>("owned");
    let of_owned = K::on_death(&owned, log.callback("callback of owned"));

    // Dropped with the closure, when it is cancelled,
    let strong = log.object::<K>("object");
    let captured = OneThread::new(owned);
    let reference = K::on_death(&strong, move |_| drop(captured));
    drop(reference);
    assert_eq!(log.take(), ["drop owned", "callback of owned"]);
    drop(of_owned);

    // and when it ran.
    let owned = log.object::<K>("owned");
    let of_owned = K::on_death(&owned, log.callback("callback of owned"));
    let captured = OneThread::new(owned);
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| {
        theirs.note("begun");
        drop(captured);
        theirs.note("ended");
    });
    drop(strong);
    let nested = [
        "drop object",
        "begun",
        "drop owned",
        "callback of owned",
        "ended",
    ];
    assert_eq!(log.take(), nested);
    drop((reference, of_owned));
}

fn r42_callback_gets_its_own_dead_reference<K: Kind>() {
    type Given<K> = Rc<RefCell<Vec<WeakRef<Object<K, i32>>>>>;
    let strong = Object::<K, _>::strong(5);
    let id = Strong::id(&strong);
    let given: Given<K> = Rc::default();
    let keep = OneThread::new(Rc::clone(&given));
    let reference = K::on_death(&strong, move |dead| {
        assert!(dead.upgrade().is_none() && !dead.is_alive());
        assert_eq!(dead.id(), id);
        keep.get().borrow_mut().push(dead.clone());
    });
    drop(strong);
    assert_eq!(given.take(), [WeakRef::clone(&reference)]);
}

fn r46_upgrade_fails_while_a_chain_dies<K: Kind>() {
    struct Link<K: Kind> {
        this: WeakRef<Link<K>>,
        /// Everybody in the chain; all deeper ones are dead once a shallower one was dropped.
        alive: Rc<Cell<usize>>,
        next: Option<Strong<Link<K>>>,
        _body: K::Body,
    }
    impl<K: Kind> WeakReferenceable for Link<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Link<K> {
        fn drop(&mut self) {
            assert!(self.this.upgrade().is_none());
            assert_eq!(self.this.strong_count(), 0);
            self.alive.set(self.alive.get() - 1);
        }
    }
    // More than nest before they are queued.
    let length = rounds(1_000, 140);
    let alive = Rc::new(Cell::new(length));
    let called = Rc::new(Cell::new(0));
    let (mut head, mut references) = (None, Vec::new());
    for _ in 0..length {
        let next = head.take();
        let link = Strong::new_cyclic(|this| Link::<K> {
            this: WeakRef::clone(this),
            alive: Rc::clone(&alive),
            next,
            _body: K::Body::default(),
        });
        let called = OneThread::new(Rc::clone(&called));
        let next = link.next.as_ref().map(Strong::downgrade);
        let seen = OneThread::new(next);
        references.push(K::on_death(&link, move |this| {
            assert!(this.upgrade().is_none());
            // What the link owned lost its last handle in its drop, whether it was finished or not.
            assert!(
                seen.get()
                    .as_ref()
                    .is_none_or(|next| next.upgrade().is_none())
            );
            called.get().set(called.get().get() + 1);
        }));
        head = Some(link);
    }
    drop(head);
    assert_eq!((alive.get(), called.get()), (0, length));
    assert!(references.iter().all(|reference| !reference.is_alive()));
}

fn r47_has_callback<K: Kind>() {
    let strong = Object::<K>::strong(());
    let reference = K::on_death(&strong, |_| ());
    assert!(reference.has_callback());
    assert!(reference.has_callback(), "asking changes nothing");
    assert!(WeakReference::is_alive(&reference));
    drop(strong);
    assert!(!reference.has_callback());
    assert!(!WeakReference::is_alive(&reference));
}

fn r48_no_callback_after_death_and_its_memory_is_gone<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K>::strong(());
    let captured = log.noted("captured");
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| {
        theirs.note("called");
        let _captured = captured;
    });
    assert!(reference.has_callback());
    drop(strong);
    assert!(!reference.has_callback());
    assert_eq!(
        log.take(),
        ["called", "drop captured"],
        "the closure is not kept"
    );
    drop(reference);
    assert!(log.take().is_empty());
}

fn r50_callback_on_an_object_with_a_destructor_may_churn<K: Kind>() {
    struct Churner<K: Kind>(Log, K::Body);
    impl<K: Kind> WeakReferenceable for Churner<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Churner<K> {
        fn drop(&mut self) {
            churn::<K>(&self.0);
        }
    }
    let log = Log::new();
    let strong = Strong::new(Churner::<K>(log.clone(), K::Body::default()));
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| churn::<K>(&theirs));
    drop(strong);
    assert_eq!(log.take().len(), 2 * 20 * 2);
    drop(reference);
}

fn r51_fifty_callbacks_without_memory<K: Kind>() {
    let called = Rc::new(Cell::new(0));
    let strong = Object::<K>::strong(());
    let references: Vec<_> = (0..50)
        .map(|_| {
            let called = OneThread::new(Rc::clone(&called));
            K::on_death(&strong, move |_| called.get().set(called.get().get() + 1))
        })
        .collect();
    alloc::without_memory(|| drop(strong));
    assert_eq!(called.get(), 50);
    drop(references);
}

fn newest_registration_runs_first<K: Kind>() {
    let log = Log::new();
    let strong = Object::<K>::strong(());
    let names = ["1", "2", "3", "4", "5", "6"];
    let references = names.map(|name| K::on_death(&strong, log.callback(name)));
    drop(strong);
    assert_eq!(log.take(), ["6", "5", "4", "3", "2", "1"]);
    drop(references);
}

fn deaths_nest_strictly<K: Kind>() {
    let log = Log::new();
    let (a, b) = (log.object::<K>("a"), log.object::<K>("b"));
    let of_b = ["b older", "b newer"].map(|name| K::on_death(&b, log.callback(name)));
    let older = K::on_death(&a, log.callback("a older"));
    let last = OneThread::new(b);
    let theirs = log.clone();
    let newer = K::on_death(&a, move |_| {
        theirs.note("a newer begins");
        drop(last);
        theirs.note("a newer ends");
    });
    drop(a);
    assert_eq!(
        log.take(),
        [
            "drop a",
            "a newer begins",
            "drop b",
            "b newer",
            "b older",
            "a newer ends",
            "a older"
        ]
    );
    drop((of_b, older, newer));
}

fn owner_comes_before_what_it_owns<K: Kind>() {
    struct Outer<K: Kind>(
        Log,
        #[expect(dead_code, reason = "dropped")] Strong<Object<K, Noted>>,
        K::Body,
    );
    impl<K: Kind> WeakReferenceable for Outer<K> {
        type Slot = K::Slot;
    }
    impl<K: Kind> Drop for Outer<K> {
        fn drop(&mut self) {
            self.0.note("drop outer");
        }
    }
    let log = Log::new();
    let inner = log.object::<K>("inner");
    let of_inner = K::on_death(&inner, log.callback("callback of inner"));
    let outer = Strong::new(Outer::<K>(log.clone(), inner, K::Body::default()));
    let of_outer = K::on_death(&outer, log.callback("callback of outer"));
    drop(outer);
    // The value goes before callbacks run, fields included.
    assert_eq!(
        log.take(),
        [
            "drop outer",
            "drop inner",
            "callback of inner",
            "callback of outer"
        ]
    );
    drop((of_inner, of_outer));
}

fn too_late_to_cancel_once_death_began<K: Kind>() {
    type Slot<K> = Rc<RefCell<Option<CallbackRef<Object<K>>>>>;
    let log = Log::new();
    let strong = Object::<K>::strong(());
    let older: Slot<K> = Rc::default();
    older.replace(Some(K::on_death(&strong, log.callback("older"))));
    let cancel = OneThread::new(Rc::clone(&older));
    let theirs = log.clone();
    let newer = K::on_death(&strong, move |_| {
        drop(cancel.get().take());
        theirs.note("newer");
    });
    drop(strong);
    assert_eq!(log.take(), ["newer", "older"]);
    drop(newer);

    // One that drops itself: too late as well, and its closure is freed once.
    let strong = Object::<K>::strong(());
    let own: Slot<K> = Rc::default();
    let cancel = OneThread::new(Rc::clone(&own));
    let theirs = log.clone();
    own.replace(Some(K::on_death(&strong, move |this| {
        drop(cancel.get().take());
        assert!(!this.is_alive(), "its reference outlives the handle");
        theirs.note("own");
    })));
    drop(strong);
    assert_eq!(log.take(), ["own"]);
}

fn dropping_the_reference_cancels_and_frees<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let captured = log.noted("captured");
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| {
        let _captured = captured;
        theirs.note("called");
    });
    drop(reference);
    assert_eq!(log.take(), ["drop captured"], "at once");
    assert_eq!(Strong::weak_count(&strong), 0);
    drop(strong);
    assert_eq!(log.take(), ["drop object"]);
}

fn forgotten_callback_runs<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    K::on_death(&strong, log.callback("called")).forget();
    drop(strong);
    assert_eq!(log.take(), ["drop object", "called"]);

    // Forgotten after the death: nothing is left of it.
    let strong = log.object::<K>("object");
    let reference = K::on_death(&strong, log.callback("called"));
    drop(strong);
    reference.forget();
    assert_eq!(log.take(), ["drop object", "called"]);
}

fn callback_may_register_and_cancel_elsewhere<K: Kind>() {
    type Kept<K> = Rc<RefCell<Vec<CallbackRef<Object<K>>>>>;
    let log = Log::new();
    let (strong, other) = (Object::<K>::strong(()), Object::<K>::strong(()));
    let kept: Kept<K> = Rc::default();
    kept.borrow_mut()
        .push(K::on_death(&other, log.callback("cancelled")));
    let inside = OneThread::new((Rc::clone(&kept), other.clone()));
    let theirs = log.clone();
    let reference = K::on_death(&strong, move |_| {
        let (kept, other) = inside.get();
        let weak = Strong::downgrade(other);
        assert!(weak.upgrade().is_some(), "another object is alive");
        kept.borrow_mut()
            .push(K::on_death(other, theirs.callback("registered inside")));
        drop(kept.borrow_mut().remove(0));
    });
    drop(strong);
    assert!(log.take().is_empty());
    drop(other);
    assert_eq!(log.take(), ["registered inside"]);
    drop(reference);
    kept.take();
}

fn callback_that_owns_its_object_keeps_it_alive<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let weak = Strong::downgrade(&strong);
    let captured = OneThread::new(strong.clone());
    let reference = K::on_death(&strong, move |_| drop(captured));
    drop(strong);
    assert!(weak.is_alive());
    assert!(log.take().is_empty());
    drop(reference);
    assert_eq!(log.take(), ["drop object"]);
}

fn panic_of_a_callback_keeps_no_other_from_running<K: Kind>() {
    let log = Log::new();
    let strong = log.object::<K>("object");
    let references = [
        K::on_death(&strong, log.callback("oldest")),
        K::on_death(&strong, |_| throw("first")),
        K::on_death(&strong, log.callback("middle")),
        K::on_death(&strong, |_| throw("second")),
    ];
    let ((), reports) = hook::reports(|| drop(strong));
    assert_eq!(log.take(), ["drop object", "middle", "oldest"]);
    let told: Vec<_> = reports.iter().map(hook::Report::what).collect();
    assert_eq!(
        told,
        [(Source::Callback, "second"), (Source::Callback, "first")]
    );
    assert!(
        reports
            .iter()
            .all(|report| report.type_name == std::any::type_name::<Object<K, Noted>>())
    );
    drop(references);
}

fn panic_of_a_cancelled_closure_is_the_callers<K: Kind>() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            throw("of a capture");
        }
    }
    let strong = Object::<K>::strong(());
    let bomb = Bomb;
    let reference = K::on_death(&strong, move |_| drop(bomb));
    assert_eq!(thrown(|| drop(reference)), "of a capture");
    assert_eq!(Strong::weak_count(&strong), 0, "nothing is left registered");

    // In the death itself it is reported.
    let bomb = Bomb;
    let reference = K::on_death(&strong, move |_| drop(bomb));
    let reports = hook::told(|| drop(strong));
    assert_eq!(reports, [(Source::Callback, "of a capture".to_owned())]);
    drop(reference);
}

fn cancel_in_any_order<K: Kind>() {
    let log = Log::new();
    let names = ["0", "1", "2", "3"];
    for bits in 0..16_u32 {
        for reverse in [false, true] {
            let strong = Object::<K>::strong(());
            let mut references: Vec<_> = names
                .map(|name| Some(K::on_death(&strong, log.callback(name))))
                .into();
            let mut cancelled: Vec<usize> = (0..4).filter(|i| bits & 1 << i != 0).collect();
            if reverse {
                cancelled.reverse();
            }
            for &index in &cancelled {
                drop(references[index].take());
            }
            assert_eq!(Strong::weak_count(&strong), 4 - cancelled.len());
            drop(strong);
            let expected: Vec<_> = (0..4)
                .rev()
                .filter(|i| bits & 1 << i == 0)
                .map(|i| names[i])
                .collect();
            assert_eq!(log.take(), expected);
        }
    }
}

#[test]
fn callbacks_may_panic_with_anything() {
    use crate::support::kind::SyncSmall;

    /// A payload whose drop panics with another, and so on.
    struct Nested(u32);
    impl Drop for Nested {
        fn drop(&mut self) {
            if let Some(left) = self.0.checked_sub(1) {
                std::panic::resume_unwind(Box::new(Nested(left)));
            }
        }
    }
    let strong = Object::<SyncSmall>::strong(());
    let reference =
        WeakRef::with_callback(&strong, |_| std::panic::resume_unwind(Box::new(Nested(3))));
    let ((), reports) = hook::reports(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| drop(strong))).is_ok());
    });
    assert_eq!(reports.len(), 1);
    assert_eq!(reports[0].message, None, "not a text");
    drop(reference);
}
