use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close<T: Default>(&self) -> impl FnOnce() -> T {
        T::default
    }
}

fn main() {}
