use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[finalizer]
fn close(names: Vec<&str>) {
    drop(names);
}

fn main() {}
