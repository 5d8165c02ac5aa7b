use weakref::WeakReferenceable;

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    fn close(&self) -> impl FnOnce() {
        let name = self.name.clone();
        move || drop(name)
    }
}

fn main() {}
