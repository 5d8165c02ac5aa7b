use std::cell::Cell;
use std::rc::Rc;

use weakref::{Strong, WeakRef, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let image = Strong::new(Image);
    let deaths = Rc::new(Cell::new(0));
    let _callback = WeakRef::with_callback(&image, move |_| deaths.set(deaths.get() + 1));
}
