//! An event bus for threads. Listeners may unsubscribe themselves, subscribe others and drop each other while they are
//! told: nobody is called under the lock, and each is asked for again when its turn comes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use weakref::{Strong, SyncSlot, WeakReferenceable, coerce};
use weakref_containers::WeakList;
use weakref_containers::list::Key;

/// Hears events. `bus` is where it may subscribe others; `own` is its own subscription.
trait Listener: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
    fn hear(&self, bus: &Bus, own: Key, event: &str);
}

#[derive(Default)]
struct Bus(Mutex<WeakList<dyn Listener>>);

impl Bus {
    fn listeners(&self) -> MutexGuard<'_, WeakList<dyn Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn subscribe<L: Listener + 'static>(&self, listener: &Strong<L>) -> Key {
        self.listeners()
            .push(&coerce!(listener.clone() => dyn Listener))
    }

    /// Tells all who are there now. Who is removed, or dies, before its turn is not told.
    fn send(&self, event: &str) {
        let keys: Vec<Key> = self.listeners().keys().collect();
        for key in keys {
            let listener = self.listeners().get(key);
            if let Some(listener) = listener {
                listener.hear(self, key, event);
            }
        }
    }
}

#[derive(WeakReferenceable, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Log {
    fn hear(&self, _: &Bus, _: Key, event: &str) {
        self.lines().push(event.to_owned());
    }
}

/// Hears one event, then leaves and lets another take its place.
#[derive(WeakReferenceable)]
struct Once {
    successor: Strong<Log>,
}

impl Listener for Once {
    fn hear(&self, bus: &Bus, own: Key, event: &str) {
        println!("once: {event}");
        bus.listeners().remove(own);
        bus.subscribe(&self.successor);
    }
}

/// On four threads at once, or where there are none, one time after the other.
fn four_times(work: impl Fn() + Sync) {
    if cfg!(target_family = "wasm") {
        (0..4).for_each(|_| work());
    } else {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(&work);
            }
        });
    }
}

/// Sends from this thread, and then from four.
pub(super) fn run() {
    let bus = Bus::default();
    let log = Strong::new(Log::default());
    let once = Strong::new(Once {
        successor: log.clone(),
    });
    bus.subscribe(&once);
    bus.send("first");
    bus.send("second");
    println!("log: {:?}", log.lines());

    four_times(|| {
        let guest = Strong::new(Log::default());
        bus.subscribe(&guest);
        for _ in 0..100 {
            bus.send("beat");
        }
        assert!(guest.lines().len() >= 100, "it heard its own at least");
    });
    println!("log: {} lines", log.lines().len());
    println!("listeners: {}", bus.listeners().len());
    drop((log, once));
    println!("listeners: {}", bus.listeners().len());
}
