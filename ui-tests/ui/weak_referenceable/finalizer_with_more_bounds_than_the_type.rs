use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File<T>(T);

impl<T: Clone + Send + 'static> File<T> {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        let value = self.0.clone();
        move || drop(value)
    }
}

fn main() {}
