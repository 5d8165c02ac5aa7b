//! Weak references to local objects that travel, and slots of one weak reference.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use static_assertions::{assert_impl_all, assert_not_impl_any};
use weakref::{
    LocalObject, Object, SendWeak, Strong, WeakCell, WeakRef, WeakReferenceable, coerce,
};

assert_impl_all!(SendWeak<LocalObject<Rc<Cell<u8>>>>: Send, Sync);
assert_impl_all!(SendWeak<LocalObject<dyn Fn()>>: Send, Sync);
assert_impl_all!(WeakCell<Object<u8>>: Send, Sync);
assert_not_impl_any!(WeakCell<LocalObject<u8>>: Send, Sync);
assert_not_impl_any!(WeakCell<Object<Cell<u8>>>: Send, Sync);

#[test]
fn a_reference_is_upgraded_at_home_only() {
    let object = Strong::new(LocalObject(Cell::new(0)));
    let reference = SendWeak::new(&object);
    let back = thread::spawn(move || {
        assert!(reference.upgrade().is_none() && !reference.is_home());
        // Other threads have homes of their own, whose first number is the same.
        let own = Strong::new(LocalObject(Cell::new(1)));
        let of_own = SendWeak::new(&own);
        assert!(of_own.upgrade().is_some());
        assert!(reference.upgrade().is_none());
        reference
    });
    let reference = back.join().unwrap();
    reference.upgrade().unwrap().set(7);
    assert_eq!(object.get(), 7);
    drop(object);
    assert!(reference.is_home() && reference.upgrade().is_none());
}

#[test]
fn an_object_keeps_a_reference_to_itself_that_travels() {
    #[derive(WeakReferenceable)]
    #[weakref(local)]
    struct Node {
        this: SendWeak<Node>,
        fate: Cell<u8>,
    }

    let node = Strong::new_cyclic(|construction| {
        let this = SendWeak::from_reference(construction);
        assert!(this.is_home() && this.upgrade().is_none(), "not made yet");
        let fate = Cell::new(0);
        Node { this, fate }
    });
    let abroad = node.this.clone();
    let back = thread::spawn(move || {
        assert!(!abroad.is_home() && abroad.upgrade().is_none());
        abroad
    });
    let back = back.join().unwrap();
    back.upgrade().unwrap().fate.set(3);
    assert_eq!((node.fate.get(), Strong::weak_count(&node)), (3, 1));
    drop(node);
    assert!(back.upgrade().is_none());

    // Dropped elsewhere last, with its object dead and its home gone.
    let home = thread::spawn(|| {
        let node = Strong::new_cyclic(|this| Node {
            this: SendWeak::from_reference(this),
            fate: Cell::new(0),
        });
        node.this.clone()
    });
    drop(home.join().unwrap());

    let abandoned = RefCell::new(None);
    let built = Strong::try_new_cyclic(|construction| {
        abandoned.replace(Some(SendWeak::from_reference(construction)));
        Err::<Node, _>("not built")
    });
    assert!(built.is_err() && abandoned.take().unwrap().upgrade().is_none());
}

#[test]
fn a_reference_is_made_of_one_that_is_dead_or_refers_to_nothing() {
    let object = Strong::new(LocalObject(Rc::new(3)));
    let reference = Strong::downgrade(&object);
    let from_live = SendWeak::from(&reference);
    drop(object);
    let from_dead = SendWeak::from(&reference);
    drop(reference);
    let from_nothing = SendWeak::from(&WeakRef::<LocalObject<Rc<i32>>>::new());
    for reference in [from_live, from_dead, from_nothing] {
        assert!(reference.is_home() && reference.upgrade().is_none());
        let abroad = thread::spawn(move || assert!(reference.clone().upgrade().is_none()));
        abroad.join().unwrap();
    }
    // Home frees what came back.
    let other = Strong::new(Object(4));
    let reference = SendWeak::from(&coerce!(WeakRef::of(&other) => Object<dyn Send + Sync>));
    assert!(reference.upgrade().is_some() && Strong::weak_count(&other) == 1);
    drop(reference);
    assert_eq!(Strong::weak_count(&other), 0);
}

