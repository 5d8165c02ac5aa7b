use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
enum Job {
    Nothing,
    Close { file: Strong<File> },
}

fn main() {}
