// error[E0277]: a finalizer's action may own its object through
//
// Deep in tuples and enums.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), (1, Ok::<_, ()>((Some(same), 2))));
}
