use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    let name = file.name.clone();
    finalize_with(&file, drop, name.as_str());
}
