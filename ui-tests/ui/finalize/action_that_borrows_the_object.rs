use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct File {
    name: String,
}

fn main() {
    let file = Strong::new(File {
        name: String::new(),
    });
    finalize(&file, |file| move || println!("{}", file.name));
}