#[test]
fn a_reference_that_is_dropped_elsewhere_is_given_back_at_home() {
    let object = Strong::new(LocalObject([0_u64; 40]));
    let (first, second) = (SendWeak::new(&object), SendWeak::new(&object));
    let clone = first.clone();
    assert_eq!(
        Strong::weak_count(&object),
        2,
        "a clone counts with its original"
    );
    drop(clone);
    thread::spawn(move || drop(first)).join().unwrap();
    assert_eq!(Strong::weak_count(&object), 2, "not before home looks");
    assert!(second.upgrade().is_some());
    assert_eq!(Strong::weak_count(&object), 1);
    drop(second);
    assert_eq!(Strong::weak_count(&object), 0, "at home at once");

    let reference = SendWeak::new(&object);
    thread::spawn(move || drop(reference)).join().unwrap();
    let _other = SendWeak::new(&Strong::new(LocalObject(0)));
    assert_eq!(
        Strong::weak_count(&object),
        0,
        "home looks when it makes one, too"
    );
}

#[test]
fn a_reference_says_where_it_is() {
    let reference = SendWeak::new(&Strong::new(LocalObject(0_u8)));
    assert_eq!(
        format!("{reference:?}"),
        "<SendWeak to LocalObject<u8>; at home>"
    );
    let abroad = thread::spawn(move || format!("{reference:?}"));
    assert_eq!(
        abroad.join().unwrap(),
        "<SendWeak to LocalObject<u8>; abroad>"
    );
}

#[test]
fn a_home_that_is_gone_leaves_a_dead_reference() {
    let (sender, receiver) = mpsc::channel();
    let home = thread::spawn(move || {
        let kept = Strong::new(LocalObject(Rc::new(3)));
        let any = coerce!(kept.clone() => LocalObject<dyn std::any::Any>);
        sender
            .send((SendWeak::new(&kept), SendWeak::new(&any)))
            .unwrap();
    });
    home.join().unwrap();
    let (reference, any) = receiver.recv().unwrap();
    // A thread that comes later is another.
    let other = thread::spawn(move || (reference.upgrade().is_none(), reference.is_home()));
    assert_eq!(other.join().unwrap(), (true, false));
    assert!(any.upgrade().is_none());
    drop(any.clone());
}

#[test]
fn a_reference_is_dropped_while_its_home_ends() {
    thread_local! {
        static LAST: Cell<Option<SendWeak<LocalObject<u8>>>> = const { Cell::new(None) };
    }
    for made_first in [true, false] {
        let home = thread::spawn(move || {
            if made_first {
                LAST.set(None);
            }
            let object = Strong::new(LocalObject(3));
            LAST.set(Some(SendWeak::new(&object)));
        });
        home.join().unwrap();
    }
}

#[test]
fn a_cell_shows_its_reference() {
    let cell = WeakCell::new();
    assert!(format!("{cell:?}").starts_with("WeakCell(<WeakRef at "));
    let kept = cell.get_or_init(|| Strong::new(Object(1)));
    let object = format!("; to Object<i32> at {:p}>)", Strong::as_ptr(&kept));
    assert!(format!("{cell:?}").ends_with(&object));
}

#[test]
fn a_cell_is_filled_once_for_all_who_ask() {
    for _ in 0..20 {
        let (cell, made) = (WeakCell::new(), AtomicU32::new(0));
        let start = Barrier::new(3);
        let kept = Mutex::new(Vec::new());
        thread::scope(|threads| {
            for _ in 0..3 {
                threads.spawn(|| {
                    start.wait();
                    let strong = cell.get_or_init(|| {
                        thread::yield_now();
                        Strong::new(Object(made.fetch_add(1, Relaxed)))
                    });
                    kept.lock().unwrap().push(strong);
                });
            }
        });
        let kept = kept.into_inner().unwrap();
        assert_eq!(made.load(Relaxed), 1);
        assert!(kept.iter().all(|strong| Strong::ptr_eq(strong, &kept[0])));
        drop(kept);
        assert!(cell.get().is_none());
        assert_eq!(cell.get_or_init(|| Strong::new(Object(9))).0, 9);
    }
}

