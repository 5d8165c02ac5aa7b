// error[E0277]: a finalizer's action may own its object through
//
// What `detach` gives: a handle, and an action.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), {
        let owner = image.clone();
        let finalizer = weakref::finalize(&same, |image| {
            let number = image.0;
            move || number
        });
        drop(owner);
        finalizer.detach().unwrap()
    });
}
