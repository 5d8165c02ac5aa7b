use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        if self.name.is_empty() {
            return Box::new(move || println!("{}", self.name)) as Box<dyn FnOnce() + Send>;
        }
        Box::new(|| {})
    }
}

fn main() {}
