use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Job {
    name: String,
    file: Strong<File>,
}

fn main() {}
