// error[E0277]: is not known to be fit for
//
// A callback of a proxy.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Proxy, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    Proxy::with_callback(&image, move |_| count.set(1));
}
