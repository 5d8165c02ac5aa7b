// error[E0277]: is not known to be fit for
//
// The method itself, which the callback is given.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakMethod, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    let count: &_ = Box::leak(Box::new(count));
    WeakMethod::with_callback(&image, |_: &Image| count.set(1), |_| ());
}
