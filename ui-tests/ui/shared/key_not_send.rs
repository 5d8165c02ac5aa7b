use std::rc::Rc;

use weakref::WeakReferenceable;
use weakref_containers::shared::WeakValueMap;

#[derive(WeakReferenceable)]
struct Image;

fn main() {
    let _images = WeakValueMap::<Rc<str>, Image>::new();
}
