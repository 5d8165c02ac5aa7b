//! What safe code may do to break the crate: hand-written implementations that use hidden methods,
//! and threads that find a thing while it is made.

use std::cell::RefCell;
use std::panic::catch_unwind;
use std::ptr::from_ref;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use weakref::__private::Site;
use weakref::watch::Graveyard;
use weakref::{Strong, SyncSlot, WeakRef, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Plain;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Local;

trait Shape: Send + Sync + 'static {
    fn name(&self) -> &'static str;

    fn part(&self) -> Option<&dyn Shape> {
        None
    }
}

struct Part {
    _size: u8,
}

impl Shape for Part {
    fn name(&self) -> &'static str {
        "part"
    }
}

#[repr(C)]
struct Whole {
    /// At the address of the whole.
    part: Part,
    _size: [u64; 40],
}

impl Shape for Whole {
    fn name(&self) -> &'static str {
        "whole"
    }

    fn part(&self) -> Option<&dyn Shape> {
        Some(&self.part)
    }
}

thread_local! {
    static SHAPE: RefCell<Option<WeakRef<dyn Shape>>> = const { RefCell::new(None) };
    static ESCAPED: RefCell<Option<WeakRef<Escaping>>> = const { RefCell::new(None) };
    static KEPT: RefCell<Vec<Strong<Local>>> = const { RefCell::new(Vec::new()) };
}

impl WeakReferenceable for dyn Shape {
    type Slot = SyncSlot;

    fn __has_finalizers(&self) -> bool {
        true
    }

    fn __attach_finalizers(&self, site: &Site<'_>) {
        if let Some(part) = self.part() {
            site.attach(part, |construction, value| {
                assert_eq!(value.name(), "whole");
                SHAPE.set(Some(WeakRef::clone(construction)));
            });
        }
    }
}

#[test]
fn a_part_at_the_address_of_its_object_does_not_pass_for_it() {
    let whole = Whole {
        part: Part { _size: 1 },
        _size: [2; 40],
    };
    let strong: Strong<dyn Shape> = Strong::from(Box::new(whole) as Box<dyn Shape>);
    let weak = SHAPE.take().unwrap();
    let other = weak.upgrade().unwrap();
    assert_eq!(other.name(), "whole");
    assert_eq!(Strong::id(&other), Strong::id(&strong));
}

#[derive(Debug)]
struct Escaping;

impl WeakReferenceable for Escaping {
    type Slot = SyncSlot;

    fn __has_finalizers(&self) -> bool {
        true
    }

    fn __attach_finalizers(&self, site: &Site<'_>) {
        site.attach(self, |construction, _| {
            ESCAPED.set(Some(WeakRef::clone(construction)));
        });
    }
}

#[test]
fn nothing_is_pinned_that_another_handle_could_move() {
    assert!(catch_unwind(|| Strong::pin(Escaping)).is_err());
    assert!(!ESCAPED.take().unwrap().is_alive());
    let strong = Strong::new(Escaping);
    let other = ESCAPED.take().unwrap().upgrade().unwrap();
    assert!(std::ptr::eq(from_ref(&*strong), from_ref(&*other)));
}

#[test]
fn a_finalizer_may_be_called_while_it_is_registered() {
    const ROUNDS: usize = if crate::support::FEW { 20 } else { 2000 };
    let object = Strong::new(Plain);
    let ran = Arc::new(AtomicUsize::new(0));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                let count = |ran: Arc<AtomicUsize>| ran.fetch_add(1, Ordering::Relaxed);
                finalize_with(&object, count, Arc::clone(&ran));
            }
            done.store(true, Ordering::Release);
        });
        scope.spawn(|| {
            loop {
                let last = done.load(Ordering::Acquire);
                for finalizer in Strong::finalizers(&object) {
                    finalizer.set_at_exit(true);
                    finalizer.call();
                }
                if last {
                    break;
                }
            }
        });
    });
    assert_eq!(ran.load(Ordering::Relaxed), ROUNDS);
}

#[test]
fn a_registration_that_ended_between_finalizers_leaves_the_object_unique() {
    let mut object = Strong::new(Plain);
    let mut graveyard = Graveyard::new();
    finalize_with(&object, |()| (), ());
    let watched = graveyard.watch(&object, 1);
    finalize_with(&object, |()| (), ());
    assert!(Strong::get_mut(&mut object).is_none());
    drop(watched);
    assert!(Strong::get_mut(&mut object).is_some());
}

#[test]
fn local_finalizers_made_by_one_at_the_end_of_a_thread_run_too() {
    type Log = Arc<Mutex<Vec<u32>>>;

    fn make(log: Log, number: u32) {
        let object = Strong::new(Local);
        // First, so that it outlives the thread's exit phase where destructors run newest first.
        let _ = KEPT.try_with(|kept| kept.borrow_mut().push(object.clone()));
        finalize_with(&object, |(log, number)| run(&log, number), (log, number));
    }

    fn run(log: &Log, number: u32) {
        log.lock().unwrap().push(number);
        if number < 3 {
            make(Arc::clone(log), number + 1);
        }
    }

    let log = Log::default();
    let inner = Arc::clone(&log);
    thread::spawn(move || make(inner, 1)).join().unwrap();
    assert_eq!(*log.lock().unwrap(), [1, 2, 3]);
}
