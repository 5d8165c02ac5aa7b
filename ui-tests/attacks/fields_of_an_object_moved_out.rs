// error[E0507]: cannot move out of dereference of
//
// A field moved out through a handle.

use weakref::{Object, Strong};

fn main() {
    let object = Strong::new(Object(String::new()));
    drop(object.0);
}
