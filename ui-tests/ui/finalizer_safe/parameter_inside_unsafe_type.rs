use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Job<T: WeakReferenceable> {
    target: Option<Strong<T>>,
}

fn main() {}
