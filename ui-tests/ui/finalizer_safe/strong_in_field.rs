use weakref::{FinalizerSafe, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct File;

#[derive(FinalizerSafe)]
struct Job(u8, Option<Vec<Strong<File>>>);

fn main() {}
