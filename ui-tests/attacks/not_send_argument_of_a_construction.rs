// error[E0277]: is not known to be fit for
//
// The same while the object is made.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Construction, Strong, WeakReferenceable, finalize_with};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    drop(image);
    Strong::new_cyclic(|construction: &Construction<Image>| {
        finalize_with(construction, |count| count.set(1), count);
        Image(1)
    });
}
