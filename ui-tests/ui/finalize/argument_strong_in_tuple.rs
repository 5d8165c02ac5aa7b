use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    let same = Strong::clone(&file);
    finalize_with(&file, drop, (1, "one", same));
}
