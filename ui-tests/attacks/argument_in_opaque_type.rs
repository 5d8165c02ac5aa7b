// error[E0277]: a finalizer's action may own its object through
//
// What a helper returns without its name.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn hide(strong: Strong<Image>) -> impl Send + 'static {
    strong
}

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), hide(same));
}
