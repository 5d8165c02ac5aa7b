use std::pin::Pin;

use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(self: Pin<&Self>) -> impl FnOnce() {
        let name = self.name.clone();
        move || drop(name)
    }
}

fn main() {}
