use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        let name = self.name.as_str();
        move || println!("{name}")
    }
}

fn main() {}
