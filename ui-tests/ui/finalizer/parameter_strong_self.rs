use weakref::{Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(file: Strong<Self>) {
        drop(file);
    }
}

fn main() {}
