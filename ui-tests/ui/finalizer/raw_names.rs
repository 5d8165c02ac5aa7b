use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = remove, finalizer = close)]
struct File {
    path: String,
}

impl File {
    #[finalizer]
    fn remove(&self) -> impl FnOnce() {
        let r#path = &self.path;
        move || drop(path.len())
    }
    #[finalizer(key = r#close)]
    fn close(&self) -> impl FnOnce() {
        || ()
    }
}

fn main() {}
