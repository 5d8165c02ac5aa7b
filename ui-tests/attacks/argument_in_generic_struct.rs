// error[E0277]: a finalizer's action may own its object through
//
// A derive whose parameter is the handle.

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

#[derive(weakref::FinalizerSafe)]
struct Wrapper<T>(T);

fn main() {
    let image = Strong::new(Image(1));
    let same = image.clone();
    finalize_with(&image, |own| drop(own), Wrapper(same));
}
