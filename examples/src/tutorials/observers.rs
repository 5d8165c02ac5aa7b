//! Observers.

use std::cell::RefCell;

use weakref::{LocalSlot, Strong, WeakReferenceable, coerce};
use weakref_containers::{IdentityWeakSet, WeakList};

trait Listener: WeakReferenceable<Slot = LocalSlot> {
    fn notify(&self, event: &str);
}

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Named(&'static str);

impl Listener for Named {
    fn notify(&self, event: &str) {
        println!("{} heard {event}", self.0);
    }
}

pub(super) fn listeners() {
    let mut listeners = IdentityWeakSet::new();
    let one = Strong::new(Named("one"));
    let two = Strong::new(Named("two"));
    listeners.insert(&one);
    listeners.insert(&one);
    println!(
        "len = {}, one in it: {}",
        listeners.len(),
        listeners.contains(&one)
    );
    listeners.insert(&two);
    drop(one);
    for listener in &listeners {
        listener.notify("an event");
    }
    println!("len = {}", listeners.len());
}

/// Tells its observers of each new state.
#[derive(Default)]
struct Subject {
    state: i32,
    observers: RefCell<WeakList<dyn Listener>>,
}

impl Subject {
    fn attach(&self, observer: &Strong<Named>) {
        let observer = coerce!(observer.clone() => dyn Listener);
        self.observers.borrow_mut().push(&observer);
    }

    fn set_state(&mut self, state: i32) {
        self.state = state;
        let observers = self.observers.borrow().snapshot();
        println!("state {state}, {} observers", observers.len());
        for observer in observers {
            observer.notify(&format!("state {}", self.state));
        }
    }
}

pub(super) fn subject() {
    let mut subject = Subject::default();
    let (a, b) = (Strong::new(Named("A")), Strong::new(Named("B")));
    subject.attach(&a);
    subject.attach(&b);
    subject.set_state(1);
    drop(a);
    subject.set_state(2);
    drop(b);
    subject.set_state(3);
}
