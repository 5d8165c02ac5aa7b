use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        match self.name.as_str() {
            "" => Box::new(|| {}) as Box<dyn FnOnce() + Send>,
            _ => Box::new(|| drop(self.name.clone())),
        }
    }
}

fn main() {}
