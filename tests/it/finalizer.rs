//! Finalizers at run time: the rows F01 to F04 of `BEHAVIOURS.md`, and more.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use weakref::{
    AssertFinalizerSafe, Finalizer, Strong, WeakRef, WeakReferenceable, finalize, finalize_with,
    finalizer,
};

use crate::support::object::Object;
use crate::support::{alloc, child};

#[derive(WeakReferenceable)]
#[weakref(local)]
struct LocalObject;

type Log = Arc<Mutex<Vec<String>>>;

fn log_line(log: &Log, line: &str) {
    log.lock().unwrap().push(line.to_owned());
}

fn lines(log: &Log) -> Vec<String> {
    log.lock().unwrap().clone()
}

/// Counts its drops.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl weakref::FinalizerSafe for Dropped {}

#[test]
fn f01_finalize_called() {
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(&object, |(a, b)| a + b, (1, 2));
    assert!(finalizer.is_alive());
    assert_eq!(finalizer.call(), Some(3));
    assert!(!finalizer.is_alive());
    assert_eq!(finalizer.call(), None);
    assert!(finalizer.peek().is_none());
    assert!(finalizer.detach().is_none());
    assert_eq!(Strong::weak_count(&object), 0);
}

#[test]
fn f01_finalize_detached() {
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(&object, |(a, b)| a + b, (1, 2));
    let (same, action) = finalizer.detach().unwrap();
    assert!(Strong::ptr_eq(&object, &same));
    assert!(!finalizer.is_alive());
    assert!(!finalizer.at_exit());
    assert_eq!(finalizer.call(), None);
    assert!(finalizer.detach().is_none());
    assert_eq!(Strong::weak_count(&object), 0);
    drop((object, same));
    assert_eq!(action.run(), 3);
}

#[test]
fn f01_finalize_death() {
    let ran = Arc::new(AtomicUsize::new(0));
    let object = Strong::new(Object(1));
    let count = |ran: Arc<AtomicUsize>| ran.fetch_add(1, SeqCst);
    let finalizer = finalize_with(&object, count, Arc::clone(&ran));
    assert!(Strong::ptr_eq(&finalizer.peek().unwrap(), &object));
    assert!(finalizer.is_alive());
    drop(object);
    assert_eq!(ran.load(SeqCst), 1);
    assert!(!finalizer.is_alive());
    assert!(finalizer.call().is_none());
    assert!(finalizer.peek().is_none());
    assert!(finalizer.detach().is_none());
    assert_eq!(ran.load(SeqCst), 1);
}

#[test]
fn f03_order() {
    let log = Log::default();
    let object = Strong::new(Object(1));
    let add = |name: &'static str| {
        finalize_with(
            &object,
            |(log, name)| log_line(&log, name),
            (Arc::clone(&log), name),
        )
    };
    add("f1");
    add("f2");
    let f3 = add("f3");
    let _f4 = add("f4");
    let f5 = add("f5");
    log_line(&log, "A");
    f3.call();
    log_line(&log, "B");
    drop(f5.detach());
    log_line(&log, "C");
    drop(object);
    log_line(&log, "D");
    assert_eq!(lines(&log), ["A", "f3", "B", "C", "f4", "f2", "f1", "D"]);
}

#[test]
fn callbacks_and_finalizers_in_one_list_newest_first() {
    let log = Log::default();
    let object = Strong::new(Object(1));
    let callback = |name: &'static str| {
        let log = Arc::clone(&log);
        WeakRef::with_callback(&object, move |_| log_line(&log, name))
    };
    let finalizer = |name: &'static str| {
        finalize_with(
            &object,
            |(log, name)| log_line(&log, name),
            (Arc::clone(&log), name),
        )
    };
    let _r1 = callback("r1");
    finalizer("f1");
    let _r2 = callback("r2");
    finalizer("f2");
    drop(object);
    assert_eq!(lines(&log), ["f2", "r2", "f1", "r1"]);
}

#[test]
fn f04_all_freed() {
    let drops = Arc::new(AtomicUsize::new(0));
    let held = || Dropped(Arc::clone(&drops));
    let object = Strong::new(Object(1));
    let dead = finalize_with(&object, drop, held());
    let called = finalize_with(&object, drop, held());
    called.call();
    assert_eq!(drops.load(SeqCst), 1);
    let detached = finalize_with(&object, drop, held());
    drop(detached.detach());
    assert_eq!(drops.load(SeqCst), 2);
    // Freed with the action, although the handle is still there.
    drop(object);
    assert_eq!(drops.load(SeqCst), 3);
    assert!(!dead.is_alive());
}

