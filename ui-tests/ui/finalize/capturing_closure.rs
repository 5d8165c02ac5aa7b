use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    let same = Strong::clone(&file);
    finalize(&file, |_| move || drop(same));
}
