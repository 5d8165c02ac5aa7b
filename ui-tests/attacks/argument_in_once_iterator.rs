// error[E0277]: a finalizer's action may own its object through
//
// The same in the smallest iterator.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), std::iter::once(same));
}
