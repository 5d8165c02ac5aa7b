use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[finalizer]
struct File;

fn main() {}
