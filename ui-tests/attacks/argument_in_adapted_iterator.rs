// error[E0277]: a finalizer's action may own its object through
//
// An adapter whose closure owns it.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), (0..3).map(move |n| same.0 + n));
}
