use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[finalizer(at_exit = false)]
fn close(name: String) {
    drop(name);
}

fn main() {}