#[test]
fn each_action_is_freed_right_after_it_ran() {
    let drops = Arc::new(AtomicUsize::new(0));
    let object = Strong::new(Object(1));
    let seen = Arc::new(AtomicUsize::new(9));
    let look = |(drops, seen): (Arc<AtomicUsize>, Arc<AtomicUsize>)| {
        seen.store(drops.load(SeqCst), SeqCst);
    };
    finalize_with(&object, look, (Arc::clone(&drops), Arc::clone(&seen)));
    finalize_with(&object, |_: Dropped| (), Dropped(Arc::clone(&drops)));
    drop(object);
    assert_eq!(seen.load(SeqCst), 1);
}

#[test]
fn eight_threads_run_it_once() {
    let rounds = if crate::support::FEW { 2 } else { 200 };
    for _ in 0..rounds {
        let ran = Arc::new(AtomicUsize::new(0));
        let object = Strong::new(Object(1));
        let count = |ran: Arc<AtomicUsize>| ran.fetch_add(1, SeqCst);
        let finalizer = finalize_with(&object, count, Arc::clone(&ran));
        let barrier = Barrier::new(8);
        let returned = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let mut object = Some(object);
            for thread in 0..8 {
                let (barrier, finalizer, returned) = (&barrier, finalizer.clone(), &returned);
                let object = if thread == 0 { object.take() } else { None };
                scope.spawn(move || {
                    barrier.wait();
                    let done = match thread {
                        0 => {
                            drop(object);
                            0
                        }
                        1 => finalizer.detach().map_or(0, |(_, action)| {
                            action.run();
                            1
                        }),
                        2 => finalizer.peek().map_or(0, |_| 0),
                        _ => usize::from(finalizer.call().is_some()),
                    };
                    returned.fetch_add(done, SeqCst);
                });
            }
        });
        assert_eq!(ran.load(SeqCst), 1);
        assert!(returned.load(SeqCst) <= 1);
        assert!(!finalizer.is_alive());
    }
}

#[test]
fn nothing_is_alive_inside_the_action() {
    thread_local! {
        static FINALIZER: RefCell<Option<Finalizer<LocalObject, bool>>> = const { RefCell::new(None) };
    }
    let object = Strong::new(LocalObject);
    let finalizer = finalize_with(
        &object,
        |()| {
            FINALIZER.with_borrow(|finalizer| {
                let finalizer = finalizer.as_ref().unwrap();
                assert!(!finalizer.is_alive());
                assert!(finalizer.peek().is_none());
                assert!(finalizer.detach().is_none());
                assert!(finalizer.call().is_none());
                assert!(!finalizer.at_exit());
            });
            true
        },
        (),
    );
    FINALIZER.set(Some(finalizer.clone()));
    assert_eq!(finalizer.call(), Some(true));
    FINALIZER.set(None);
}

#[test]
fn a_weak_reference_is_dead_inside_the_action() {
    let object = Strong::new(Object(1));
    let (sender, alive) = mpsc::channel();
    let weak = Strong::downgrade(&object);
    let look = |(weak, sender): (WeakRef<Object>, mpsc::Sender<bool>)| {
        sender.send(weak.upgrade().is_some()).unwrap();
    };
    finalize_with(&object, look, (weak, sender));
    drop(object);
    assert_eq!(alive.recv(), Ok(false));
}

#[test]
fn made_inside_another() {
    let log = Log::default();
    let (outer, inner) = (Strong::new(Object(1)), Strong::new(Object(2)));
    let weak = Strong::downgrade(&inner);
    let make = |(log, weak): (Log, WeakRef<Object>)| {
        log_line(&log, "outer");
        let inner = weak.upgrade().unwrap();
        finalize_with(&inner, |log| log_line(&log, "inner"), log);
    };
    finalize_with(&outer, make, (Arc::clone(&log), weak));
    drop(outer);
    assert_eq!(lines(&log), ["outer"]);
    drop(inner);
    assert_eq!(lines(&log), ["outer", "inner"]);
}

#[test]
fn an_explicit_call_hands_its_panic_on() {
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(&object, |()| panic!("mine"), ());
    let panic = catch_unwind(AssertUnwindSafe(|| finalizer.call())).unwrap_err();
    assert_eq!(*panic.downcast::<&str>().unwrap(), "mine");
    assert!(!finalizer.is_alive());
    assert_eq!(Strong::weak_count(&object), 0);
}

#[test]
fn an_action_hands_its_panic_on_and_is_freed() {
    let drops = Arc::new(AtomicUsize::new(0));
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(
        &object,
        |_: Dropped| panic!("mine"),
        Dropped(Arc::clone(&drops)),
    );
    let (_, action) = finalizer.detach().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| action.run())).is_err());
    assert_eq!(drops.load(SeqCst), 1);
}

