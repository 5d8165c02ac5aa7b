use weakref::{Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(file: Vec<(u8, Strong<Self>)>) {
        drop(file);
    }
}

fn main() {}
