// error: lifetime may not live long enough
//
// A box that is said to borrow nothing.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |image| -> Box<dyn FnOnce() -> usize + Send> {
        Box::new(|| image.0.len())
    });
    drop(same);
}
