use std::thread;

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Worker;

fn main() {
    let worker = Strong::new(Worker);
    let owner = worker.clone();
    let thread = thread::spawn(move || std::panic::panic_any(owner));
    finalize_with(&worker, drop, thread);
}
