//! A subject and its observers: the subject calls whoever observes it, in order, and keeps nobody
//! alive. An observer that is dropped is not called any more; nobody has to sign off. Observers may
//! come, go and sign others off while they are called.
//!
//! `cargo run -p weakref-examples --bin observer-subject`

use std::cell::{Cell, RefCell};

use weakref::{LocalSlot, Strong, WeakRef, WeakReferenceable, coerce};
use weakref_containers::WeakList;
use weakref_containers::list::Key;

/// Something that wants to know a thermometer's readings.
trait Observer: WeakReferenceable<Slot = LocalSlot> {
    fn read(&self, thermometer: &Thermometer, degrees: i32);
}

#[derive(Default)]
struct Thermometer {
    observers: RefCell<WeakList<dyn Observer>>,
}

impl Thermometer {
    fn attach(&self, observer: &Strong<dyn Observer>) -> Key {
        self.observers.borrow_mut().push(observer)
    }

    fn detach(&self, key: Key) {
        self.observers.borrow_mut().remove(key);
    }

    /// Calls those who observe now and still do when it is their turn. The list is not borrowed
    /// during a call, which may change it.
    fn report(&self, degrees: i32) {
        println!("-- {degrees} degrees, {} observers", self.len());
        let keys: Vec<Key> = self.observers.borrow().keys().collect();
        for key in keys {
            let observer = self.observers.borrow().get(key);
            if let Some(observer) = observer {
                observer.read(self, degrees);
            }
        }
    }

    fn len(&self) -> usize {
        self.observers.borrow().len()
    }
}

/// Prints every reading.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct Display(&'static str);

impl Observer for Display {
    fn read(&self, _: &Thermometer, degrees: i32) {
        println!("{} shows {degrees}", self.0);
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        println!("{} is gone", self.0);
    }
}

/// Rings once, and signs off.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct Alarm {
    above: i32,
    key: Cell<Option<Key>>,
}

impl Observer for Alarm {
    fn read(&self, thermometer: &Thermometer, degrees: i32) {
        if degrees > self.above {
            println!("alarm: above {}", self.above);
            if let Some(key) = self.key.take() {
                thermometer.detach(key);
            }
        }
    }
}

/// Opens a display when it becomes cold, and closes it when it becomes warm.
#[derive(WeakReferenceable)]
#[weakref(local)]
struct FrostGuard {
    display: RefCell<Option<Strong<dyn Observer>>>,
}

impl Observer for FrostGuard {
    fn read(&self, thermometer: &Thermometer, degrees: i32) {
        if degrees >= 0 {
            self.display.take();
        } else if self.display.borrow().is_none() {
            let display = coerce!(Strong::new(Display("frost display")) => dyn Observer);
            thermometer.attach(&display);
            self.display.replace(Some(display));
        }
    }
}

fn main() {
    let thermometer = Thermometer::default();

    let guard = coerce!(Strong::new(FrostGuard { display: RefCell::default() }) => dyn Observer);
    thermometer.attach(&guard);
    let hall = coerce!(Strong::new(Display("hall")) => dyn Observer);
    thermometer.attach(&hall);
    let alarm = Strong::new(Alarm {
        above: 30,
        key: Cell::default(),
    });
    let observer = coerce!(alarm.clone() => dyn Observer);
    alarm.key.set(Some(thermometer.attach(&observer)));
    drop(observer);

    thermometer.report(21);
    thermometer.report(-4);
    assert_eq!(thermometer.len(), 4, "with the frost display");
    thermometer.report(-5);
    thermometer.report(31);
    assert_eq!(
        thermometer.len(),
        2,
        "without the frost display and the alarm"
    );

    let weak: WeakRef<dyn Observer> = Strong::downgrade(&hall);
    drop(hall);
    assert!(!weak.is_alive());
    thermometer.report(32);
    assert_eq!(thermometer.len(), 1);
}
