use weakref::{FinalizerSafe, WeakReferenceable};

#[derive(FinalizerSafe, WeakReferenceable)]
#[weakref(lokal)]
struct Job {
    name: String,
}

fn main() {}
