use weakref::{Strong, WeakRef, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    finalize_with(&file, drop, WeakRef::with_callback(&file, |_| {}));
}
