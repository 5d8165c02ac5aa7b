// error[E0594]: cannot assign
//
// The reference of a registration replaced.

use weakref::watch::Graveyard;
use weakref::{Object, Strong, WeakRef};

fn main() {
    let image = Strong::new(Object(1));
    let mut watched = Graveyard::new().watch(&image, 1);
    *watched = WeakRef::dangling();
}
