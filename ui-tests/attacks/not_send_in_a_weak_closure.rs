// error[E0277]: is not known to be fit for
//
// A local object, captured weakly, in a callback.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{LocalObject, Strong, WeakRef, WeakReferenceable, weak};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    let node = Strong::new(LocalObject(count));
    WeakRef::with_callback(
        &image,
        weak!([node] else (), move |_: &WeakRef<Image>| node.0.set(1)),
    );
}
