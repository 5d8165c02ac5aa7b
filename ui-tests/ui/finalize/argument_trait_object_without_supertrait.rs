use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

trait Job: Send {}
impl Job for u8 {}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    let job: Box<dyn Job> = Box::new(3);
    finalize_with(&file, drop, job);
}
