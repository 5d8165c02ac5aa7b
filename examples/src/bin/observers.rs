//! An event bus that never keeps a listener alive. Listeners of any type register by their own
//! strong handle; the bus holds them weakly, as `dyn Listener`, and is notified from several
//! threads. A listener that is dropped hears nothing more, and a callback tells the bus to forget
//! it: nobody unsubscribes.
//!
//! `cargo run -p weakref-examples --bin observers`

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use weakref::{CallbackRef, Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};

/// Hears events. The supertrait gives `dyn Listener` a slot.
trait Listener: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
    fn hear(&self, event: &str);
}

/// Counts what it hears.
#[derive(WeakReferenceable)]
struct Counter {
    heard: AtomicUsize,
}

/// Keeps what it hears, and is large enough to have its value apart from its counts.
#[derive(WeakReferenceable)]
struct Journal {
    lines: Mutex<Vec<String>>,
    _page: [u8; 4096],
}

impl Listener for Counter {
    fn hear(&self, _: &str) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }
}

impl Listener for Journal {
    fn hear(&self, event: &str) {
        lock(&self.lines).push(event.to_owned());
    }
}

/// Sends events to whoever is alive.
#[derive(WeakReferenceable)]
struct Bus {
    listeners: Mutex<Vec<CallbackRef<dyn Listener>>>,
}

impl Bus {
    fn new() -> Strong<Self> {
        Strong::new(Self {
            listeners: Mutex::default(),
        })
    }

    /// Adds a listener until it dies. Its death reaches the bus through a weak reference, so that
    /// neither keeps the other alive.
    fn add(this: &Strong<Self>, listener: &Strong<dyn Listener>) {
        let bus = Strong::downgrade(this);
        let entry = WeakRef::with_callback(listener, move |dead| {
            if let Some(bus) = bus.upgrade() {
                bus.forget(dead);
            }
        });
        lock(&this.listeners).push(entry);
    }

    fn forget(&self, dead: &WeakRef<dyn Listener>) {
        let mut listeners = lock(&self.listeners);
        let place = listeners.iter().position(|entry| entry.ptr_eq(dead));
        let entry = place.map(|place| listeners.swap_remove(place));
        // A callback reference is dropped outside the lock.
        drop(listeners);
        drop(entry);
    }

    /// Tells everybody who is alive; returns how many that were. No lock is held meanwhile.
    fn send(&self, event: &str) -> usize {
        let alive: Vec<_> = lock(&self.listeners)
            .iter()
            .filter_map(|entry| entry.upgrade())
            .collect();
        for listener in &alive {
            listener.hear(event);
        }
        alive.len()
    }

    fn len(&self) -> usize {
        lock(&self.listeners).len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() {
    let bus = Bus::new();
    let counter = Strong::new(Counter {
        heard: AtomicUsize::new(0),
    });
    let journal = Strong::new(Journal {
        lines: Mutex::default(),
        _page: [0; 4096],
    });
    Bus::add(&bus, &coerce!(counter.clone() => dyn Listener));
    Bus::add(&bus, &coerce!(journal.clone() => dyn Listener));
    assert_eq!(bus.len(), 2);

    let (threads, events) = (4, 250);
    thread::scope(|scope| {
        for thread in 0..threads {
            let bus = &bus;
            scope.spawn(move || {
                for event in 0..events {
                    assert_eq!(bus.send(&format!("event {event} of thread {thread}")), 2);
                }
            });
        }
    });
    assert_eq!(counter.heard.load(Ordering::Relaxed), threads * events);
    assert_eq!(lock(&journal.lines).len(), threads * events);
    println!("{} events heard by two listeners", threads * events);

    // Listeners come and go on some threads while others send.
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..events {
                    let guest: Strong<dyn Listener> =
                        coerce!(Strong::new(Counter { heard: AtomicUsize::new(0) }) => dyn Listener);
                    Bus::add(&bus, &guest);
                }
            });
            scope.spawn(|| {
                for _ in 0..events {
                    assert!(bus.send("while guests come and go") >= 2);
                }
            });
        }
    });
    assert_eq!(bus.len(), 2);
    println!("{} guests came, and none is left on the bus", 2 * events);

    drop(journal);
    assert_eq!((bus.len(), bus.send("after the journal")), (1, 1));
    drop(counter);
    assert_eq!((bus.len(), bus.send("to nobody")), (0, 0));
    println!("the bus is empty, and nobody unsubscribed");
}
