// error[E0308]: mismatched types
//
// A function that wants the object for ever.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn make(image: &'static Image) -> impl FnOnce() -> usize + Send {
    || image.0.len()
}

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, make);
    drop(same);
}
