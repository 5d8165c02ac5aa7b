// error[E0507]: cannot move out of
//
// A weak reference moved out of its registration.

use weakref::watch::Graveyard;
use weakref::{Object, Strong};

fn main() {
    let image = Strong::new(Object(1));
    let watched = Graveyard::new().watch(&image, 1);
    drop(*watched);
}
