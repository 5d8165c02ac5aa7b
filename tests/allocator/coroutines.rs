//! The allocator's code goes on with a coroutine: what was under way on its stack ends meanwhile.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use corosensei::{Coroutine, CoroutineResult, Yielder};
use weakref::watch::{Bury, Group, Shard};
use weakref::{LocalObject, Strong, SyncSlot};
use weakref_tests::calling::at_each;

thread_local! {
    static OTHER: RefCell<Option<Coroutine<(), (), ()>>> = const { RefCell::new(None) };
}

/// Begins a coroutine, which stops in the middle, and leaves it to the allocator.
fn leave(mut other: Coroutine<(), (), ()>) {
    assert!(matches!(other.resume(()), CoroutineResult::Yield(())));
    OTHER.set(Some(other));
}

/// Goes on with it, once; its stack is gone then.
fn go_on() {
    if let Some(mut other) = OTHER.take() {
        assert!(matches!(other.resume(()), CoroutineResult::Return(())));
    }
}

struct Noted(Rc<Cell<u32>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

struct Rows;

impl Bury for Rows {
    type Slot = SyncSlot;
    type Entry = Noted;

    fn take_dead(&mut self) -> Option<Noted> {
        None
    }
}

#[test]
fn a_read_ends_while_an_entry_is_left_to_it() {
    let drops = Rc::new(Cell::new(0));
    leave(Coroutine::new(|yielder: &Yielder<(), ()>, ()| {
        Shard::new(Rows, Group::new()).read(|_| yielder.suspend(()));
    }));
    let other = Shard::new(Rows, Group::new());
    let entry = Noted(Rc::clone(&drops));
    at_each(go_on, || other.drop_buried(entry));
    assert!(OTHER.take().is_none(), "the allocator was not called");
    assert_eq!(drops.get(), 1);
    assert!(!Group::is_any_read_here());
}

#[test]
fn the_outermost_death_ends_while_another_is_queued() {
    struct Stops(*const Yielder<(), ()>);
    impl Drop for Stops {
        fn drop(&mut self) {
            // SAFETY: dropped by the coroutine that it is of.
            unsafe { &*self.0 }.suspend(());
        }
    }
    let drops = Rc::new(Cell::new(0));
    leave(Coroutine::new(|yielder: &Yielder<(), ()>, ()| {
        drop(Strong::new(LocalObject(Stops(yielder))));
    }));
    let object = Strong::new(LocalObject(Noted(Rc::clone(&drops))));
    let theirs = Rc::clone(&drops);
    weakref::WeakRef::with_callback(&object, move |_| theirs.set(theirs.get() + 10)).forget();
    at_each(go_on, || drop(object));
    assert!(OTHER.take().is_none(), "the allocator was not called");
    assert_eq!(drops.get(), 11);
}
