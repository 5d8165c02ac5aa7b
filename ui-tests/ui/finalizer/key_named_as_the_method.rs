use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File;

impl File {
    #[finalizer]
    #[expect(non_snake_case)]
    fn CLOSE(&self) -> impl FnOnce() {
        || {}
    }
}

fn main() {}
