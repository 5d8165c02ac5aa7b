use weakref::{FinalizerSafe, Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

#[derive(FinalizerSafe)]
struct Job<T>(T);

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    let same = Strong::clone(&file);
    finalize_with(&file, drop, Job(same));
}