#[test]
fn of_counts_are_one_each_held_or_not() {
    let object = Strong::new(Object(1));
    let first = finalize_with(&object, drop, ());
    assert_eq!(Strong::weak_count(&object), 1);
    let same = first.clone();
    assert_eq!(Strong::weak_count(&object), 1);
    assert_eq!(first, same);
    finalize_with(&object, drop, ());
    assert_eq!(Strong::weak_count(&object), 2);
    assert_eq!(Strong::weak_refs(&object).len(), 2);
    assert_eq!(Strong::finalizers(&object).len(), 2);
    assert_eq!(Strong::finalizers(&object)[1].peek().unwrap().0, 1);
    first.call();
    assert_eq!(Strong::weak_count(&object), 1);
    assert_ne!(Strong::finalizers(&object)[0], erased(&first, &object));
}

/// Any finalizer of the object, its result forgotten.
fn erased(of: &Finalizer<Object>, object: &Strong<Object>) -> Finalizer<Object> {
    assert!(!of.is_alive());
    finalize_with(object, drop, ())
}

#[test]
fn get_mut_does_not_count_finalizers_without_handles() {
    let mut object = Strong::new(Object(1));
    finalize_with(&object, drop, ());
    finalize_with(&object, drop, ());
    Strong::get_mut(&mut object).unwrap().0 = 2;
    let handles = Strong::finalizers(&object);
    assert!(Strong::get_mut(&mut object).is_none());
    drop(handles);
    let weak = Strong::downgrade(&object);
    assert!(Strong::get_mut(&mut object).is_none());
    drop(weak);
    let callback = WeakRef::with_callback(&object, |_| ());
    assert!(Strong::get_mut(&mut object).is_none());
    drop(callback);
    assert_eq!(Strong::get_mut(&mut object).unwrap().0, 2);
    let mut graveyard = weakref::watch::Graveyard::new();
    let watched = graveyard.watch(&object, 1);
    assert!(Strong::get_mut(&mut object).is_none());
    drop(watched);
    assert!(Strong::get_mut(&mut object).is_some());
}

#[test]
fn a_consumed_finalizer_leaves_the_object() {
    let mut object = Strong::new(Object(1));
    finalize_with(&object, drop, ()).call();
    assert!(Strong::get_mut(&mut object).is_some());
    drop(finalize_with(&object, drop, ()).detach());
    assert!(Strong::get_mut(&mut object).is_some());
    assert_eq!(Strong::weak_count(&object), 0);
}

#[test]
fn finalize_copies_what_it_needs() {
    let (sender, values) = mpsc::channel();
    let object = Strong::new(Object(7));
    let finalizer = finalize(&object, |object| {
        let value = object.0;
        move || value
    });
    drop(sender);
    assert_eq!(finalizer.call(), Some(7));
    assert!(values.recv().map(|(): ()| ()).is_err());
}

#[test]
fn a_local_action_need_not_be_send() {
    let object = Strong::new(LocalObject);
    let seen = Rc::new(Cell::new(0));
    finalize_with(&object, |seen: Rc<Cell<u32>>| seen.set(5), Rc::clone(&seen));
    drop(object);
    assert_eq!(seen.get(), 5);
}

#[test]
fn an_object_holds_its_own_handle() {
    #[derive(WeakReferenceable)]
    struct Resource {
        finalizer: Finalizer<Self, u32>,
    }
    let ran = Arc::new(AtomicUsize::new(0));
    let make = |ran: &Arc<AtomicUsize>| {
        let ran = Arc::clone(ran);
        Strong::new_cyclic(|construction| {
            let count = |ran: Arc<AtomicUsize>| {
                ran.fetch_add(1, SeqCst);
                7
            };
            let finalizer = finalize_with(construction, count, ran);
            assert!(finalizer.is_alive());
            assert!(finalizer.peek().is_none());
            assert!(finalizer.detach().is_none());
            Resource { finalizer }
        })
    };
    let resource = make(&ran);
    assert!(resource.finalizer.peek().is_some());
    assert_eq!(resource.finalizer.call(), Some(7));
    drop(resource);
    assert_eq!(ran.load(SeqCst), 1);
    drop(make(&ran));
    assert_eq!(ran.load(SeqCst), 2);
}

#[test]
fn a_failed_construction_runs_what_was_attached() {
    let ran = Arc::new(AtomicUsize::new(0));
    let built = catch_unwind(AssertUnwindSafe(|| {
        Strong::<Object>::new_cyclic(|construction| {
            let count = |ran: Arc<AtomicUsize>| ran.fetch_add(1, SeqCst);
            finalize_with(construction, count, Arc::clone(&ran));
            panic!("no object");
        })
    }));
    assert!(built.is_err());
    assert_eq!(ran.load(SeqCst), 1);
}

