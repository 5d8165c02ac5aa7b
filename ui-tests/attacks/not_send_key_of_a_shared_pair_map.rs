// error[E0277]: cannot stand in a shared container
//
// Both sides of a shared map.

use std::cell::Cell;
use std::rc::Rc;

use weakref::{Object, Strong, WeakReferenceable};

#[derive(WeakReferenceable)]
struct Image(u8);

fn main() {
    let image = Strong::new(Image(1));
    let count = Rc::new(Cell::new(0));
    drop((image, count));
    let _pairs = weakref_containers::shared::IdentityWeakPairMap::<Object<Cell<u8>>, Image>::new();
}
