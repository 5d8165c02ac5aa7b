use weakref::{FinalizerSafe, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Job {
    action: Box<dyn FnOnce() + Send>,
}

fn main() {}
