use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self, force: bool) -> impl FnOnce() {
        move || drop(force)
    }
}

fn main() {}
