use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(file: Option<Self>) {
        drop(file);
    }
}

fn main() {}