#[test]
fn a_call_in_the_middle_of_a_death_takes_its_turn() {
    // The newer one runs first and calls the older one, which the death then skips.
    let log = Log::default();
    let object = Strong::new(Object(1));
    let older = finalize_with(&object, |log| log_line(&log, "older"), Arc::clone(&log));
    let call = |(log, older): (Log, Finalizer<Object>)| {
        log_line(&log, "newer begins");
        assert!(older.call().is_some());
        log_line(&log, "newer ends");
    };
    finalize_with(&object, call, (Arc::clone(&log), older.clone()));
    drop(object);
    assert_eq!(lines(&log), ["newer begins", "older", "newer ends"]);
    assert!(!older.is_alive());
}

#[test]
fn a_death_isolates_panics() {
    let log = Log::default();
    let object = Strong::new(Object(1));
    finalize_with(&object, |log| log_line(&log, "oldest"), Arc::clone(&log));
    finalize_with(
        &object,
        |()| panic!("isolated: expected in the test's output"),
        (),
    );
    finalize_with(&object, |log| log_line(&log, "newest"), Arc::clone(&log));
    drop(object);
    assert_eq!(lines(&log), ["newest", "oldest"]);
}

#[test]
fn debug_says_what_for() {
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(&object, drop, ());
    let text = format!("{finalizer:?}");
    assert!(
        text.starts_with("<Finalizer at 0x") && text.contains("; for Object with ObjectId(0x"),
        "{text}"
    );
    let (_, action) = finalize_with(&object, drop, ()).detach().unwrap();
    assert_eq!(format!("{action:?}"), "Action { .. }");
    drop(object);
    assert!(format!("{finalizer:?}").ends_with("; dead>"));
    assert_eq!(format!("{:?}", Declared::END), "FinalizerKey(\"end\")");
    assert_eq!(AssertFinalizerSafe(3).to_string(), "3");
}

#[derive(WeakReferenceable)]
#[weakref(finalizer = end)]
struct Declared;

impl Declared {
    #[finalizer]
    fn end(&self) -> impl FnOnce() {
        || ()
    }
}

#[test]
fn handles_of_one_finalizer_are_equal() {
    let object = Strong::new(Object(1));
    let [first, second] = [1, 2].map(|number| finalize_with(&object, drop, number));
    let state = RandomState::new();
    let hash = |finalizer: &Finalizer<Object>| state.hash_one(finalizer);
    assert_eq!(first.clone(), first);
    assert_eq!(hash(&first.clone()), hash(&first));
    assert_ne!(first, second);
    assert_ne!(hash(&first), hash(&second));
}

#[test]
fn none_is_missed_though_another_is_made_meanwhile() {
    thread_local! {
        static OBJECT: Strong<Object> = Strong::new(Object(1));
    }
    OBJECT.with(|object| {
        let oldest = finalize_with(object, drop, 0);
        // As many as a vector begins with room for.
        (1..4).for_each(|number| drop(finalize_with(object, drop, number)));
        alloc::at_next(|| OBJECT.with(|object| drop(finalize_with(object, drop, 4))));
        let found = Strong::finalizers(object);
        assert_eq!(found.len(), 5);
        assert_eq!(found.last(), Some(&oldest));
    });
}

/// One that is called while the object's list is locked would wait for ever.
#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn an_allocator_that_uses_the_object_is_called_unlocked() {
    thread_local! {
        static OBJECT: Strong<Object> = Strong::new(Object(1));
        static MADE: Cell<usize> = const { Cell::new(0) };
    }
    /// Makes another at first, as other threads may, and uses the list in any case.
    fn at_each() {
        let made = OBJECT.with(|object| finalize_with(object, drop, 0));
        if MADE.get() == 4 {
            made.call();
        } else {
            MADE.set(MADE.get() + 1);
        }
    }
    let test = child::test_path!(an_allocator_that_uses_the_object_is_called_unlocked);
    let outcome = child::run(test, "allocator", || {
        OBJECT.with(|object| {
            // As many as a vector begins with room for.
            (0..4).for_each(|number| drop(finalize_with(object, drop, number)));
            let found = alloc::at_each(at_each, || Strong::finalizers(object));
            assert!(
                found.len() > 4,
                "the first was made before they were counted anew"
            );
        });
    });
    if let Some(outcome) = outcome {
        outcome.succeeded();
    }
}

#[test]
fn runs_at_exit_until_told_otherwise_or_consumed() {
    let object = Strong::new(Object(1));
    let finalizer = finalize_with(&object, drop, ());
    assert!(finalizer.at_exit());
    finalizer.set_at_exit(false);
    assert!(!finalizer.at_exit());
    finalizer.set_at_exit(true);
    assert!(finalizer.at_exit());
    finalizer.call();
    assert!(!finalizer.at_exit());
}
