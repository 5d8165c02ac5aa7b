// error[E0277]: is not known to be fit for
//
// A callback of a bound method.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakMethod, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    WeakMethod::with_callback(&image, |image: &Image| image.0, move |_| count.set(1));
}
