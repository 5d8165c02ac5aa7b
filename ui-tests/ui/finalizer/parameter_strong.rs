use weakref::{Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[finalizer]
fn close(retries: u8, file: Strong<File>) {
    println!("{retries} {}", file.name);
}

fn main() {}
