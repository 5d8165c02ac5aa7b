use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

struct Job(String);

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    finalize_with(&file, drop, Job(String::new()));
}
