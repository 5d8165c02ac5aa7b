use std::rc::Rc;

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    finalize(&file, |file| {
        let name = Rc::new(file.name.clone());
        move || drop(name)
    });
}
