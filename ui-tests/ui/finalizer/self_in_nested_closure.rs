use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        move || (0..3).for_each(|_| drop(self.name.clone()))
    }
}

fn main() {}
