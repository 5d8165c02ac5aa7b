use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(self: weakref::Strong<Self>) -> impl FnOnce() {
        let name = self.name.clone();
        move || drop(name)
    }
}

fn main() {}
