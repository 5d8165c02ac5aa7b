use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer(at_exit = "no")]
    fn close(&self) -> impl FnOnce() {
        || {}
    }
}

fn main() {}
