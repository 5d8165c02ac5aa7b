// error: cannot construct `Construction<_>` with struct literal syntax due to private fields
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
