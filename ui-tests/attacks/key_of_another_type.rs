// error[E0308]: mismatched types
//
// The key of one type asked for on an object of another.

use weakref::{Finalizer, Strong, WeakReferenceable, finalizer};

#[derive(WeakReferenceable)]
#[weakref(finalizer = close)]
struct File;

impl File {
    #[finalizer]
    fn close(&self) -> impl FnOnce() {
        || ()
    }
}

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    Finalizer::of(&image, File::CLOSE);
}
