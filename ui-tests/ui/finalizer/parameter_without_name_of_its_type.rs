use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[finalizer]
fn close(name: impl AsRef<str>) {
    println!("{}", name.as_ref());
}

fn main() {}
