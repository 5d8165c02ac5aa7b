use weakref::{CallbackRef, FinalizerSafe, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Job {
    callback: CallbackRef<File>,
}

fn main() {}
