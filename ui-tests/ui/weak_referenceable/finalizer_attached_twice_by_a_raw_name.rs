use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close, finalizer = r#close)]
struct File;

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        || ()
    }
}

fn main() {}
