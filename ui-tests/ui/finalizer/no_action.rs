use weakref::{WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File {
    name: String,
}

impl File {
    #[finalizer]
    fn close(&self) -> std::io::Result<()> {
        std::fs::remove_file(&self.name)
    }
}

fn main() {}
