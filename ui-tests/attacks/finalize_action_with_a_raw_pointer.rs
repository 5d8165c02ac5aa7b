// error[E0277]: is not known to be fit for
//
// A pointer to the object instead of a borrow.

use weakref::{Strong, WeakReferenceable, finalize};

#[derive(WeakReferenceable)]
struct Image(String);

fn main() {
    let image = Strong::new(Image(String::new()));
    let same = image.clone();
    finalize(&image, |image| {
        let image: *const Image = image;
        move || image.is_null()
    });
    drop(same);
}