#[test]
fn a_constructor_that_panics_or_fails_leaves_the_cell_as_it_was() {
    let cell = WeakCell::<Object<u8>>::new();
    assert!(catch_unwind(|| cell.get_or_init(|| panic!("no value"))).is_err());
    assert_eq!(
        cell.get_or_try_init(|| Err("no value")).err(),
        Some("no value")
    );
    let made = cell.get_or_init(|| Strong::new(Object(1)));
    assert!(Strong::ptr_eq(&made, &cell.get().unwrap()));
}

#[test]
fn a_constructor_that_asks_its_own_cell_panics() {
    let cell = WeakCell::new();
    let asks = || cell.get_or_init(|| cell.get_or_init(|| Strong::new(Object(1))));
    let text = catch_unwind(AssertUnwindSafe(asks)).err().unwrap();
    assert!(
        text.downcast_ref::<&str>()
            .unwrap()
            .contains("asks for its own value")
    );
    assert_eq!(cell.get_or_init(|| Strong::new(Object(2))).0, 2);
}

#[test]
fn what_is_put_there_meanwhile_wins() {
    let drops = Arc::new(());
    let cell = WeakCell::<Object<Arc<()>>>::new();
    let own = Strong::new(Object(Arc::new(())));
    let winner = cell.get_or_init(|| {
        drop(cell.replace(WeakRef::of(&own)));
        Strong::new(Object(Arc::clone(&drops)))
    });
    assert!(Strong::ptr_eq(&winner, &own));
    assert_eq!(Arc::strong_count(&drops), 1, "what lost is dropped");
    assert!(Strong::ptr_eq(&cell.get().unwrap(), &own));
}

#[test]
fn what_is_put_there_meanwhile_is_not_waited_for() {
    let (cell, own) = (WeakCell::new(), Strong::new(Object(1)));
    let (sender, receiver) = mpsc::channel();
    thread::scope(|threads| {
        cell.get_or_init(|| {
            drop(cell.replace(WeakRef::of(&own)));
            threads.spawn(|| sender.send(cell.get_or_init(|| unreachable!("it is alive"))));
            let found = receiver.recv_timeout(Duration::from_secs(20)).ok();
            assert!(found.is_some_and(|found| Strong::ptr_eq(&found, &own)));
            Strong::new(Object(2))
        });
    });
}

#[test]
fn what_lost_is_dropped_when_nothing_is_locked() {
    /// Asks the cell for another value when it is dropped, if it says so.
    struct Asks(bool);
    static CELL: WeakCell<Object<Asks>> = WeakCell::new();
    impl Drop for Asks {
        fn drop(&mut self) {
            if self.0 {
                drop(CELL.replace(WeakRef::new()));
                drop(CELL.get_or_init(|| Strong::new(Object(Self(false)))));
            }
        }
    }
    let (sender, receiver) = mpsc::channel();
    // Not joined, as it would wait for itself.
    thread::spawn(move || {
        let own = Strong::new(Object(Asks(false)));
        let winner = CELL.get_or_init(|| {
            drop(CELL.replace(WeakRef::of(&own)));
            Strong::new(Object(Asks(true)))
        });
        sender.send(Strong::ptr_eq(&winner, &own)).unwrap();
    });
    assert_eq!(receiver.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[test]
fn one_that_was_dropped_elsewhere_counts_until_home_looks() {
    let mut object = Strong::new(LocalObject(1));
    let reference = SendWeak::new(&object);
    let other = SendWeak::new(&Strong::new(LocalObject(2)));
    thread::spawn(move || drop(reference)).join().unwrap();
    assert!(Strong::get_mut(&mut object).is_none());
    assert!(other.is_home());
    assert!(Strong::get_mut(&mut object).is_some());
}
