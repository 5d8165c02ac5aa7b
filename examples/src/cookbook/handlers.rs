//! Methods as handlers. Each function has a type of its own, so that a list of several needs one that all of them
//! become: a function pointer, or a closure behind a `Box`.

use std::sync::atomic::{AtomicI32, Ordering};

use weakref::{Strong, WeakMethod, WeakReferenceable};

#[derive(WeakReferenceable, Default)]
struct Counter(AtomicI32);

impl Counter {
    fn up(&self, by: i32) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    fn down(&self, by: i32) {
        self.0.fetch_sub(by, Ordering::Relaxed);
    }

    fn reset(&self) -> i32 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

#[derive(WeakReferenceable)]
struct Lamp(&'static str);

impl Lamp {
    fn blink(&self) {
        println!("{} blinks", self.0);
    }
}

type Change = WeakMethod<Counter, fn(&Counter, i32)>;

/// One receiver and one signature: the type of the list turns the functions into pointers.
fn of_one_kind(counter: &Strong<Counter>) {
    let handlers: Vec<Change> = vec![
        WeakMethod::new(counter, Counter::up),
        WeakMethod::new(counter, Counter::down),
        WeakMethod::new(counter, Counter::up),
    ];
    for (handler, by) in handlers.iter().zip([5, 2, 1]) {
        handler.call((by,));
    }
    println!("counter: {}", counter.0.load(Ordering::Relaxed));
}

/// Whether it is still of use.
type Handler = Box<dyn Fn(i32) -> bool>;

/// Several receivers and signatures: each becomes a closure that takes what the list gives, and says when it is
/// of no use any more.
fn of_many_kinds(counter: &Strong<Counter>, lamp: Strong<Lamp>) {
    let up = WeakMethod::new(counter, Counter::up);
    let reset = WeakMethod::new(counter, Counter::reset);
    let blink = WeakMethod::new(&lamp, Lamp::blink);
    let mut handlers: Vec<Handler> = vec![
        Box::new(move |by| up.call((by,)).is_some()),
        Box::new(move |_| blink.call(()).is_some()),
        Box::new(move |_| {
            let was = reset.call(());
            was.is_some_and(|was| {
                println!("counter was {was}");
                true
            })
        }),
    ];
    handlers.retain(|handler| handler(10));
    drop(lamp);
    handlers.retain(|handler| handler(20));
    println!("handlers: {}", handlers.len());
}

/// Calls both kinds of lists.
pub(super) fn run() {
    let counter = Strong::new(Counter::default());
    of_one_kind(&counter);
    of_many_kinds(&counter, Strong::new(Lamp("red")));
}
