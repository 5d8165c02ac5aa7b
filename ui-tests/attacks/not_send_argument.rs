// error[E0277]: is not known to be fit for
//
// An argument of a finalizer.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    finalize_with(&image, |count| count.set(1), count);
}
