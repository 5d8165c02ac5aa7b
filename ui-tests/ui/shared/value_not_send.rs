use std::rc::Rc;

use weakref::WeakReferenceable;
use weakref_containers::shared::WeakKeyMap;

#[derive(WeakReferenceable, PartialEq, Eq, Hash)]
struct Image;

struct Size(Rc<u32>);

fn main() {
    let _sizes: WeakKeyMap<Image, Size> = WeakKeyMap::new();
}
