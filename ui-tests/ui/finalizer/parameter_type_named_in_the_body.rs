use weakref::{Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

type Own = Strong<File>;

#[finalizer]
fn close(file: Own) {
    type Own = u8;
    let retries: Own = 3;
    println!("{retries} {}", file.name);
}

fn main() {}
