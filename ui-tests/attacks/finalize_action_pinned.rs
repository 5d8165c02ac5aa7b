// error[E0277]: is not known to be fit for
//
// Pinned, boxed, and not `Send`.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn pinned() -> std::pin::Pin<Box<dyn FnOnce() + Unpin>> {
    Box::pin(|| ())
}

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |_| std::pin::Pin::into_inner(pinned()));
    drop(same);
}
