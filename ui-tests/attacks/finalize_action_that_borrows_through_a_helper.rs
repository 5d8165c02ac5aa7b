// error: lifetime may not live long enough
//
// The helper says no lifetime, and captures one.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn borrowing(image: &Image) -> impl FnOnce() -> usize + Send {
    || image.0.len()
}

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |image| borrowing(image));
    drop(same);
}
