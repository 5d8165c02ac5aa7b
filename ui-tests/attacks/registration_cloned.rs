// error[E0308]: mismatched types
//
// Two handles of one registration.

use weakref::watch::{Graveyard, Watched};
use weakref::{Object, Strong};

fn main() {
    let image = Strong::new(Object(1));
    let watched = Graveyard::new().watch(&image, 1);
    let _other: Watched<Object<i32>> = watched.clone();
}
