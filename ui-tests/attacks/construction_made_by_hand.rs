// error[E0451]: fields `weak` and `thread` of struct
//
// Of an object that is there already.

use weakref::{Construction, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    let weak = Strong::downgrade(&image);
    Construction {
        weak,
        thread: std::marker::PhantomData,
    };
}
