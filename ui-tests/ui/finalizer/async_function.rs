use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[finalizer]
async fn close(name: String) {
    drop(name);
}

fn main() {}
